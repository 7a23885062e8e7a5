#include "net/relay.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <csignal>
#include <iterator>
#include <utility>

#include "net/clock.h"
#include "net/listening_address.h"
#include "net/sockets.h"

namespace lastframe::net {
namespace {

// Descriptors kept back for logs, resolvers and what libraries open.
constexpr std::uint64_t kSpareDescriptors = 16;
constexpr std::uint64_t kDescriptorsPerConnection = 2;
// An epoll set, a wake-up and libwebsockets' own for each worker.
constexpr std::uint64_t kDescriptorsPerWorker = 6;

// Session ids and user hashes differ between starts. getrandom() does not fail for so few bytes
// once the system has started; zeros would only make them guessable.
template <typename Bytes>
Bytes random_bytes(Bytes bytes) {
  [[maybe_unused]] const auto filled = getrandom(&bytes[0], bytes.size(), 0);
  return bytes;
}

std::uint64_t random_number() {
  return std::bit_cast<std::uint64_t>(random_bytes(std::array<std::byte, 8>{}));
}

unsigned usable_cpus() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

// The same socket serves both: the same address, and where the kernel chose the port, the same
// name.
bool is_same_place(const ListenerOptions& a, const ListenerOptions& b) {
  if (a.listen != b.listen) return false;
  const auto* tcp = std::get_if<TcpAddress>(&a.listen);
  return tcp == nullptr || tcp->port != 0 || a.name == b.name;
}

}  // namespace

Relay::Relay(session::Interest interest, std::uint64_t session_seed)
    : interest_(interest),
      user_key_(random_bytes(std::string(32, '\0'))),
      shared_{.budget = {},
              .counters = {},
              .resolver = {},
              .patterns = {},
              .own_addresses = {},
              .session_seed = session_seed} {}

std::expected<std::unique_ptr<Relay>, std::vector<Error>> Relay::start(
    const RelayOptions& options, const session::PrivacyOptions& privacy, session::Interest interest,
    const ObserverFactory& make_observer) {
  std::signal(SIGPIPE, SIG_IGN);
  std::unique_ptr<Relay> relay(new Relay(interest, random_number()));
  relay->options_ = options;
  const unsigned count = options.workers != 0 ? options.workers : usable_cpus();
  for (unsigned number = 0; number < count; ++number) {
    relay->workers_.push_back(
        std::make_unique<Worker>(number, relay->shared_, make_observer(number)));
  }
  relay->shared_.patterns.alarm().on_ring(
      [&first = *relay->workers_.front()] { first.watch_mass_closes(); });
  relay->options_.listeners.clear();
  auto opened = relay->reload(options, privacy);
  if (!opened) return std::unexpected(opened.error());
  for (const auto& worker : relay->workers_) {
    if (auto started = worker->start(); !started) {
      return std::unexpected(std::vector{started.error()});
    }
  }
  return relay;
}

Relay::~Relay() {
  stop_now();
  for (const auto& worker : workers_) worker->join();
  if (!workers_.empty()) workers_.front()->tell_mass_closes(now(), true);
  shared_.resolver.stop();  // its answers would go to workers that are gone
  for (const Listener& listener : listeners_) remove_socket_file(listener);
}

void Relay::apply_limits(const Limits& limits) {
  const std::uint64_t files = raise_open_files_limit();
  const std::uint64_t open_now = count_open_files();
  const std::uint64_t relayed = kDescriptorsPerConnection * shared_.budget.connections;
  const std::uint64_t taken = open_now - std::min(open_now, relayed) + kSpareDescriptors +
                              std::min<std::uint64_t>(limits.reserved_descriptors, files / 8) +
                              kDescriptorsPerWorker * workers_.size();
  const std::uint64_t possible = files > taken ? (files - taken) / kDescriptorsPerConnection : 0;
  const std::uint64_t wanted = limits.connections.value_or(possible);
  shared_.budget.most_connections = std::max<std::uint64_t>(1, std::min(possible, wanted));
  shared_.budget.most_pending = limits.pending_total;
  shared_.budget.inflate_memory = limits.inflate_memory / workers_.size();
  shared_.budget.inflate_message = limits.inflate_message;
}

std::expected<std::shared_ptr<const ListenerRuntime>, std::vector<Error>> Relay::runtime_of(
    const ListenerOptions& options, const RelayOptions& all, const session::PrivacyOptions& privacy,
    const std::shared_ptr<ssl::KeyLog>& key_log) {
  auto made = make_runtime(options, all, key_log);
  if (!made) return std::unexpected(std::move(made.error()));
  ListenerRuntime& runtime = **made;
  runtime.session = {.listener = options.name,
                     .upstream = runtime.upstreams.empty() ? std::string(session::kChosenByClient)
                                                           : runtime.upstreams.front().text,
                     .tap = all.tap,
                     .privacy = privacy,
                     .watched_head = all.limits.watched_head,
                     .interest = interest_,
                     .after_break = all.after_break};
  runtime.session.use(all.catalogue);
  runtime.patterns = shared_.patterns.of_listener(options.name);
  runtime.own_addresses = &shared_.own_addresses;
  if (privacy.user_key.empty()) runtime.session.privacy.user_key = user_key_;
  return *std::move(made);
}

std::expected<std::shared_ptr<ssl::KeyLog>, Error> Relay::key_log_of(const std::string& path) {
  if (path.empty()) return nullptr;
  return ssl::KeyLog::open(path);
}

std::expected<Relay::Opened, Error> Relay::open(std::shared_ptr<const ListenerRuntime> runtime) {
  const ListenerOptions& options = runtime->options;
  const auto failed = [&](Error error) {
    const std::string address = to_text(options.listen);
    if (options.origin.text.empty()) {
      error.where = "--listen " + address;
    } else {
      error.where = options.origin.text;
      error.what = address + ": " + error.what;
    }
    return std::unexpected(std::move(error));
  };
  auto at = listen_at(options.listen);
  if (!at) return failed(at.error());
  if (const auto is_free = check_all_free(*at); !is_free) return failed(is_free.error());
  Opened opened{.listener = {.runtime = std::move(runtime), .bound = {}, .key = next_key_++},
                .sockets = {},
                .is_shared = at->address.is_unix()};
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    if (opened.is_shared && i > 0) {
      opened.sockets.emplace_back(fcntl(opened.sockets.front().get(), F_DUPFD_CLOEXEC, 0));
      continue;
    }
    auto socket =
        open_listening_socket(at->address, options.keepalive, at->takes_both_families,
                              options.mode == Mode::tproxy ? Addresses::foreign : Addresses::own);
    if (!socket) return failed(socket.error());
    const auto bound = SocketAddress::local_of(socket->get());
    if (bound) at->address.set_port(bound->port());
    opened.sockets.push_back(std::move(*socket));
  }
  opened.listener.bound = bound_text(*at, at->address);
  return opened;
}

std::expected<std::vector<ListeningAt>, std::vector<Error>> Relay::reload(
    const RelayOptions& options, const session::PrivacyOptions& privacy) {
  std::vector<Error> errors;
  std::vector<Opened> opened;
  std::vector<std::pair<std::size_t, std::shared_ptr<const ListenerRuntime>>> kept;
  apply_limits(options.limits);
  const auto key_log = key_log_of(options.tls_key_log);
  if (!key_log) errors.push_back(key_log.error());
  for (const ListenerOptions& wanted : options.listeners) {
    auto runtime = runtime_of(wanted, options, privacy, key_log.value_or(nullptr));
    if (!runtime) {
      std::ranges::move(runtime.error(), std::back_inserter(errors));
      continue;
    }
    const auto same = std::ranges::find_if(listeners_, [&](const Listener& listener) {
      return is_same_place(listener.runtime->options, wanted);
    });
    if (same != listeners_.end()) {
      kept.emplace_back(same->key, std::move(*runtime));
    } else if (auto result = open(std::move(*runtime))) {
      opened.push_back(std::move(*result));
    } else {
      errors.push_back(result.error());
    }
  }
  if (!errors.empty()) {
    apply_limits(options_.limits);
    for (const Opened& listener : opened) remove_socket_file(listener.listener);
    return std::unexpected(std::move(errors));
  }
  for (Listener& listener : listeners_) {
    const auto keeps = std::ranges::find(kept, listener.key, [](const auto& k) { return k.first; });
    for (const auto& worker : workers_) {
      keeps != kept.end() ? worker->replace(listener.key, keeps->second)
                          : worker->unlisten(listener.key);
    }
    if (keeps != kept.end()) {
      listener.runtime = keeps->second;
    } else {
      remove_socket_file(listener);
      listener.key = 0;
    }
  }
  std::erase_if(listeners_, [](const Listener& listener) { return listener.key == 0; });
  note_own_addresses(opened);
  std::vector<ListeningAt> fresh;
  for (Opened& listener : opened) {
    fresh.push_back({listener.listener.runtime->options.name, listener.listener.bound});
    hand_out(std::move(listener));
  }
  shared_.patterns.prune();
  shared_.resolver.set_ttl(options.dns_ttl);
  options_ = options;
  return fresh;
}

// Before the new ones are: a client may ask for any port from the first moment on.
void Relay::note_own_addresses(const std::vector<Opened>& opened) {
  std::vector<Address> addresses;
  const auto note = [&](const Listener& listener) {
    if (auto address = parse_listen_address(listener.bound))
      addresses.push_back(*std::move(address));
  };
  for (const Listener& listener : listeners_) note(listener);
  for (const Opened& listener : opened) note(listener.listener);
  shared_.own_addresses.set_listeners(std::move(addresses));
}

void Relay::keep_clients_from(const std::string& address) {
  if (auto parsed = parse_listen_address(address)) shared_.own_addresses.add(*std::move(parsed));
}

void Relay::hand_out(Opened opened) {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    workers_[i]->listen(std::move(opened.sockets[i]), opened.listener.runtime, opened.is_shared,
                        opened.listener.key);
  }
  listeners_.push_back(std::move(opened.listener));
}

std::vector<ListeningAt> Relay::listening() const {
  std::vector<ListeningAt> result;
  for (const Listener& listener : listeners_) {
    result.push_back({listener.runtime->options.name, listener.bound});
  }
  return result;
}

void Relay::drain() {
  is_ending_ = true;
  const Moment start = now();
  for (const auto& worker : workers_) {
    worker->drain(start + options_.drain_timeout * 2 / 3, start + options_.drain_timeout);
  }
}

void Relay::stop_now() {
  is_ending_ = true;
  for (const auto& worker : workers_) worker->stop_now();
}

bool Relay::is_over() const {
  return std::ranges::none_of(workers_, [](const auto& worker) { return worker->is_running(); });
}

void Relay::ask_workers() {
  for (const auto& worker : workers_) worker->ask();
}

std::optional<Moment> Relay::silent_since() const {
  std::optional<Moment> first;
  for (const auto& worker : workers_) {
    const auto since = worker->silent_since();
    const bool is_over = is_ending_ && !worker->is_running();
    if (since && !is_over) first = std::min(first.value_or(*since), *since);
  }
  return first;
}

void Relay::remove_socket_file(const Listener& listener) {
  const auto* path = std::get_if<UnixPath>(&listener.runtime->options.listen);
  if (path != nullptr) unlink(path->path.c_str());
}

void Relay::look(const LiveQuery& query, LiveGathering::Done done) const {
  std::vector<Worker*> running;
  for (const auto& worker : workers_) {
    if (worker->is_running()) running.push_back(worker.get());
  }
  if (running.empty()) return done({});
  const auto sum = std::make_shared<LiveGathering>(running.size(), query.limit, std::move(done));
  for (Worker* worker : running) {
    worker->look(query, [sum](LiveAnswer answer) { sum->add(std::move(answer)); });
  }
}

RelayTotals Relay::totals() const {
  return {.accepted = shared_.counters.accepted,
          .open = shared_.budget.connections,
          .connect_failures = shared_.counters.connect_failures,
          .tls_failures = shared_.counters.tls_failures,
          .refused_arrivals = shared_.counters.refused_arrivals,
          .other_protocols = shared_.counters.other_protocols,
          .shed_analyses = shared_.counters.shed_analyses,
          .accept_pauses = shared_.counters.accept_pauses};
}

RelayLevels Relay::take_levels() {
  RelayLevels levels{.workers = static_cast<unsigned>(workers_.size()),
                     .connections_limit = shared_.budget.most_connections,
                     .pending = shared_.budget.pending,
                     .pending_limit = shared_.budget.most_pending,
                     .inflate_memory = 0,
                     .tick_lag = std::chrono::microseconds(0)};
  for (const auto& worker : workers_) {
    levels.inflate_memory += worker->inflate_memory();
    levels.tick_lag = std::max(levels.tick_lag, worker->take_tick_lag());
  }
  return levels;
}

std::vector<LearntOfUpstream> Relay::learnt() { return shared_.patterns.learnt(); }

}  // namespace lastframe::net
