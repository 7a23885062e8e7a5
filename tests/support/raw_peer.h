// Scripted peers on blocking sockets: they do exactly what a test says, and whatever takes longer
// than kPatience throws, so that a broken relay fails a test and does not hang it.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "net/file_descriptor.h"
#include "net/socket_address.h"
#include "support/temporary_folder.h"
#include "support/waiting.h"

namespace lastframe::test {

[[noreturn]] inline void fail_with_errno(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

// How a stream ends, as its reader sees it.
enum class End { fin, reset };

inline std::ostream& operator<<(std::ostream& out, End end) {
  return out << (end == End::fin ? "fin" : "reset");
}

struct Received {
  std::string bytes;
  End end = End::fin;
};

class RawPeer {
 public:
  explicit RawPeer(net::FileDescriptor socket) : socket_(std::move(socket)) {
    const timeval limit{.tv_sec = kPatience.count(), .tv_usec = 0};
    setsockopt(fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(fd(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  }

  // `receive_buffer`: bytes; 0 leaves it to the kernel.
  static RawPeer connect_to(const net::SocketAddress& to, int receive_buffer = 0) {
    RawPeer peer(net::FileDescriptor(socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)));
    if (receive_buffer > 0) {
      setsockopt(peer.fd(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    }
    if (connect(peer.fd(), to.get(), to.size()) != 0) fail_with_errno("connect to " + to.text());
    return peer;
  }

  int fd() const { return socket_.get(); }
  net::SocketAddress address() const { return *net::SocketAddress::local_of(fd()); }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) fail_with_errno("send");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  // Sends until nobody has taken anything for 300 ms; how much was taken.
  std::size_t send_what_fits(std::string_view bytes) {
    const std::size_t all = bytes.size();
    while (!bytes.empty()) {
      pollfd writable{.fd = fd(), .events = POLLOUT, .revents = 0};
      if (poll(&writable, 1, 300) != 1) break;
      const ssize_t sent = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno != EAGAIN) fail_with_errno("send");
      bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
    }
    return all - bytes.size();
  }

  void send_urgent(char byte) {
    if (::send(fd(), &byte, 1, MSG_OOB | MSG_NOSIGNAL) != 1) fail_with_errno("send urgent");
  }

  // Exactly `count` bytes.
  std::string receive(std::size_t count) {
    std::string bytes(count, '\0');
    std::size_t done = 0;
    while (done < count) {
      const ssize_t size = recv(fd(), bytes.data() + done, count - done, 0);
      if (size < 0) fail_with_errno("receive");
      if (size == 0) throw std::runtime_error("the stream ended after " + bytes.substr(0, done));
      done += static_cast<std::size_t>(size);
    }
    return bytes;
  }

  Received receive_to_end() {
    Received all;
    std::array<char, 65536> room;
    while (true) {
      const ssize_t size = recv(fd(), room.data(), room.size(), 0);
      if (size == 0) return all;
      if (size < 0) {
        if (errno != ECONNRESET && errno != EPIPE) fail_with_errno("receive to the end");
        all.end = End::reset;
        return all;
      }
      all.bytes.append(room.data(), static_cast<std::size_t>(size));
    }
  }

  // Whether something (bytes or an end) is there to be read within 200 ms.
  bool has_news() const {
    pollfd readable{.fd = fd(), .events = POLLIN, .revents = 0};
    return poll(&readable, 1, 200) == 1;
  }

  void fin() { shutdown(fd(), SHUT_WR); }
  void close() { socket_.close(); }
  void reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    socket_.close();
  }

 private:
  net::FileDescriptor socket_;
};

class RawListener {
 public:
  explicit RawListener(int backlog = 128, const std::string& host = "127.0.0.1")
      : RawListener(*net::SocketAddress::of_numeric(host, 0), backlog) {}
  explicit RawListener(const net::SocketAddress& at, int backlog = 128)
      : socket_(::socket(at.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval limit{.tv_sec = kPatience.count(), .tv_usec = 0};
    setsockopt(fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    const int yes = 1;
    setsockopt(fd(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (bind(fd(), at.get(), at.size()) != 0 || listen(fd(), backlog) != 0) {
      fail_with_errno("listen at " + at.text());
    }
  }

  int fd() const { return socket_.get(); }
  net::SocketAddress address() const { return *net::SocketAddress::local_of(fd()); }

  RawPeer accept() {
    RawPeer peer{net::FileDescriptor(accept4(fd(), nullptr, nullptr, SOCK_CLOEXEC))};
    if (peer.fd() < 0) fail_with_errno("accept");
    return peer;
  }

  // Whether somebody comes within 200 ms.
  bool has_client() const {
    pollfd readable{.fd = fd(), .events = POLLIN, .revents = 0};
    return poll(&readable, 1, 200) == 1;
  }

  void close() { socket_.close(); }

 private:
  net::FileDescriptor socket_;
};

// An address where connections are refused: bound, so that nobody else takes it, not listening.
class RefusingAddress {
 public:
  RefusingAddress() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto any = *net::SocketAddress::of_numeric("127.0.0.1", 0);
    if (bind(socket_.get(), any.get(), any.size()) != 0) fail_with_errno("bind");
  }
  net::SocketAddress address() const { return *net::SocketAddress::local_of(socket_.get()); }

 private:
  net::FileDescriptor socket_;
};

// An address that does not answer: its queue is full, so that the kernel drops each SYN. When it
// is closed, the next SYN (they are sent again after 1 s and 3 s) is refused.
class SilentAddress {
 public:
  SilentAddress()
      : listener_(0), address_(listener_.address()), first_(RawPeer::connect_to(address_)) {}
  const net::SocketAddress& address() const { return address_; }
  void refuse_from_now_on() { listener_.close(); }

 private:
  RawListener listener_;
  net::SocketAddress address_;
  RawPeer first_;
};

// Different at every place, so that lost, doubled or swapped bytes show.
inline std::string numbered_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint64_t state = 0x9E3779B97F4A7C15u;
  for (char& byte : bytes) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    byte = static_cast<char>(state >> 56);
  }
  return bytes;
}

}  // namespace lastframe::test
