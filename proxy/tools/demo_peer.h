// One side of a demo connection: a blocking socket that plays a script.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/endpoint.h"
#include "core/http/head_reader.h"
#include "core/ws/frame.h"
#include "core/ws/frame_parser.h"
#include "net/file_descriptor.h"
#include "tools/demo_script.h"

namespace lastframe::tools {

struct PeerOptions {
  Endpoint role = Endpoint::client;
  std::chrono::milliseconds patience{5000};  // for each read
  int stop = -1;  // a descriptor: once it is readable, nothing more is waited for
};

class DemoPeer {
 public:
  DemoPeer(net::FileDescriptor socket, const PeerOptions& options);

  struct Request {
    std::string path;  // without a query
    bool is_upgrade = false;
  };
  // The server's first step. No value: what came is no request, or nothing came in time.
  std::optional<Request> read_request();

  // Plays the steps one after the other, then ends the connection as Scenario says. `path` is what
  // a client asks for. False: something that was waited for did not come; the socket is closed.
  bool play(const Script& script, std::string_view path);

  static constexpr std::size_t kLongestHead = 16 * 1024;
  static constexpr std::size_t kMostPayload = 1024 * 1024;  // kept of one message; the rest is cut

 private:
  enum class Received : unsigned char { bytes, end, nothing_in_time };
  struct Frame {
    ws::FrameHeader header;
    std::string payload;  // unmasked
  };

  bool perform(const AskUpgrade& step);
  bool perform(const AwaitAnswer&);
  bool perform(const SwitchProtocols& step);
  bool perform(const Refuse& step);
  bool perform(const SendFrame& step);
  bool perform(const SendBytes& step);
  bool perform(const AwaitFrame& step);
  bool perform(const AwaitEnd&);
  bool perform(const EchoUntilClose&);
  bool perform(const EndStream&);
  bool perform(const ResetConnection&);

  bool is_played_to_the_end();
  Received receive();
  std::optional<std::string> read_head(http::MessageKind kind);
  std::optional<Frame> read_frame();
  bool send(std::string_view bytes);

  net::FileDescriptor socket_;
  PeerOptions options_;
  std::string path_;
  std::string key_;    // Sec-WebSocket-Key of the request
  std::string input_;  // received, not read yet
  ws::FrameParser parser_;
  Frame frame_;  // the one that is being read
};

}  // namespace lastframe::tools
