#include "capture/replay.h"

#include <string>
#include <utility>
#include <variant>

namespace lastframe::capture {

struct Replay::Connection {
  Connection(const ConnectionStart& start, const session::SessionOptions& common,
             ws::InflatePool& inflaters, session::Observer& observer)
      : options(named(common, start)),
        session({.id = start.id,
                 .client = start.client,
                 .is_client_trusted = start.is_client_trusted,
                 .accepted = start.accepted,
                 .accepted_wall = start.accepted_wall,
                 .inflaters = &inflaters},
                options, observer) {}

  static session::SessionOptions named(session::SessionOptions options,
                                       const ConnectionStart& start) {
    options.listener = start.listener;
    options.upstream = start.upstream;
    return options;
  }

  session::SessionOptions options;
  session::Session session;
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

void Replay::on_input(std::uint64_t connection, Moment now, const session::Input& input) {
  const auto found = open_.find(connection);
  if (found == open_.end()) return;
  found->second->session.handle(now, input);
  if (std::holds_alternative<session::Finished>(input)) open_.erase(found);
}

}  // namespace lastframe::capture
