// The client half of the load pair. Every byte of every echo is checked; what was wrong is counted
// in "errors" and the first of it told in "first_error".
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/client_connection.h"
#include "tests/bench/cpu_time.h"
#include "tests/bench/modes.h"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;
using State = ClientConnection::State;
using Purpose = ClientConnection::Purpose;

constexpr std::size_t kMostUpgradesAtOnce = 64;  // below every proxy's listen backlog
constexpr int kTickMs = 20;
constexpr Seconds kPatience{20};  // without any event

/// What is counted from the start, and subtracted to count an interval.
struct Counts {
  Clock::time_point at;
  std::uint64_t cpu_ns = 0;
  std::uint64_t echoes = 0;
  std::uint64_t finished_connections = 0;
};

class Client {
 public:
  explicit Client(const LoadOptions& options)
      : options_(options), payload_(options.payload, options.size), scratch_(256 * 1024) {
    raise_open_file_limit();
    connections_.reserve(options.connections);
  }

  /// Opens all connections; false when one of them failed.
  bool open_all();

  /// Keeps `depth` messages in flight, then lets the last ones come home.
  void run_messages();

  /// Opens, does what the purpose is (one echo), closes and opens again.
  void run_connections();

  void hold_until_input_ends();
  void close_all();

  void print_result(const char* mode);
  int exit_code() const { return errors_ == 0 ? 0 : 1; }

  bool measures_latency = false;
  Purpose purpose = Purpose::messages;

 private:
  void start_connection(std::size_t index);
  /// Waits once and hands each connection that advanced, with its new echoes, to `react`.
  void wait_once(auto react);
  void note_failure(const ClientConnection& connection);
  void flush(ClientConnection& connection);
  Counts count_now() const;
  /// Takes both ends of the measured interval as the clock passes them; false after the second.
  bool is_measuring();
  bool wants_more(const ClientConnection& connection) const;
  void on_echoes(ClientConnection& connection, std::uint32_t echoes);
  std::size_t count_in(State state) const;

  const LoadOptions& options_;
  Payload payload_;
  std::vector<std::byte> scratch_;
  Epoll epoll_;
  std::vector<std::unique_ptr<ClientConnection>> connections_;
  std::uint32_t last_id_ = 0;

  std::uint64_t errors_ = 0;
  std::string first_error_;
  std::uint64_t echoes_ = 0;
  std::uint64_t echo_frames_ = 0;  // of connections that are gone
  std::uint64_t finished_connections_ = 0;
  Clock::time_point last_event_ = Clock::now();
  Clock::time_point started_ = Clock::now();
  std::optional<Counts> first_;
  std::optional<Counts> last_;
  Clock::time_point sent_at_;
  std::vector<double> latencies_us_;
};

void Client::note_failure(const ClientConnection& connection) {
  if (errors_++ == 0) first_error_ = connection.failure();
}

void Client::flush(ClientConnection& connection) {
  connection.flush();
  if (connection.state() == State::failed) note_failure(connection);
}

void Client::start_connection(std::size_t index) {
  auto connection =
      std::make_unique<ClientConnection>(++last_id_, options_.target, purpose, payload_);
  if (connection->is_over()) {
    note_failure(*connection);
  } else {
    epoll_.watch(connection->fd(), index);
  }
  if (index == connections_.size()) {
    connections_.push_back(std::move(connection));
  } else {
    echo_frames_ += connections_[index]->echo_frames();
    connections_[index] = std::move(connection);
  }
}

void Client::wait_once(auto react) {
  const auto events = epoll_.wait(kTickMs);
  const Clock::time_point now = Clock::now();
  if (!events.empty()) last_event_ = now;
  if (now - last_event_ > kPatience) {
    errno = 0;
    give_up("nothing happened for 20 s; " + std::to_string(count_in(State::upgrading)) +
            " upgrades unanswered, " + std::to_string(echoes_) + " echoes so far");
  }
  for (const epoll_event& event : events) {
    ClientConnection& connection = *connections_[event.data.u64];
    if (connection.is_over()) continue;
    const std::uint32_t echoes = connection.advance(event.events, scratch_);
    echoes_ += echoes;
    if (connection.state() == State::failed) note_failure(connection);
    if (connection.state() == State::ended) ++finished_connections_;
    react(event.data.u64, connection, echoes);
  }
}

std::size_t Client::count_in(State state) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      connections_, [&](const auto& connection) { return connection->state() == state; }));
}

bool Client::open_all() {
  std::size_t open = 0;
  while (open < options_.connections && errors_ == 0) {
    while (connections_.size() < options_.connections &&
           connections_.size() - open < kMostUpgradesAtOnce) {
      start_connection(connections_.size());
    }
    wait_once([](std::size_t, ClientConnection&, std::uint32_t) {});
    open = count_in(State::open);
  }
  return errors_ == 0;
}

Counts Client::count_now() const {
  return {.at = Clock::now(),
          .cpu_ns = options_.watched_pid ? cpu_time_ns(*options_.watched_pid) : 0,
          .echoes = echoes_,
          .finished_connections = finished_connections_};
}

bool Client::is_measuring() {
  if (options_.messages) {
    if (!first_) first_ = count_now();
    return true;  // each connection stops by itself
  }
  const Clock::time_point now = Clock::now();
  if (!first_) {
    if (now - started_ >= Seconds(options_.warm_up_s)) first_ = count_now();
    return true;
  }
  if (now - first_->at < Seconds(options_.measured_s)) return true;
  if (!last_) last_ = count_now();
  return false;
}

bool Client::wants_more(const ClientConnection& connection) const {
  return !last_ && (!options_.messages || connection.sent() < *options_.messages);
}

void Client::on_echoes(ClientConnection& connection, std::uint32_t echoes) {
  if (measures_latency && first_ && echoes > 0) {
    latencies_us_.push_back(
        std::chrono::duration<double, std::micro>(Clock::now() - sent_at_).count());
  }
  if (connection.state() != State::open) return;
  for (; echoes > 0 && wants_more(connection); --echoes) connection.queue_message();
  if (measures_latency) sent_at_ = Clock::now();
  flush(connection);
}

void Client::run_messages() {
  started_ = Clock::now();
  is_measuring();
  for (const auto& connection : connections_) {
    on_echoes(*connection, static_cast<std::uint32_t>(options_.depth));
  }
  latencies_us_.clear();
  const auto has_work = [&](const auto& connection) {
    return connection->state() == State::open &&
           (connection->in_flight() > 0 || wants_more(*connection));
  };
  while (is_measuring() || std::ranges::any_of(connections_, has_work)) {
    if (options_.messages && std::ranges::none_of(connections_, has_work)) break;
    if (errors_ > 0 && count_in(State::open) == 0) break;
    wait_once([&](std::size_t, ClientConnection& connection, std::uint32_t echoes) {
      if (echoes > 0) on_echoes(connection, echoes);
    });
  }
  if (!last_) last_ = count_now();
}

void Client::run_connections() {
  started_ = Clock::now();
  is_measuring();
  for (std::size_t i = 0; i < options_.connections; ++i) start_connection(i);
  const auto is_alive = [](const auto& connection) { return !connection->is_over(); };
  while (std::ranges::any_of(connections_, is_alive)) {
    const bool goes_on = is_measuring();
    wait_once([&](std::size_t index, ClientConnection& connection, std::uint32_t echoes) {
      if (connection.state() == State::open && connection.sent() == 0) connection.queue_message();
      if (connection.state() == State::open && echoes > 0) connection.queue_close();
      if (!connection.is_over()) flush(connection);
      // A failing proxy must not be hammered without end.
      if (connection.is_over() && goes_on && errors_ < options_.connections) {
        start_connection(index);
      }
    });
  }
  if (!first_) first_ = count_now();
  if (!last_) last_ = count_now();
}

void Client::hold_until_input_ends() {
  std::printf("{\"open\": %zu, \"errors\": %llu}\n", count_in(State::open),
              static_cast<unsigned long long>(errors_));
  std::fflush(stdout);
  std::array<char, 64> ignored;
  while (read(STDIN_FILENO, ignored.data(), ignored.size()) > 0) {
  }
  last_event_ = Clock::now();
}

void Client::close_all() {
  for (const auto& connection : connections_) {
    if (connection->state() != State::open) continue;
    connection->queue_close();
    flush(*connection);
  }
  while (count_in(State::closing) > 0) {
    wait_once([](std::size_t, ClientConnection&, std::uint32_t) {});
  }
}

void Client::print_result(const char* mode) {
  const Counts none{.at = started_};
  const Counts first = first_.value_or(none);
  const Counts last = last_.value_or(first);
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::uint64_t frames = echo_frames_;
  for (const auto& connection : connections_) frames += connection->echo_frames();
  std::printf("{\"mode\": \"%s\", \"connections\": %zu, \"depth\": %zu, \"size\": %zu, ", mode,
              options_.connections, options_.depth, options_.size);
  std::printf("\"seconds\": %.6f, \"echoes\": %llu, \"finished_connections\": %llu, ",
              Seconds(last.at - first.at).count(), number(last.echoes - first.echoes),
              number(last.finished_connections - first.finished_connections));
  std::printf("\"total_echoes\": %llu, \"total_echo_frames\": %llu, ", number(echoes_),
              number(frames));
  if (options_.watched_pid) {
    std::printf("\"cpu_ns\": %llu, ", number(last.cpu_ns - first.cpu_ns));
  }
  if (measures_latency && !latencies_us_.empty()) {
    std::ranges::sort(latencies_us_);
    const auto percentile = [&](std::size_t percent) {
      return latencies_us_[(latencies_us_.size() - 1) * percent / 100];
    };
    std::printf("\"p50_us\": %.3f, \"p99_us\": %.3f, ", percentile(50), percentile(99));
  }
  // The failures' texts hold no quote; an answer's status line might.
  std::ranges::replace_if(
      first_error_, [](char c) { return c == '"' || c == '\\' || c < ' ' || c > '~'; }, '?');
  std::printf("\"errors\": %llu, \"first_error\": \"%s\"}\n", number(errors_),
              first_error_.c_str());
}

}  // namespace

int run_load(const LoadOptions& options) {
  Client client(options);
  if (client.open_all()) client.run_messages();
  client.close_all();
  client.print_result("load");
  return client.exit_code();
}

int run_latency(LoadOptions options) {
  options.connections = 1;
  options.depth = 1;
  Client client(options);
  client.measures_latency = true;
  if (client.open_all()) client.run_messages();
  client.close_all();
  client.print_result("latency");
  return client.exit_code();
}

int run_rate(const LoadOptions& options) {
  Client client(options);
  client.run_connections();
  client.print_result("rate");
  return client.exit_code();
}

int run_handshakes(const LoadOptions& options) {
  Client client(options);
  client.purpose = Purpose::handshake_of_tls;
  client.run_connections();
  client.print_result("handshakes");
  return client.exit_code();
}

int run_idle(const LoadOptions& options) {
  Client client(options);
  if (client.open_all() && options.messages) client.run_messages();
  client.hold_until_input_ends();
  client.close_all();
  client.print_result("idle");
  return client.exit_code();
}

}  // namespace bench
