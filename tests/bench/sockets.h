// Loopback sockets and epoll, as thin as the load pair needs them.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "tests/bench/framing.h"

namespace bench {

/// Says what failed, with errno's text when there is one, and exits with 2.
[[noreturn]] void give_up(std::string_view what);

class Fd {
 public:
  explicit Fd(int number = -1) : number_(number) {}
  Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Fd();
  int number() const { return number_; }

 private:
  int number_;
};

/// On 127.0.0.1; port 0 takes a free one.
Fd listen_on(std::uint16_t port);
std::uint16_t port_of(const Fd& listener);

/// A non-blocking connect that may still be under way. Empty when it was refused at once.
std::optional<Fd> connect_to(std::uint16_t port);

/// A connection with TCP_NODELAY; empty when none waits.
std::optional<Fd> accept_from(const Fd& listener);

struct Received {
  std::size_t count = 0;
  bool ended = false;          // the peer's FIN
  bool is_broken = false;      // a reset or another error
  bool may_have_more = false;  // without another event
};

/// One recv. Nothing received and neither flag set: it would block.
Received receive(const Fd& fd, std::span<std::byte> into);

/// Sends what the socket takes and consumes it from `out`; false when the connection is broken.
[[nodiscard]] bool send_from(const Fd& fd, Buffer& out);

class Epoll {
 public:
  Epoll();

  /// Edge-triggered, both directions, once for the connection's life.
  void watch(const Fd& fd, std::uint64_t id);
  /// Level-triggered, for reading.
  void watch_input(const Fd& fd, std::uint64_t id);
  std::span<const epoll_event> wait(int timeout_ms);

 private:
  Fd fd_;
  std::array<epoll_event, 256> events_;
};

void raise_open_file_limit();

}  // namespace bench
