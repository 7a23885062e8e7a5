// A client asks for a WebSocket, a server answers 101, both crookedly. What is found does not
// depend on how the heads are cut, nor on the case of their field names, and it lies within them.
//
// Input: the chunk size, then the request's head, then the response's.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/http/head_reader.h"
#include "core/ws/extensions.h"
#include "core/ws/handshake_rules.h"
#include "core/ws/rule_table.h"
#include "fuzz/chunks.h"

namespace lastframe::fuzz {
namespace {

using ws::HandshakeFault;
using Faults = std::vector<HandshakeFault>;

constexpr std::size_t kHeadLimit = 64 * 1024;

struct Heads {
  std::string request;
  std::string response;

  bool operator==(const Heads&) const = default;
};

// Empty where one did not come.
Heads heads_of(std::string_view bytes, std::size_t chunk_size) {
  Heads heads;
  http::HeadReader request_reader(http::MessageKind::request, kHeadLimit);
  http::HeadReader response_reader(http::MessageKind::response, kHeadLimit);
  bool is_over = false;
  feed_chunks(bytes, chunk_size, [&](std::string_view chunk) {
    ByteView input = as_bytes(chunk);
    while (!is_over && !input.empty()) {
      http::HeadReader& reader = heads.request.empty() ? request_reader : response_reader;
      const auto result = reader.read(input);
      if (std::holds_alternative<http::NeedMore>(result)) return;
      const auto* head = std::get_if<http::CompleteHead>(&result);
      if (head != nullptr) (heads.request.empty() ? heads.request : heads.response) = head->text;
      is_over = head == nullptr || !heads.response.empty();
    }
  });
  return heads;
}

// The letters of all field names in the other case.
std::string in_other_case(std::string_view head, const http::Fields& fields) {
  std::string text(head);
  for (const http::Field& field : fields.all()) {
    const auto at = static_cast<std::size_t>(field.name.data() - head.data());
    for (std::size_t i = at; i < at + field.name.size(); ++i) {
      const bool is_letter =
          (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z');
      if (is_letter) text[i] = static_cast<char>(text[i] ^ 0x20);
    }
  }
  return text;
}

// A fault stands at the start line, at a field or at the empty line, comes in order, and once for
// each rule there.
void check_faults(const Faults& faults, std::string_view head, const http::Fields& fields,
                  ws::Breaker other_side) {
  std::vector<std::size_t> places{0};
  for (const http::Field& field : fields.all())
    places.push_back(static_cast<std::size_t>(field.name.data() - head.data()));
  places.push_back(head.size() - (head.ends_with("\r\n") ? 2 : 1));  // the empty line
  for (std::size_t i = 0; i < faults.size(); ++i) {
    const HandshakeFault& fault = faults[i];
    require(fault.offset < head.size());
    require(std::ranges::binary_search(places, fault.offset));
    require(ws::row_of(fault.rule).breaker != other_side);
    require(fault.detail.size() < 300);
    require(std::ranges::all_of(fault.detail, [](char c) { return c >= ' ' && c <= '~'; }));
    if (i == 0) continue;
    require(std::pair(faults[i - 1].offset, faults[i - 1].rule) <
            std::pair(fault.offset, fault.rule));
  }
  // No value that could be a secret comes into a detail.
  for (const http::Field& field : fields.all()) {
    const bool is_secret = http::equal_ignoring_case(field.name, "Sec-WebSocket-Key") ||
                           http::equal_ignoring_case(field.name, "Sec-WebSocket-Accept") ||
                           http::equal_ignoring_case(field.name, "Sec-WebSocket-Protocol");
    if (!is_secret || !field.value.starts_with("hunter2")) continue;
    const auto offset = static_cast<std::size_t>(field.name.data() - head.data());
    for (const HandshakeFault& fault : faults)
      require(fault.offset != offset || fault.detail.find("hunter2") == std::string::npos);
  }
}

Faults check_request(std::string_view text) {
  const auto request = http::parse_request_head(text);
  if (!request) return {};
  const Faults faults = ws::request_faults(*request, text);
  check_faults(faults, text, request->fields, ws::Breaker::server);
  const std::string other = in_other_case(text, request->fields);
  const auto again = http::parse_request_head(other);
  require(again.has_value());
  require(ws::request_faults(*again, other) == faults);
  return faults;
}

Faults check_response(std::string_view text, const ws::HandshakeOffer& offer) {
  const auto response = http::parse_response_head(text);
  if (!response) return {};
  const Faults faults = ws::response_faults(*response, text, offer);
  check_faults(faults, text, response->fields, ws::Breaker::client);
  const std::string other = in_other_case(text, response->fields);
  const auto again = http::parse_response_head(other);
  require(again.has_value());
  require(ws::response_faults(*again, other, offer) == faults);

  // Whether the client takes the 101 does not hang on the text: only malformed lines do.
  require(ws::is_acceptable(faults) ==
          ws::is_acceptable(ws::response_faults(*response, {}, offer)));
  if (ws::is_acceptable(faults)) {
    const auto accepted = response->fields.first("Sec-WebSocket-Accept");
    require(accepted && *accepted == ws::accept_value(offer.key));
    require(response->fields.has_token("Connection", "upgrade"));
  }
  return faults;
}

}  // namespace
}  // namespace lastframe::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lastframe;
  const fuzz::Input input = fuzz::input_of(data, size);
  const fuzz::Heads heads = fuzz::heads_of(input.bytes, input.chunk_size);
  fuzz::require(heads == fuzz::heads_of(input.bytes, 1 << 20));
  fuzz::check_request(heads.request);
  const auto request = http::parse_request_head(heads.request);
  fuzz::check_response(heads.response, request ? ws::offer_of(*request) : ws::HandshakeOffer{});
  return 0;
}
