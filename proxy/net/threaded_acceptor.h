// Accepts connections and gives each a thread of its own: for small services of ours, such as the
// demo's and the echo. The relay has workers.
#pragma once

#include <atomic>
#include <cstddef>
#include <expected>
#include <functional>
#include <list>
#include <memory>
#include <thread>

#include "net/file_descriptor.h"

namespace lastframe::net {

class ThreadedAcceptor {
 public:
  struct Options {
    std::size_t most_connections = 64;
    bool is_nonblocking = false;  // the accepted sockets
    // On the connection's thread. Is to return soon once `stop` is readable.
    std::function<void(FileDescriptor socket, int stop)> serve;
    // For one beyond the most, before it is closed; empty: nothing is said.
    std::function<void(int socket)> turn_away{};
  };

  // `listener` listens already. The error is an errno.
  static std::expected<std::unique_ptr<ThreadedAcceptor>, int> start(FileDescriptor listener,
                                                                     Options options);
  // Ends every connection, and waits for their threads.
  ~ThreadedAcceptor();
  ThreadedAcceptor(const ThreadedAcceptor&) = delete;
  ThreadedAcceptor& operator=(const ThreadedAcceptor&) = delete;

 private:
  struct Connection {
    std::atomic<bool> is_over{false};
    std::jthread thread;
  };

  ThreadedAcceptor(FileDescriptor listener, FileDescriptor stop, Options options);
  void accept_all();
  void take(FileDescriptor socket);

  const Options options_;
  FileDescriptor listener_;
  FileDescriptor stop_;                // an eventfd: readable once all is to end
  std::list<Connection> connections_;  // of the accepting thread
  std::jthread accepting_;
};

}  // namespace lastframe::net
