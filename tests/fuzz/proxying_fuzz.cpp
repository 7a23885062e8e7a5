// A client, or a proxy before us, says anything before its own bytes begin. What is read of it does
// not depend on how it is cut, and once said it stays said.
//
// Input: the chunk size, a byte that picks the reader, then what it reads.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/endpoint.h"
#include "core/base/ip.h"
#include "core/http/head.h"
#include "core/proxying/access.h"
#include "core/proxying/authority.h"
#include "core/proxying/negotiation.h"
#include "core/proxying/prelude.h"
#include "core/proxying/proxy_header.h"
#include "core/proxying/route.h"
#include "fuzz/chunks.h"

namespace lastframe::fuzz {
namespace {

using proxying::FirstRequest;
using proxying::Negotiation;
using proxying::Prelude;
using proxying::ProxyHeaderRead;

// No control character; other words are quoted, where they are UTF-8 as they are.
bool is_shown(std::string_view text) {
  return !text.empty() && text.size() < 600 &&
         std::ranges::none_of(
             text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; });
}

// Calls `read` with each beginning of `bytes` that ends with a chunk, in memory of its own.
template <typename Read>
void at_each_chunk(std::string_view bytes, std::size_t chunk_size, Read&& read) {
  std::string stream;
  feed_chunks(bytes, chunk_size, [&](std::string_view chunk) {
    stream += chunk;
    feed_chunks(stream, stream.size(), [&](std::string_view all) { read(as_bytes(all)); });
  });
}

void check_written(const ProxyHeaderRead& read) {
  for (const bool is_v1 : {true, false}) {
    const std::string header = is_v1 ? proxying::proxy_header_v1(*read.source, *read.destination)
                                     : proxying::proxy_header_v2(*read.source, *read.destination);
    const ProxyHeaderRead again = proxying::read_proxy_header(as_bytes(header));
    require(again.state == ProxyHeaderRead::State::complete && again.size == header.size());
    const bool is_known = !read.source->host.empty();
    require(again.source == (is_known ? read.source : std::nullopt));
    require(again.destination == (is_known ? read.destination : std::nullopt));
  }
}

void check_proxy_header(std::string_view bytes, std::size_t chunk_size) {
  using State = ProxyHeaderRead::State;
  const ProxyHeaderRead whole = proxying::read_proxy_header(as_bytes(bytes));
  require(whole.fault.empty() == (whole.state != State::malformed));
  require(whole.source.has_value() == whole.destination.has_value());
  if (whole.state == State::malformed) require(is_shown(whole.fault));
  if (whole.state == State::complete) {
    require(whole.size > 0 && whole.size <= bytes.size());
    require(whole.size <= proxying::kLongestProxyHeader);
  }
  if (whole.source) check_written(whole);
  at_each_chunk(bytes, chunk_size, [&](ByteView beginning) {
    const ProxyHeaderRead read = proxying::read_proxy_header(beginning);
    if (read.state == State::incomplete) {
      require(whole.state != State::complete || beginning.size() < whole.size);
      return;
    }
    require(read.state == whole.state && read.size == whole.size);
    require(read.source == whole.source && read.destination == whole.destination);
  });
}

// All that came of a negotiation, as one text.
std::string said(Negotiation& negotiation, std::string_view bytes, std::size_t chunk_size) {
  using State = Negotiation::State;
  std::string unconsumed;
  std::string all;
  Negotiation::Step step;
  feed_chunks(bytes, chunk_size, [&](std::string_view chunk) {
    unconsumed += chunk;
    if (step.state != State::needs_more) return;
    feed_chunks(unconsumed, unconsumed.size(), [&](std::string_view rest) {
      step = negotiation.take(as_bytes(rest));
      require(step.consumed <= rest.size());
      all += step.answer;
    });
    unconsumed.erase(0, step.consumed);
  });
  all += "|" + std::to_string(static_cast<int>(step.state)) + step.fault;
  require(step.fault.empty() == (step.state != State::refused));
  if (step.state == State::refused) require(is_shown(step.fault));
  require((step.destination.port != 0) == (step.state == State::asks));
  if (step.state != State::asks) return all;
  require(proxying::is_host(step.destination.host));
  if (!step.passed_on.empty()) {
    const auto head = http::parse_request_head(step.passed_on);
    require(head && (head->target.starts_with('/') || head->target == "*"));
    require(!head->fields.first("Proxy-Authorization"));
    require(!head->fields.first("Proxy-Connection"));
    const bool asks_for_websocket = head->fields.has_token("Upgrade", "websocket") ||
                                    head->fields.first("Sec-WebSocket-Key").has_value();
    require(asks_for_websocket || head->fields.has_token("Connection", "close"));
  }
  for (const auto refusal : {proxying::Refusal::refused, proxying::Refusal::not_allowed}) {
    all += negotiation.failed(refusal);
  }
  all += negotiation.succeeded() + step.destination.host + " ";
  return all + std::to_string(step.destination.port) + step.passed_on + "|" + unconsumed;
}

template <typename Make>
void check_negotiation(Make&& make, std::string_view bytes, std::size_t chunk_size) {
  static const std::vector<std::string> kAnn{"ann:secret"};
  static const std::vector<std::string> kNone;
  for (const auto* credentials : {&kNone, &kAnn}) {
    require(said(*make(*credentials), bytes, chunk_size) ==
            said(*make(*credentials), bytes, bytes.size()));
  }
}

// Who only looks on understands what a client and our own proxy agree on.
void check_spectator(Negotiation& negotiation, Prelude& seen, std::string_view bytes,
                     std::size_t chunk_size) {
  Prelude::State state = Prelude::State::needs_more;
  const auto tell = [&](Direction direction, std::string_view said) {
    if (said.empty() || state == Prelude::State::is_none || state == Prelude::State::over) return;
    state = seen.take(direction, as_bytes(said));
  };
  Negotiation::Step step;
  std::string unconsumed;
  std::array<std::uint64_t, 2> own{};
  const auto answer = [&](const std::string& said) {
    tell(Direction::server_to_client, said);
    own[1] += said.size();
  };
  feed_chunks(bytes, chunk_size, [&](std::string_view chunk) {
    if (step.state != Negotiation::State::needs_more) return;
    unconsumed += chunk;
    tell(Direction::client_to_server, chunk);
    step = negotiation.take(as_bytes(unconsumed));
    unconsumed.erase(0, step.consumed);
    own[0] += step.consumed;
    answer(step.answer);
  });
  require(seen.memory() <= 4096 + 4 * bytes.size());
  if (step.state != Negotiation::State::asks || !step.passed_on.empty()) return;
  answer(negotiation.succeeded());
  require(state == Prelude::State::over);
  require(seen.own_bytes() == own);
  const auto& [host, port] = step.destination;
  require(seen.destination() == proxying::authority_text(host, port));
}

void check_spectators(std::string_view bytes, std::size_t chunk_size) {
  static const std::vector<std::string> kAnn{"ann:secret"};
  static const std::vector<std::string> kNone;
  // A client that asks for a tunnel again waits for the 407.
  check_spectator(*proxying::forward_negotiation(kNone), *proxying::connect_prelude(), bytes,
                  chunk_size);
  for (const auto* credentials : {&kNone, &kAnn}) {
    check_spectator(*proxying::socks5_negotiation(*credentials), *proxying::socks5_prelude(), bytes,
                    chunk_size);
  }
}

// What the two sides say, in turns: for each, a byte of its length, whose first bit is the side.
void check_turns(std::string_view bytes, std::size_t chunk_size) {
  using State = Prelude::State;
  const auto seen = [&](std::size_t size, bool is_header) {
    const auto made = is_header ? proxying::header_prelude()
                                : proxying::prelude(static_cast<std::byte>(bytes[1]), false);
    if (!made) return std::string();
    std::string_view rest = bytes;
    State state = State::needs_more;
    while (rest.size() > 1 && state != State::is_none && state != State::over) {
      const auto head = static_cast<unsigned char>(rest.front());
      const std::string_view said = rest.substr(1, head & 0x7FU);
      rest.remove_prefix(1 + said.size());
      const Direction direction = kDirections[head >> 7];
      feed_chunks(said, size, [&](std::string_view part) {
        if (state == State::is_none || state == State::over) return;
        state = made->take(direction, as_bytes(part));
      });
    }
    std::string all = std::to_string(static_cast<int>(state)) + made->error();
    if (state != State::over) return all;
    for (const std::uint64_t own : made->own_bytes()) all += " " + std::to_string(own);
    return all + made->client() + made->destination();
  };
  if (bytes.size() < 2) return;
  for (const bool is_header : {true, false}) {
    require(seen(chunk_size, is_header) == seen(bytes.size(), is_header));
  }
}

void check_first_request(std::string_view bytes, std::size_t chunk_size) {
  using State = FirstRequest::State;
  const FirstRequest whole = proxying::first_request(as_bytes(bytes));
  require(whole.state == State::complete || (whole.host.empty() && whole.path.empty()));
  require(!whole.path.contains('?') && !whole.path.contains('#'));
  at_each_chunk(bytes, chunk_size, [&](ByteView beginning) {
    const FirstRequest read = proxying::first_request(beginning);
    if (read.state == State::incomplete) return;
    require(read.state == whole.state && read.host == whole.host && read.path == whole.path);
  });
}

// Each line as a rule and as a destination, against all lines as rules.
void check_rules(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty() && lines.size() < 20) {
    lines.emplace_back(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(text.size(), lines.back().size() + 1));
  }
  for (const std::string& line : lines) {
    const std::array<std::string, 1> alone{line};
    const auto clients = proxying::Access::of(alone, {});
    const auto destinations = proxying::Access::of({}, alone);
    if (!clients) require(is_shown(to_text(clients.error())));
    if (!destinations) require(is_shown(to_text(destinations.error())));
    if (clients && parse_ip(line)) require(clients->admits(line));
    const auto authority = proxying::parse_authority(line, 443);
    if (!authority) require(is_shown(authority.error()));
    if (authority && destinations) require(destinations->leads_to(*authority));
    const auto mistake = proxying::mistake_in({.server_name = line, .host = line, .path = line});
    if (mistake) require(is_shown(to_text(*mistake)));
    const bool is_plain = !mistake && !line.contains('*') && !line.empty();
    const proxying::RoutePattern pattern{.server_name = "*", .host = "*", .path = line};
    if (is_plain) require(proxying::holds(pattern, {.server_name = "", .host = "", .path = line}));
  }
  const auto all = proxying::Access::of(lines, lines);
  if (!all) return;
  for (const std::string& line : lines) {
    if (parse_ip(line)) require(all->admits(line) && all->leads_to_address(line, 80));
  }
}

void check(std::string_view bytes, std::size_t chunk_size) {
  if (bytes.empty()) return;
  const auto reader = static_cast<unsigned char>(bytes.front()) % 6;
  bytes.remove_prefix(1);
  switch (reader) {
    case 0:
      return check_proxy_header(bytes, chunk_size);
    case 1:
      check_spectators(bytes, chunk_size);
      return check_negotiation(proxying::socks5_negotiation, bytes, chunk_size);
    case 2:
      check_spectators(bytes, chunk_size);
      return check_negotiation(proxying::forward_negotiation, bytes, chunk_size);
    case 3:
      return check_first_request(bytes, chunk_size);
    case 4:
      return check_turns(bytes, chunk_size);
    default:
      return check_rules(bytes);
  }
}

}  // namespace
}  // namespace lastframe::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lastframe::fuzz;
  const Input input = input_of(data, size);
  check(input.bytes, input.chunk_size);
  return 0;
}
