// How a worker takes clients, and how it stops doing so for a while.
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "net/clock.h"
#include "net/sockets.h"
#include "net/worker.h"
#include "net/worker_acceptor.h"

namespace lastframe::net {
namespace {

// While descriptors are short nobody is dropped: the kernel's queue waits this long.
constexpr std::chrono::milliseconds kAcceptPause{50};

std::uint64_t mixed(std::uint64_t value) {
  // The finaliser of SplitMix64 (Steele, Lea, Flood, 2014): distinct numbers stay distinct.
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
  return value ^ (value >> 31);
}

}  // namespace

// One turn's worth of clients. False: nobody is waiting any more, or nobody can be taken now.
bool Worker::accept_from(Acceptor& acceptor) {
  for (unsigned i = 0; i < acceptor.turn(); ++i) {
    if (budget.connections.fetch_add(1) >= budget.most_connections) {
      --budget.connections;
      pause_accepting();
      return false;
    }
    sockaddr_storage storage{};
    socklen_t size = sizeof(storage);
    auto* address = reinterpret_cast<sockaddr*>(&storage);
    FileDescriptor client(accept4(acceptor.fd(), address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!client.is_open()) {
      const int error = errno;
      --budget.connections;
      if (would_block(error)) {
        acceptor.end_turn(i);
        return false;
      }
      if (is_shortage(error)) {
        pause_accepting();
        return false;
      }
      continue;  // this one client is gone already (ECONNABORTED and the like)
    }
    if (!take_connection(acceptor, std::move(client), SocketAddress::from(address, size))) {
      --budget.connections;
      pause_accepting();
      return false;
    }
  }
  acceptor.end_turn(acceptor.turn());
  return true;
}

// Closing would reset what the kernel has queued, so that is accepted first.
void Worker::close_acceptor(std::unique_ptr<Acceptor> acceptor) {
  while (accept_from(*acceptor)) {
  }
  acceptor->close();
  dead_acceptors_.push_back(std::move(acceptor));
}

// Their limits are those that hold when a connection is accepted. Without any memory every message
// is over them, and counted.
ws::InflatePool* Worker::inflaters() {
  ws::InflateLimits limits;
  limits.memory = shared_.budget.inflate_memory;
  limits.message = shared_.budget.inflate_message;
  inflaters_.set_limits(limits);
  return &inflaters_;
}

// False: there was no memory for it.
bool Worker::take_connection(Acceptor& acceptor, FileDescriptor client,
                             const SocketAddress& address) {
  ++shared_.counters.accepted;
  const std::string text = address.text();
  const session::PrivacyOptions& privacy = acceptor.runtime()->session.privacy;
  const session::SessionStart start{
      .id = mixed(shared_.session_seed + (std::uint64_t{number_} << 48) + ++connections_made_),
      .client = text,
      .is_client_trusted = !privacy.trust_forwarded_from.empty() &&
                           session::is_trusted(address.host_text(), privacy.trust_forwarded_from),
      .accepted = now(),
      .accepted_wall = wall_now(),
      .inflaters = inflaters(),
      .counts = acceptor.counts()};
  try {
    auto connection =
        std::make_unique<RelayConnection>(static_cast<ConnectionHost&>(*this), acceptor.runtime(),
                                          *observer_, start, std::move(client));
    connection->place = connections_.size();
    connections_.push_back(std::move(connection));
  } catch (const std::bad_alloc&) {
    return false;
  }
  connections_.back()->start();
  return true;
}

void Worker::pause_accepting() {
  ++shared_.counters.accept_pauses;
  const Moment until = now() + kAcceptPause;
  if (!accepting_paused_until_) {
    for (const auto& acceptor : acceptors_) {
      if (acceptor) acceptor->unwatch();
    }
  }
  accepting_paused_until_ = until;
  reactor_->set_alarm(until);
}

void Worker::resume_accepting() {
  accepting_paused_until_.reset();
  for (const auto& acceptor : acceptors_) {
    if (acceptor) acceptor->watch();
  }
}

}  // namespace lastframe::net
