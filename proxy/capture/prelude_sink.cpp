#include "capture/prelude_sink.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace lastframe::capture {
namespace {

using proxying::Prelude;
using session::BytesRelayed;

// Proxies behind proxies; nobody has more.
constexpr unsigned kMostPreludes = 8;
// What we keep for a connection, and its reader.
constexpr std::size_t kForEach = 1024;

bool is_of_bytes(const session::Input& input) {
  return std::holds_alternative<BytesRelayed>(input) ||
         std::holds_alternative<session::BytesMissed>(input);
}

}  // namespace

PreludeSink::PreludeSink(InputSink& sink, const PreludeLimits& limits)
    : sink_(sink), limits_(limits) {}

void PreludeSink::on_start(const ConnectionStart& start) {
  sink_.on_start(start);
  connections_.emplace(start.id, Connection{.id = start.id});
}

void PreludeSink::on_input(std::uint64_t id, Moment now, const session::Input& input) {
  const auto found = connections_.empty() ? connections_.end() : connections_.find(id);
  if (found == connections_.end()) return sink_.on_input(id, now, input);
  const bool goes_on = take(found->second, now, input);
  count(found->second);
  if (goes_on && !std::holds_alternative<session::Finished>(input)) return;
  held_ -= found->second.counted;
  connections_.erase(found);
}

void PreludeSink::on_flaw(const Flaw& flaw) {
  const bool is_end = flaw.connection && flaw.kind == FlawKind::still_open;
  const auto found = is_end ? connections_.find(*flaw.connection) : connections_.end();
  if (found != connections_.end()) {
    release(found->second);
    held_ -= found->second.counted;
    connections_.erase(found);
  }
  sink_.on_flaw(flaw);
}

// Whether the connection's own bytes have not begun behind it.
bool PreludeSink::take(Connection& connection, Moment now, const session::Input& input) {
  if (connection.has_failed) {
    if (!is_of_bytes(input)) sink_.on_input(connection.id, now, input);
    return true;
  }
  const auto* relayed = std::get_if<BytesRelayed>(&input);
  if (connection.prelude == nullptr) {
    const bool is_first = relayed != nullptr && relayed->direction == Direction::client_to_server &&
                          connection.over < kMostPreludes;
    if (is_first) {
      connection.prelude = proxying::prelude(relayed->bytes.front(), connection.over == 0);
    }
    if (connection.prelude == nullptr) {
      sink_.on_input(connection.id, now, input);
      return false;
    }
  }
  return relayed != nullptr ? take_bytes(connection, *relayed, now)
                            : take_other(connection, now, input);
}

bool PreludeSink::take_bytes(Connection& connection, const BytesRelayed& relayed, Moment now) {
  hold(connection, now, relayed);
  switch (connection.prelude->take(relayed.direction, relayed.bytes)) {
    case Prelude::State::needs_more:
      connection.is_refused = false;
      if (!is_over_limit(connection)) return true;
      say_too_much();
      [[fallthrough]];
    case Prelude::State::is_none:
      release(connection);
      return false;
    case Prelude::State::over:
      return go_on_behind(connection);
    case Prelude::State::refused:
      note_refusal(connection, now);
      return true;
  }
  return false;
}

// An end, or bytes that are missing.
bool PreludeSink::take_other(Connection& connection, Moment now, const session::Input& input) {
  const bool is_missed = std::holds_alternative<session::BytesMissed>(input);
  if (connection.is_refused && !is_missed) {
    fail(connection, now);
    sink_.on_input(connection.id, now, input);
    return true;
  }
  hold(connection, now, input);
  if (!is_missed && !std::holds_alternative<session::Finished>(input)) return true;
  release(connection);
  return false;
}

bool PreludeSink::is_over_limit(const Connection& connection) const {
  return connection.held_bytes + connection.prelude->memory() > limits_.held_of_one ||
         held_ > limits_.held;
}

// Once: connections are many.
void PreludeSink::say_too_much() {
  if (std::exchange(has_said_, true)) return;
  sink_.on_flaw({.kind = FlawKind::not_understood,
                 .text = "PROXY headers, CONNECT and SOCKS5 are not read where too much comes "
                         "before they are over; such connections are told as they came"});
}

void PreludeSink::hold(Connection& connection, Moment now, const session::Input& input) {
  connection.held.emplace_back(now, input);
  connection.held_bytes += connection.held.back().size();
}

void PreludeSink::release(Connection& connection) {
  for (const HeldInput& held : std::exchange(connection.held, {})) {
    sink_.on_input(connection.id, held.at(), held.input());
  }
}

// Tells what became known, from when it began, and goes on with what stands behind it: another one
// may.
bool PreludeSink::go_on_behind(Connection& connection) {
  const auto done = std::exchange(connection.prelude, nullptr);
  auto held = std::exchange(connection.held, {});
  connection.held_bytes = 0;
  ++connection.over;
  const Moment began = held.front().at();
  if (!done->client().empty()) {
    sink_.on_input(connection.id, began, session::ClientNamed{.address = done->client()});
  }
  if (!done->destination().empty()) {
    sink_.on_input(connection.id, began,
                   session::UpstreamConnected{.address = done->destination()});
  }
  auto own = done->own_bytes();
  bool is_before_own = true;
  for (const HeldInput& each : held) {
    session::Input input = each.input();
    if (auto* relayed = std::get_if<BytesRelayed>(&input)) {
      std::uint64_t& left = own[index(relayed->direction)];
      const auto cut = std::min<std::uint64_t>(left, relayed->bytes.size());
      left -= cut;
      relayed->bytes = relayed->bytes.subspan(static_cast<std::size_t>(cut));
      if (relayed->bytes.empty()) continue;
    }
    if (is_before_own) {
      is_before_own = take(connection, each.at(), input);
    } else {
      sink_.on_input(connection.id, each.at(), input);
    }
  }
  return is_before_own;
}

// Of what was held only ends are left to be told.
void PreludeSink::note_refusal(Connection& connection, Moment now) {
  if (!std::exchange(connection.is_refused, true)) connection.refused = now;
  std::erase_if(connection.held, [](const HeldInput& held) { return is_of_bytes(held.input()); });
  connection.held_bytes = 0;
  if (connection.held.empty()) return;
  fail(connection, connection.held.front().at());
  release(connection);
}

// The refusal was the last word.
void PreludeSink::fail(Connection& connection, Moment now) {
  connection.has_failed = true;
  sink_.on_input(connection.id, std::min(now, connection.refused),
                 session::ConnectFailed{.address = connection.prelude->destination(),
                                        .error = connection.prelude->error()});
}

void PreludeSink::count(Connection& connection) {
  std::size_t now = connection.held_bytes;
  if (connection.prelude) now += kForEach + connection.prelude->memory();
  held_ += now - connection.counted;
  connection.counted = now;
}

}  // namespace lastframe::capture
