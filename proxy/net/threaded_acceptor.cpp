#include "net/threaded_acceptor.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "net/sockets.h"

namespace lastframe::net {
namespace {

constexpr std::chrono::milliseconds kShortagePause{50};

}  // namespace

std::expected<std::unique_ptr<ThreadedAcceptor>, int> ThreadedAcceptor::start(
    FileDescriptor listener, Options options) {
  FileDescriptor stop(::eventfd(0, EFD_CLOEXEC));
  if (!stop.is_open()) return std::unexpected(errno);
  return std::unique_ptr<ThreadedAcceptor>(
      new ThreadedAcceptor(std::move(listener), std::move(stop), std::move(options)));
}

ThreadedAcceptor::ThreadedAcceptor(FileDescriptor listener, FileDescriptor stop, Options options)
    : options_(std::move(options)),
      listener_(std::move(listener)),
      stop_(std::move(stop)),
      accepting_([this] { accept_all(); }) {}

ThreadedAcceptor::~ThreadedAcceptor() { ::eventfd_write(stop_.get(), 1); }

void ThreadedAcceptor::accept_all() {
  std::array<pollfd, 2> watched{pollfd{.fd = listener_.get(), .events = POLLIN, .revents = 0},
                                pollfd{.fd = stop_.get(), .events = POLLIN, .revents = 0}};
  const int flags = SOCK_CLOEXEC | (options_.is_nonblocking ? SOCK_NONBLOCK : 0);
  while (true) {
    if (::poll(watched.data(), watched.size(), -1) < 0) continue;
    if (watched[1].revents != 0) break;
    FileDescriptor socket(::accept4(listener_.get(), nullptr, nullptr, flags));
    if (socket.is_open()) {
      take(std::move(socket));
    } else if (is_shortage(errno)) {
      std::this_thread::sleep_for(kShortagePause);  // clients wait in the kernel's queue
    }
  }
  connections_.clear();
}

void ThreadedAcceptor::take(FileDescriptor socket) {
  std::erase_if(connections_,
                [](const Connection& connection) { return connection.is_over.load(); });
  if (connections_.size() >= options_.most_connections) {
    if (options_.turn_away) options_.turn_away(socket.get());
    return;
  }
  Connection& connection = connections_.emplace_back();
  try {
    connection.thread = std::jthread([this, &connection, held = std::move(socket)]() mutable {
      options_.serve(std::move(held), stop_.get());
      connection.is_over = true;
    });
  } catch (const std::system_error&) {
    connections_.pop_back();  // no thread to be had: this client is dropped
  }
}

}  // namespace lastframe::net
