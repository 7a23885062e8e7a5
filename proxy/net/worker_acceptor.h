// A listening socket as one worker watches it. Included by the worker's own sources only.
#pragma once

#include <sys/epoll.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "net/worker.h"

namespace lastframe::net {

class Worker::Acceptor final : public EventTarget {
 public:
  Acceptor(Worker& worker, FileDescriptor socket, std::shared_ptr<const ListenerRuntime> runtime,
           bool is_shared, std::size_t key)
      : worker_(worker),
        socket_(std::move(socket)),
        runtime_(std::move(runtime)),
        counts_(worker.observer_->live_counts(runtime_->options.name)),
        key_(key),
        is_shared_(is_shared) {}

  void on_events(unsigned, std::uint32_t) override { worker_.accept_from(*this); }

  // A socket that several workers watch wakes only one of them.
  bool watch() {
    const std::uint32_t exclusive = is_shared_ ? EPOLLEXCLUSIVE : 0u;
    return worker_.reactor_->add(socket_.get(), EPOLLIN | exclusive, *this, 0);
  }
  void unwatch() { worker_.reactor_->remove(socket_.get()); }
  void close() { socket_.close(); }

  static constexpr unsigned kMostPerTurn = 64;

  // How many clients one turn may take: about as many as came in the last one, so that a lone
  // client costs no second accept() that finds nobody.
  unsigned turn() const { return turn_; }
  void end_turn(unsigned taken) {
    turn_ = taken < turn_ ? std::max(1u, taken) : std::min(kMostPerTurn, turn_ * 2);
  }

  int fd() const { return socket_.get(); }
  std::size_t key() const { return key_; }
  const std::shared_ptr<const ListenerRuntime>& runtime() const { return runtime_; }
  void set_runtime(std::shared_ptr<const ListenerRuntime> runtime) {
    runtime_ = std::move(runtime);
    counts_ = worker_.observer_->live_counts(runtime_->options.name);
  }
  session::LiveCounts* counts() const { return counts_; }

 private:
  Worker& worker_;
  FileDescriptor socket_;
  std::shared_ptr<const ListenerRuntime> runtime_;  // with the connections that came through it
  session::LiveCounts* counts_;                     // of the listener and this worker, or none
  std::size_t key_;
  bool is_shared_;
  unsigned turn_ = 1;
};

}  // namespace lastframe::net
