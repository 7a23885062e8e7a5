// One thread of the relay: its event loop, its listening sockets, its connections.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <unordered_map>
#include <vector>

#include "core/session/observer.h"
#include "net/listener_runtime.h"
#include "net/live_sessions.h"
#include "net/reactor.h"
#include "net/relay_connection.h"
#include "net/resolver.h"
#include "net/shared_patterns.h"
#include "net/timer_wheel.h"

namespace lastframe::net {

// What all workers share; outlives them.
struct Shared {
  Budget budget;
  Counters counters;
  Resolver resolver;
  RelayPatterns patterns;
  OwnAddresses own_addresses{};
  std::uint64_t session_seed;  // session ids are made from it, so that they differ between starts
};

// One buffer for all reads of a worker. Its distance from a page's start is chosen: the kernel's
// own buffers begin near one, and copies between equal offsets of two pages wait for each other (4
// KiB aliasing): at an offset of 16, where allocators put large blocks, 1 MiB messages cost 1.6
// times as much on AMD Zen (docs/benchmarks.md).
struct alignas(4096) ReceiveBuffer {
  std::array<std::byte, 1024> distance;
  std::array<std::byte, std::size_t{256} * 1024> bytes;
};

class Worker final : private Reactor::Owner, private ConnectionHost {
 public:
  // `observer` is only called on this worker's thread, or after its end.
  Worker(unsigned number, Shared& shared, std::unique_ptr<session::Observer> observer);
  ~Worker() override;

  // Starts the thread; returns when its loop runs, or why it cannot.
  std::expected<void, Error> start();
  void join();
  bool is_running() const { return is_running_; }
  // From any thread: what is held to look into compressed messages, in bytes; and how late timers
  // and answers to ask() were since this was last asked, one that is due included.
  std::size_t inflate_memory() const { return inflaters_.memory(); }
  std::chrono::microseconds take_tick_lag();

  // From any thread; carried out on the worker's, in order.
  void listen(FileDescriptor socket, std::shared_ptr<const ListenerRuntime> runtime, bool is_shared,
              std::size_t key);
  void replace(std::size_t key, std::shared_ptr<const ListenerRuntime> runtime);
  void unlisten(std::size_t key);
  // Accepts what the kernel has queued, then no more; running connections relay on, and those that
  // are left are ended one by one between `thin_out` and `deadline`.
  void drain(Moment thin_out, Moment deadline);
  void stop_now();
  // From any thread: asks the loop for a sign of life, which it must not owe already. Since when it
  // owes one.
  void ask();
  std::optional<Moment> silent_since() const;
  // From any thread: tells the mass close that has begun when it is over.
  void watch_mass_closes();
  // From any thread: `done` is called on the worker's. It must not block.
  void look(const LiveQuery& query, std::function<void(LiveAnswer)> done);
  // Those that are over; with `is_last`, after join(), those that run, too.
  void tell_mass_closes(Moment now, bool is_last);

 private:
  static constexpr Moment kOwesNothing = Moment::min();

  class Acceptor;
  struct Drain {
    Moment thin_out;
    Moment deadline;
    std::size_t at_thin_out = 0;  // connections that were left when thinning out began; 0: not yet
  };

  void post(std::function<void()> command);
  void run();
  bool accept_from(Acceptor& acceptor);
  void close_acceptor(std::unique_ptr<Acceptor> acceptor);
  ws::InflatePool* inflaters();
  bool take_connection(Acceptor& acceptor, FileDescriptor client, const SocketAddress& address);
  void pause_accepting();
  void resume_accepting();
  void thin_out(Moment now);
  void abort_all();
  void set_next_alarm(Moment now);

  // Reactor::Owner
  bool on_batch_end() override;
  void on_wake() override;
  void on_alarm(Moment now) override;

  // ConnectionHost
  Reactor& reactor() override { return *reactor_; }
  std::span<std::byte> ciphertext_buffer() override;
  void set_timer(Timer& timer, Moment due) override;
  void run_again(RelayConnection& connection) override;
  void watch_drained(RelayConnection& connection) override;
  std::optional<Resolution> resolve(RelayConnection& connection, const std::string& host) override;
  void finished(RelayConnection& connection) override;

  void note_lag(Moment::duration lag);

  unsigned number_;
  Shared& shared_;
  std::unique_ptr<session::Observer> observer_;
  std::unique_ptr<Reactor> reactor_;
  std::unique_ptr<TimerWheel> timers_;
  std::unique_ptr<ReceiveBuffer> buffer_;
  std::unique_ptr<ReceiveBuffer> ciphertext_buffer_;  // once a leg speaks TLS
  ws::InflatePool inflaters_{ws::InflateLimits{}};  // before the connections: their sessions use it
  std::uint64_t connections_made_ = 0;

  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  std::vector<std::unique_ptr<RelayConnection>> connections_;  // each knows its place
  std::vector<std::unique_ptr<RelayConnection>> dead_;         // freed after the batch
  std::vector<std::unique_ptr<Acceptor>> dead_acceptors_;
  std::vector<RelayConnection*> run_again_;
  std::vector<RelayConnection*> draining_;  // resets that wait for the last bytes
  std::unordered_map<std::uint64_t, RelayConnection*> resolving_;
  std::optional<Drain> drain_;
  std::optional<Moment> accepting_paused_until_;
  bool is_watching_mass_closes_ = false;
  std::atomic<bool> is_running_ = false;
  std::atomic<Moment> silent_since_{kOwesNothing};
  std::atomic<std::int64_t> tick_lag_ = 0;  // microseconds

  std::mutex commands_mutex_;
  std::vector<std::function<void()>> commands_;
  std::thread thread_;
};

}  // namespace lastframe::net
