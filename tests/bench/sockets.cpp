#include "tests/bench/sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace bench {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void set_option(const Fd& fd, int level, int option) {
  const int on = 1;
  if (setsockopt(fd.number(), level, option, &on, sizeof(on)) != 0) give_up("setsockopt");
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

void give_up(std::string_view what) {
  const char* reason = errno == 0 ? "" : std::strerror(errno);
  std::fprintf(stderr, "lastframe_bench_peer: %.*s%s%s\n", static_cast<int>(what.size()),
               what.data(), errno == 0 ? "" : ": ", reason);
  std::exit(2);
}

Fd::~Fd() {
  if (number_ >= 0) close(number_);
}

Fd listen_on(std::uint16_t port) {
  Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (listener.number() < 0) give_up("socket");
  set_option(listener, SOL_SOCKET, SO_REUSEADDR);
  set_option(listener, IPPROTO_TCP, TCP_NODELAY);  // accepted sockets inherit it
  const sockaddr_in address = loopback(port);
  if (bind(listener.number(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    give_up("bind");
  }
  if (listen(listener.number(), 4096) != 0) give_up("listen");
  return listener;
}

std::uint16_t port_of(const Fd& listener) {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  if (getsockname(listener.number(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    give_up("getsockname");
  }
  return ntohs(address.sin_port);
}

std::optional<Fd> connect_to(std::uint16_t port) {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd.number() < 0) give_up("socket");
  set_option(fd, IPPROTO_TCP, TCP_NODELAY);
  const sockaddr_in address = loopback(port);
  if (connect(fd.number(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ||
      errno == EINPROGRESS) {
    return fd;
  }
  return std::nullopt;
}

std::optional<Fd> accept_from(const Fd& listener) {
  Fd fd(accept4(listener.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (fd.number() >= 0) return fd;
  if (!would_block() && errno != ECONNABORTED) give_up("accept");
  return std::nullopt;
}

Received receive(const Fd& fd, std::span<std::byte> into) {
  const ssize_t count = recv(fd.number(), into.data(), into.size(), 0);
  if (count > 0) {
    const auto size = static_cast<std::size_t>(count);
    return {.count = size, .may_have_more = size == into.size()};
  }
  if (count == 0) return {.ended = true};
  return {.is_broken = !would_block()};
}

bool send_from(const Fd& fd, Buffer& out) {
  while (!out.is_empty()) {
    const std::span<const std::byte> bytes = out.bytes();
    const ssize_t count = send(fd.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0) return would_block();
    out.consume(static_cast<std::size_t>(count));
  }
  return true;
}

Epoll::Epoll() : fd_(epoll_create1(EPOLL_CLOEXEC)) {
  if (fd_.number() < 0) give_up("epoll_create1");
}

void Epoll::watch(const Fd& fd, std::uint64_t id) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = id;
  if (epoll_ctl(fd_.number(), EPOLL_CTL_ADD, fd.number(), &event) != 0) give_up("epoll_ctl");
}

void Epoll::watch_input(const Fd& fd, std::uint64_t id) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = id;
  if (epoll_ctl(fd_.number(), EPOLL_CTL_ADD, fd.number(), &event) != 0) give_up("epoll_ctl");
}

std::span<const epoll_event> Epoll::wait(int timeout_ms) {
  const int count =
      epoll_wait(fd_.number(), events_.data(), static_cast<int>(events_.size()), timeout_ms);
  if (count < 0 && errno != EINTR) give_up("epoll_wait");
  return {events_.data(), static_cast<std::size_t>(std::max(count, 0))};
}

void raise_open_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) give_up("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) give_up("setrlimit");
}

}  // namespace bench
