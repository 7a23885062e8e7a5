#include "net/worker.h"

#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <future>
#include <utility>

#include "core/base/thread_name.h"
#include "net/clock.h"
#include "net/sockets.h"

namespace lastframe::net {
namespace {

constexpr unsigned kMostAcceptsPerTurn = 64;

// While descriptors are short nobody is dropped: the kernel's queue waits this long.
constexpr std::chrono::milliseconds kAcceptPause{50};

// Between two looks at resets that wait for their last bytes to be acknowledged.
constexpr std::chrono::milliseconds kDrainedCheck{2};

std::uint64_t mixed(std::uint64_t value) {
  // The finaliser of SplitMix64 (Steele, Lea, Flood, 2014): distinct numbers stay distinct.
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
  return value ^ (value >> 31);
}

}  // namespace

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

  // How many clients one turn may take: about as many as came in the last one, so that a lone
  // client costs no second accept() that finds nobody.
  unsigned turn() const { return turn_; }
  void end_turn(unsigned taken) {
    turn_ = taken < turn_ ? std::max(1u, taken) : std::min(kMostAcceptsPerTurn, turn_ * 2);
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

Worker::Worker(unsigned number, Shared& shared, std::unique_ptr<session::Observer> observer)
    : ConnectionHost(shared.budget, shared.counters),
      number_(number),
      shared_(shared),
      observer_(std::move(observer)),
      buffer_(std::make_unique_for_overwrite<ReceiveBuffer>()) {
  receive_buffer = buffer_->bytes;
}

Worker::~Worker() { join(); }

std::expected<void, Error> Worker::start() {
  std::promise<std::expected<void, Error>> is_ready;
  auto ready = is_ready.get_future();
  thread_ = std::thread([this, &is_ready] {
    name_thread("worker " + std::to_string(number_));
    auto reactor = Reactor::create(*this);
    if (!reactor) {
      is_ready.set_value(std::unexpected(reactor.error()));
      return;
    }
    reactor_ = std::move(*reactor);
    timers_ = std::make_unique<TimerWheel>(now());
    is_running_ = true;
    is_ready.set_value({});
    run();
  });
  return ready.get();
}

void Worker::run() {
  on_wake();  // commands that came before the loop
  reactor_->run();
  is_running_ = false;
  abort_all();
  dead_.clear();
  dead_acceptors_.clear();
  acceptors_.clear();
  timers_.reset();
  const std::lock_guard lock(commands_mutex_);  // nobody wakes a loop that is gone
  reactor_.reset();
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::post(std::function<void()> command) {
  const std::lock_guard lock(commands_mutex_);
  commands_.push_back(std::move(command));
  if (reactor_) reactor_->wake();
}

void Worker::on_wake() {
  std::vector<std::function<void()>> commands;
  {
    const std::lock_guard lock(commands_mutex_);
    commands.swap(commands_);
  }
  for (const auto& command : commands) command();
}

void Worker::listen(FileDescriptor socket, std::shared_ptr<const ListenerRuntime> runtime,
                    bool is_shared, std::size_t key) {
  // Shared by the copies of the command, which may never be carried out.
  auto owned = std::make_shared<FileDescriptor>(std::move(socket));
  post([this, owned = std::move(owned), runtime = std::move(runtime), is_shared, key]() mutable {
    auto acceptor =
        std::make_unique<Acceptor>(*this, std::move(*owned), std::move(runtime), is_shared, key);
    if (!accepting_paused_until_) acceptor->watch();
    acceptors_.push_back(std::move(acceptor));
  });
}

void Worker::replace(std::size_t key, std::shared_ptr<const ListenerRuntime> runtime) {
  post([this, key, runtime = std::move(runtime)] {
    for (const auto& acceptor : acceptors_) {
      if (acceptor->key() != key) continue;
      prepare_relayed_socket(acceptor->fd(), runtime->options.keepalive);
      acceptor->set_runtime(runtime);
    }
  });
}

void Worker::unlisten(std::size_t key) {
  post([this, key] {
    for (auto& acceptor : acceptors_) {
      if (acceptor->key() != key) continue;
      close_acceptor(std::move(acceptor));
    }
    std::erase(acceptors_, nullptr);
  });
}

void Worker::drain(Moment thin_out, Moment deadline) {
  post([this, thin_out, deadline] {
    for (auto& acceptor : acceptors_) close_acceptor(std::move(acceptor));
    acceptors_.clear();
    drain_ = Drain{.thin_out = thin_out, .deadline = deadline};
    set_next_alarm(now());
  });
}

void Worker::stop_now() {
  post([this] {
    abort_all();
    reactor_->stop();
  });
}

void Worker::ask() {
  const Moment asked = now();
  asked_at_ = asked;
  has_answered_ = false;
  post([this, asked] {
    note_lag(now() - asked);
    has_answered_ = true;
  });
}

void Worker::watch_mass_closes() {
  post([this] {
    is_watching_mass_closes_ = true;
    set_next_alarm(now());
  });
}

void Worker::look(const LiveQuery& query, std::function<void(LiveAnswer)> done) {
  post([this, query, done = std::move(done)] { done(look_at(connections_, query, now())); });
}

void Worker::tell_mass_closes(Moment now, bool is_last) {
  try {
    for (const auto& seen : shared_.patterns.take_mass_closes(now, wall_now(), is_last)) {
      observer_->on_mass_close(seen);
    }
    is_watching_mass_closes_ = shared_.patterns.has_mass_close();
  } catch (...) {
    // Out of memory, or an observer that fails: the relay goes on without this line.
    ++shared_.counters.shed_analyses;
  }
}

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

bool Worker::on_batch_end() {
  // Those that are not done yet ask for another turn, behind the events that came meanwhile.
  std::vector<RelayConnection*> due;
  due.swap(run_again_);
  for (RelayConnection* connection : due) {
    connection->is_run_again_due = false;
    connection->run_again();
  }
  dead_.clear();
  dead_acceptors_.clear();
  if (drain_ && connections_.empty()) reactor_->stop();
  return !run_again_.empty();
}

std::chrono::microseconds Worker::take_tick_lag() {
  const std::chrono::microseconds noted(tick_lag_.exchange(0));
  if (has_answered_ || !is_running_) return noted;
  return std::max<Moment::duration>(noted, now() - asked_at_.load());
}

// On the worker's own thread.
void Worker::note_lag(Moment::duration lag) {
  if (lag.count() > tick_lag_.load(std::memory_order_relaxed)) tick_lag_ = lag.count();
}

void Worker::on_alarm(Moment now) {
  note_lag(reactor_->lateness());
  timers_->advance(now);
  if (accepting_paused_until_ && now >= *accepting_paused_until_) resume_accepting();
  for (RelayConnection* connection : std::exchange(draining_, {})) {
    if (!connection->check_drained()) draining_.push_back(connection);
  }
  if (drain_) thin_out(now);
  if (is_watching_mass_closes_) tell_mass_closes(now, false);
  set_next_alarm(now);
}

void Worker::set_next_alarm(Moment now) {
  const auto is_fresh = [now](const RelayConnection* c) { return c->is_freshly_draining(now); };
  if (std::ranges::any_of(draining_, is_fresh)) reactor_->set_alarm(now + kDrainedCheck);
  if (!timers_->is_empty() || !draining_.empty() || drain_ || is_watching_mass_closes_) {
    reactor_->set_alarm(now + TimerWheel::kTick);
  }
  if (accepting_paused_until_) reactor_->set_alarm(*accepting_paused_until_);
}

// The last third of a drain: as many connections are ended as the time that is gone asks for, each
// where it stands between messages; those that never do are ended at the deadline.
void Worker::thin_out(Moment now) {
  if (now >= drain_->deadline) return abort_all();
  if (now < drain_->thin_out) return;
  if (drain_->at_thin_out == 0) drain_->at_thin_out = connections_.size();
  const double left =
      seconds_between(now, drain_->deadline) / seconds_between(drain_->thin_out, drain_->deadline);
  const auto allowed = static_cast<std::size_t>(static_cast<double>(drain_->at_thin_out) *
                                                std::clamp(left, 0.0, 1.0));
  std::size_t open = 0;
  for (const auto& connection : connections_) open += connection->is_shutting_down() ? 0 : 1;
  // Backwards: a connection that finishes here is replaced by the last one of the list.
  for (std::size_t i = connections_.size(); i-- > 0 && open > allowed;) {
    RelayConnection& connection = *connections_[i];
    if (connection.is_shutting_down() || !connection.is_between_messages()) continue;
    connection.shut_down();
    --open;
  }
}

void Worker::abort_all() {
  while (!connections_.empty()) connections_.back()->abort();
}

std::span<std::byte> Worker::ciphertext_buffer() {
  if (!ciphertext_buffer_) ciphertext_buffer_ = std::make_unique_for_overwrite<ReceiveBuffer>();
  return ciphertext_buffer_->bytes;
}

void Worker::set_timer(Timer& timer, Moment due) {
  timers_->set(timer, due);
  reactor_->set_alarm(now() + TimerWheel::kTick);
}

void Worker::run_again(RelayConnection& connection) {
  if (std::exchange(connection.is_run_again_due, true)) return;
  run_again_.push_back(&connection);
}

void Worker::watch_drained(RelayConnection& connection) {
  draining_.push_back(&connection);
  reactor_->set_alarm(now() + kDrainedCheck);
}

std::optional<Resolution> Worker::resolve(RelayConnection& connection, const std::string& host) {
  const std::uint64_t id = connection.id();
  resolving_[id] = &connection;
  auto known = shared_.resolver.resolve(host, now(), [this, id](const Resolution& resolution) {
    post([this, id, resolution] {
      const auto waiting = resolving_.extract(id);
      if (!waiting.empty()) waiting.mapped()->resolved(resolution);
    });
  });
  if (known) resolving_.erase(id);
  return known;
}

void Worker::finished(RelayConnection& connection) {
  --shared_.budget.connections;
  resolving_.erase(connection.id());
  std::erase(run_again_, &connection);
  std::erase(draining_, &connection);
  const std::size_t place = connection.place;
  dead_.push_back(std::move(connections_[place]));
  if (place + 1 != connections_.size()) {
    connections_[place] = std::move(connections_.back());
    connections_[place]->place = place;
  }
  connections_.pop_back();
}

}  // namespace lastframe::net
