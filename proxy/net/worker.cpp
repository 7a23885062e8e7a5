#include "net/worker.h"

#include <algorithm>
#include <future>
#include <utility>

#include "core/base/thread_name.h"
#include "net/clock.h"
#include "net/worker_acceptor.h"

namespace lastframe::net {
namespace {

// Between two looks at resets that wait for their last bytes to be acknowledged.
constexpr std::chrono::milliseconds kDrainedCheck{2};

}  // namespace

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
  silent_since_ = asked;
  post([this, asked] {
    note_lag(now() - asked);
    silent_since_ = kOwesNothing;
  });
}

std::optional<Moment> Worker::silent_since() const {
  const Moment since = silent_since_;
  return since == kOwesNothing ? std::nullopt : std::optional(since);
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
  const auto since = silent_since();
  if (!since || !is_running_) return noted;
  return std::max<Moment::duration>(noted, now() - *since);
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
