// One entry of a HAR (HTTP Archive 1.2) with what browsers add for WebSockets, as facts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/endpoint.h"
#include "core/base/error.h"
#include "core/session/input.h"

namespace lastframe::capture {

// Of one entry; more are left out and counted. Real messages take 70 bytes and more.
inline constexpr std::size_t kMostHarMessages = 1'000'000;
inline constexpr std::size_t kMostHarHeaders = 1000;

struct HarHeader {
  std::string name;
  std::string value;
};

// An element of _webSocketMessages.
struct HarMessage {
  std::string type;              // "send", "receive"; "error" where the browser complains
  std::optional<double> time{};  // seconds since 1970
  double opcode = 1;
  std::string data;               // text, or base64 where the opcode is not 1
  std::optional<double> bytes{};  // where the payload was not kept: how many it had
  bool is_not_kept = false;
  bool is_invalid_utf8 = false;  // a text; only written
};

struct HarCloseFrame {
  std::optional<double> code{};
  std::string reason;
  std::optional<double> at_s{};  // since the connection was accepted
};

struct HarStreamEnd {
  std::string endpoint;
  std::string how;
  std::optional<double> at_s{};
};

// How the connection ended, of our own making (_wsClose) or another's (_webSocketClose).
struct HarClose {
  std::optional<double> code{};
  std::string reason;
  std::string initiator;
  std::string ending;
  std::optional<bool> is_clean{};
  std::array<std::optional<HarCloseFrame>, 2> frames;  // by Endpoint
  std::vector<HarStreamEnd> ends;
};

struct HarEntry {
  std::string started;
  std::string resource_type;
  std::string method;
  std::string url;
  std::string request_version;
  std::vector<HarHeader> request_headers;
  std::string status_text;
  std::string response_version;
  std::vector<HarHeader> response_headers;
  std::string body;            // of the response
  std::string error;           // "net::ERR_CONNECTION_REFUSED"
  std::string server_address;  // without its port
  std::string client;          // "203.0.113.9:50122", and
  std::string server;          // "10.0.0.7:9000", where we wrote the file
  double status = 0;
  double duration_ms = 0;
  double send_ms = 0;
  double wait_ms = 0;
  bool has_messages = false;
  std::vector<HarMessage> messages;
  std::optional<HarClose> close;
  std::uint64_t left_out = 0;  // messages and header fields over the limits
  std::uint64_t odd = 0;       // values of another type than they should be; they are left out
};

// Whether the entry is of a connection that is, or was asked to become, a WebSocket.
bool is_websocket(const HarEntry& entry);

// `json`: of one entry. What stands in it besides is passed over, and takes no memory. Text that is
// not UTF-8 and halves of surrogate pairs become U+FFFD.
std::expected<HarEntry, Error> read_har_entry(std::string_view json);

}  // namespace lastframe::capture
