// The opening request of a probe, and the head that answers it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probe/wire.h"

namespace lastframe::probe {

struct Field {
  std::string name;
  std::string value;

  bool operator==(const Field&) const = default;
};

struct RequestDraft {
  std::string target = "/";
  std::string host;
  std::string key;  // sixteen bytes in base64
  std::vector<std::string> subprotocols{};
  std::string extensions{};     // the whole value; empty: none are offered
  std::string origin{};         // empty: none is named
  std::vector<Field> fields{};  // besides, in this order
};

// Sec-WebSocket-Key: drawn at random.
std::string drawn_key();

// The head up to its empty line. A field of the draft's that has the name of one of the request's
// own (User-Agent, Host, Sec-WebSocket-Key ...) stands in its place.
std::string request_head(const RequestDraft& draft);

// "Name: value" as it is written on a command line. No value: the name is no token, or the value
// holds a line end.
std::optional<Field> parse_field(std::string_view text);

struct Answer {
  std::string head;  // complete, or what came of it
  std::string rest;  // what came behind it
  bool is_complete = false;
  std::optional<Wire::Got> stopped_by;  // where it is not complete: why nothing more came
};

inline constexpr std::size_t kLongestAnswerHead = std::size_t{64} * 1024;

// Appends what came, or says why nothing did: Wire::receive() with its deadline.
using Receive = std::function<Wire::Got(std::string&)>;

// Informational answers (1xx, but not 101) are passed over.
Answer read_answer(const Receive& receive);

}  // namespace lastframe::probe
