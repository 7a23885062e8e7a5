// One connection in HTTP/2, from its bytes to the inputs of the WebSockets that its streams carry.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "capture/held_input.h"
#include "capture/input_sink.h"
#include "core/http2/demultiplexer.h"

namespace lastframe::capture {

// A ConnectionStart of a packet capture, which knows no names of ours.
struct OwnedStart {
  explicit OwnedStart(const ConnectionStart& start)
      : client(start.client),
        server(start.server),
        id(start.id),
        accepted(start.accepted),
        accepted_wall(start.accepted_wall) {}

  ConnectionStart view() const {
    return {.id = id,
            .client = client,
            .server = server,
            .accepted = accepted,
            .accepted_wall = accepted_wall};
  }

  std::string client;
  std::string server;
  std::uint64_t id;
  Moment accepted;
  WallTime accepted_wall;
};

class Http2Connection {
 public:
  // Both outlive this.
  Http2Connection(const OwnedStart& start, InputSink& sink, ConnectionIds& ids);

  // What is of the connection is said of each of its streams that is open, and of those that begin
  // later. Nothing comes behind Finished.
  void take(Moment now, const session::Input& input);
  // Why no more of it comes to us: said of each stream that is open.
  void leave_open(std::string_view why);
  // Its streams are followed no longer. `why`: a clause.
  void give_up(FlawKind kind, std::string_view why);

  std::size_t memory() const;

 private:
  class Teller;
  struct Stream {
    std::uint64_t id;
    std::array<bool, 2> has_ended{};  // by Endpoint
  };
  using Streams = std::map<std::uint32_t, Stream>;

  void leave_open(const Stream& stream, std::string_view why);
  void take_bytes(Moment now, const session::BytesRelayed& relayed);
  void miss(Moment now, const session::BytesMissed& missed);
  void heed_obstacle(FlawKind kind);
  void end_all(Moment now, const session::StreamEnded& end);
  void begin(Moment now, std::uint32_t stream, std::string_view head);
  void end(Moment now, Stream& stream, const session::StreamEnded& ended);
  void finish(Moment now, Streams::iterator found);
  void tell_all(Moment now, const session::Input& input);

  OwnedStart start_;
  InputSink& sink_;
  ConnectionIds& ids_;
  std::optional<http2::Demultiplexer> demultiplexer_{std::in_place};  // none: it is given up
  Streams streams_;                                                   // those that are open
  std::vector<HeldInput> common_;  // what each stream begins with
};

}  // namespace lastframe::capture
