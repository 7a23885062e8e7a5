#include "capture/http2_sink.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "capture/held_input.h"
#include "capture/http2_connection.h"
#include "core/http2/frame_reader.h"

namespace lastframe::capture {
namespace {

enum class Kind : unsigned char { unknown, http2, other };

}  // namespace

struct Http2Sink::Connection {
  explicit Connection(const ConnectionStart& first) : start(first) {}

  // By the protocol that TLS agreed on, else by what the client says first.
  Kind kind() const;

  OwnedStart start;
  std::vector<Flaw> flaws;  // until its kind is known
  std::vector<HeldInput> held;
  std::size_t held_size = 0;
  std::array<std::string, 2> beginning;  // by Direction: the first bytes
  std::optional<bool> has_agreed;        // on HTTP/2, by ALPN (RFC 9113 section 3.2)
  std::optional<Http2Connection> http2;
  std::size_t counted = 0;  // in memory_
};

Kind Http2Sink::Connection::kind() const {
  if (has_agreed) return *has_agreed ? Kind::http2 : Kind::other;
  const std::string_view client = beginning[index(Direction::client_to_server)];
  const std::string_view server = beginning[index(Direction::server_to_client)];
  if (client.empty()) {
    const bool may_be = http2::may_begin_with_settings(as_bytes(server));
    return may_be ? Kind::unknown : Kind::other;
  }
  if (client.starts_with(http2::kClientPreface)) return Kind::http2;
  return http2::kClientPreface.starts_with(client) ? Kind::unknown : Kind::other;
}

Http2Sink::Http2Sink(InputSink& sink, ConnectionIds& ids, const Http2Limits& limits)
    : sink_(sink), ids_(ids), limits_(limits) {}
Http2Sink::~Http2Sink() = default;

void Http2Sink::on_start(const ConnectionStart& start) {
  connections_.emplace(start.id, std::make_unique<Connection>(start));
}

void Http2Sink::on_input(std::uint64_t id, Moment now, const session::Input& input) {
  const auto found = connections_.empty() ? connections_.end() : connections_.find(id);
  if (found == connections_.end()) return sink_.on_input(id, now, input);
  Connection& connection = *found->second;
  if (connection.http2) {
    follow(connection, now, input);
    if (std::holds_alternative<session::Finished>(input)) forget(found);
    return;
  }
  hold(connection, now, input);
  if (comes_before_bytes(input)) return;
  decide(found, std::holds_alternative<session::BytesRelayed>(input));
}

void Http2Sink::hold(Connection& connection, Moment now, const session::Input& input) {
  if (const auto* relayed = std::get_if<session::BytesRelayed>(&input)) {
    std::string& beginning = connection.beginning[index(relayed->direction)];
    const std::size_t room =
        http2::kClientPreface.size() - std::min(http2::kClientPreface.size(), beginning.size());
    beginning += as_text(relayed->bytes).substr(0, room);
  } else if (const auto* established = std::get_if<session::TlsEstablished>(&input)) {
    const std::string& agreed = established->leg->alpn;
    if (!agreed.empty()) connection.has_agreed = agreed == "h2";
  }
  connection.held.emplace_back(now, input);
  connection.held_size += connection.held.back().size();
}

// `may_wait`: more can come that tells what it is.
void Http2Sink::decide(Connections::iterator found, bool may_wait) {
  Connection& connection = *found->second;
  const Kind kind = connection.kind();
  if (kind == Kind::http2) {
    connection.http2.emplace(connection.start, sink_, ids_);
    bool is_over = false;
    for (const HeldInput& held : std::exchange(connection.held, {})) {
      follow(connection, held.at(), held.input());
      is_over = is_over || std::holds_alternative<session::Finished>(held.input());
    }
    if (is_over) forget(found);
  } else if (kind == Kind::other || !may_wait || connection.held_size > limits_.held_of_one) {
    release(found);
  }
}

// It goes on as it is.
void Http2Sink::release(Connections::iterator found) {
  const std::unique_ptr<Connection> connection = std::move(found->second);
  connections_.erase(found);
  sink_.on_start(connection->start.view());
  for (const Flaw& flaw : connection->flaws) sink_.on_flaw(flaw);
  for (const HeldInput& held : connection->held) {
    sink_.on_input(connection->start.id, held.at(), held.input());
  }
}

void Http2Sink::follow(Connection& connection, Moment now, const session::Input& input) {
  connection.http2->take(now, input);
  count(connection);
  if (memory_ <= limits_.memory) return;
  connection.http2->give_up(FlawKind::not_kept,
                            "too many connections of its kind are open at once");
  count(connection);
}

void Http2Sink::count(Connection& connection) {
  const std::size_t now = connection.http2->memory();
  memory_ += now - std::exchange(connection.counted, now);
}

void Http2Sink::forget(Connections::iterator found) {
  memory_ -= found->second->counted;
  connections_.erase(found);
}

void Http2Sink::on_flaw(const Flaw& flaw) {
  const auto found = flaw.connection ? connections_.find(*flaw.connection) : connections_.end();
  if (found == connections_.end()) return sink_.on_flaw(flaw);
  Connection& connection = *found->second;
  const bool is_last = flaw.kind == FlawKind::still_open;
  if (!connection.http2) {
    if (!is_last) return connection.flaws.push_back(flaw);
    release(found);
    return sink_.on_flaw(flaw);
  }
  if (is_last) {
    connection.http2->leave_open(flaw.text);
    return forget(found);
  }
  Flaw of_none = flaw;
  of_none.connection.reset();
  sink_.on_flaw(of_none);
}

}  // namespace lastframe::capture
