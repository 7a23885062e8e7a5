#include "capture/replay.h"

#include <string>
#include <utility>
#include <variant>

#include "core/verdict/end_facts.h"

namespace lastframe::capture {

struct Replay::Connection {
  Connection(const ConnectionStart& start, const session::SessionOptions& common,
             ws::InflatePool& inflaters, session::Observer& observer)
      : options(named(common, start)),
        accepted(start.accepted),
        server(start.server),
        session({.id = start.session_id != 0 ? start.session_id : start.id,
                 .client = start.client,
                 .is_client_trusted = start.is_client_trusted,
                 .accepted = start.accepted,
                 .accepted_wall = start.accepted_wall,
                 .inflaters = &inflaters},
                options, observer),
        knows_patterns(start.session_id != 0) {}

  std::string_view client() const {
    return verdict::client_of(session.text(session::Text::forwarded_for),
                              session.text(session::Text::client).value_or(""));
  }

  static session::SessionOptions named(session::SessionOptions options,
                                       const ConnectionStart& start) {
    options.listener = start.listener;
    options.upstream = start.upstream;
    options.tap = start.tap;
    using session::AfterBreak;
    if (start.resynchronises) {
      options.after_break = *start.resynchronises ? AfterBreak::resynchronise : AfterBreak::give_up;
    }
    if (start.watched_head) options.watched_head = *start.watched_head;
    return options;
  }

  session::SessionOptions options;
  Moment accepted;
  Moment requested{};  // none: no upgrade was asked for
  std::string server;
  session::Session session;
  bool knows_patterns;  // all that were known live, if any
};

Replay::Replay(const session::SessionOptions& options, session::Observer& observer)
    : options_(options), observer_(observer) {}

Replay::~Replay() = default;

void Replay::on_start(const ConnectionStart& start) {
  auto& connection = open_[start.id];
  connection = std::make_unique<Connection>(start, options_, inflaters_, observer_);
  ++connections_;
  if (start.server.empty()) return;
  connection->session.handle(start.accepted, session::UpstreamConnected{.address = start.server});
}

void Replay::on_input(std::uint64_t id, Moment now, const session::Input& input) {
  const auto found = open_.find(id);
  if (found == open_.end()) return;
  Connection& connection = *found->second;
  if (const auto* connected = std::get_if<session::UpstreamConnected>(&input)) {
    connection.server = connected->address;
  }
  if (std::holds_alternative<session::PatternsKnown>(input)) connection.knows_patterns = true;
  const bool is_last = std::holds_alternative<session::Finished>(input);
  if (is_last && !connection.knows_patterns) learn(connection, now);
  connection.session.handle(now, input);
  if (is_last) {
    open_.erase(found);
  } else {
    note_request(connection, now);
  }
}

verdict::Patterns& Replay::patterns_of(const Connection& connection) {
  std::string name = connection.options.listener + '\n' + connection.server;
  if (patterns_.size() >= kMostUpstreams && !patterns_.contains(name)) name.clear();
  return patterns_.try_emplace(name, connection.options.listener, connection.server).first->second;
}

void Replay::note_request(Connection& connection, Moment now) {
  if (connection.requested != Moment{} || !connection.session.has_upgrade_request()) return;
  connection.requested = now;
  verdict::Patterns& patterns = patterns_of(connection);
  patterns.note_accepted(connection.accepted);
  patterns.note_request(connection.client(), now);
}

// As a relay learns from the ends of its connections, and says what they have in common.
void Replay::learn(Connection& connection, Moment now) {
  if (connection.requested == Moment{}) return;
  verdict::Patterns& patterns = patterns_of(connection);
  session::PatternsKnown known{};
  if (const auto facts = verdict::end_facts(connection.session.ending_report(now))) {
    known.patterns = patterns.learn(*facts);
  } else {
    known.patterns =
        patterns.never_opened(connection.client(), connection.accepted, connection.requested, now);
  }
  connection.session.handle(now, known);
}

}  // namespace lastframe::capture
