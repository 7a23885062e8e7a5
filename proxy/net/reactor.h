// One worker's event loop: libwebsockets runs it, wakes it and keeps its time; the sockets live in
// an epoll set of our own, which libwebsockets watches as a single raw-file descriptor
// (docs/architecture.md says why).
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "core/base/error.h"
#include "core/base/moment.h"
#include "net/file_descriptor.h"

struct lws_context;

namespace lastframe::net {

// Told of the events of its descriptors. `tag` tells several descriptors of one target apart.
// Targets are aligned to 8 bytes or more, tags are 0 to 7.
class alignas(8) EventTarget {
 public:
  virtual ~EventTarget() = default;
  virtual void on_events(unsigned tag, std::uint32_t events) = 0;
};

class Reactor {
 public:
  // What the owner does around the events. All are called on the reactor's thread.
  class Owner {
   public:
    virtual ~Owner() = default;
    // After each batch of events: the place to free what died in it. True: there is more to do
    // even if no event comes.
    virtual bool on_batch_end() = 0;
    virtual void on_wake() = 0;  // somebody called wake()
    virtual void on_alarm(Moment now) = 0;
  };

  // Created, run and destroyed in one thread (libwebsockets asks for that).
  static std::expected<std::unique_ptr<Reactor>, Error> create(Owner& owner);
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  void run();   // until stop()
  void stop();  // on the reactor's thread
  void wake();  // from any thread: on_wake() will be called

  // False: the kernel had no room for it. A descriptor leaves the set when it is closed.
  bool add(int fd, std::uint32_t events, EventTarget& target, unsigned tag);
  void change(int fd, std::uint32_t events, EventTarget& target, unsigned tag);
  void remove(int fd);

  // on_alarm() will be called at `when`, once; an earlier alarm that is set stays.
  void set_alarm(Moment when);
  // How much later than asked for the last alarm came. Owner::on_alarm() may ask.
  Moment::duration lateness() const { return lateness_; }

  // From inside libwebsockets' callbacks.
  void dispatch();
  void ring();

 private:
  struct Timer;  // wraps lws_sorted_usec_list_t
  static constexpr int kBatch = 128;

  explicit Reactor(Owner& owner);
  int wait_timeout() const;
  void arm();

  Owner& owner_;
  lws_context* context_ = nullptr;
  int epoll_ = -1;  // closed by libwebsockets with its context, once adopted
  FileDescriptor wake_;
  std::unique_ptr<Timer> timer_;
  Moment alarm_{};  // zero: none
  Moment::duration lateness_{};
  bool is_stopping_ = false;
};

// Where libwebsockets' own messages go; called once, before any thread.
void quiet_libwebsockets();

// Of libwebsockets, as it was loaded: "4.1.6".
std::string libwebsockets_version();

}  // namespace lastframe::net
