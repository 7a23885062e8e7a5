// A scenario: what two endpoints do, and what must be said of it. Its language is described in
// tests/scenarios/README.md.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/session/direction_tracker.h"
#include "core/session/input.h"
#include "support/frames.h"
#include "support/handshake.h"
#include "support/hex.h"

namespace lastframe::test {

struct Say {
  Endpoint endpoint;
  std::string bytes;
};
struct Wait {
  std::chrono::microseconds time;
};
struct Connected {
  std::string address;
};
struct NotConnected {
  std::string address;
  std::string error;
};

// TCP's figures of a leg, as they come at the end.
struct RoundTrip {
  Endpoint endpoint;
  double milliseconds;
};

using Step = std::variant<RoundTrip, Say, Wait, Connected, NotConnected, session::StreamEnded,
                          session::GivenUp>;

struct Scenario {
  std::vector<Step> steps;
  std::vector<std::vector<std::string>> records;  // expected facts, by record
  std::size_t watched_head = 64 * 1024;
  bool is_client_trusted = false;
  session::AfterBreak after_break = session::AfterBreak::give_up;
  std::string mistake;  // of the file, with its line; empty: none
};

inline std::optional<session::EndKind> end_kind(std::string_view word) {
  using session::EndKind;
  for (const EndKind kind : {EndKind::fin, EndKind::reset, EndKind::timeout, EndKind::tls_truncated,
                             EndKind::proxy_shutdown, EndKind::error}) {
    if (name(kind) == word) return kind;
  }
  return std::nullopt;
}

// "a\r\n\x00" with its quotes; no value: it is written wrongly.
inline std::optional<std::string> unquoted(std::string_view text) {
  if (text.size() < 2 || !text.starts_with('"') || !text.ends_with('"')) return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes += text[i];
    } else if (const char c = i + 1 < text.size() ? text[++i] : ' '; c == 'r' || c == 'n') {
      bytes += c == 'r' ? '\r' : '\n';
    } else if (c == 'x' && i + 2 < text.size()) {
      bytes += hex(text.substr(i + 1, 2));
      i += 2;
    } else if (c == '"' || c == '\\') {
      bytes += c;
    } else {
      return std::nullopt;
    }
  }
  return bytes;
}

inline bool is_hex(std::string_view text) {
  return !text.empty() && text.size() % 3 == 2 &&
         text.find_first_not_of("0123456789abcdef ") == std::string_view::npos;
}

// `repeat 300 "x"` or `"text"` or hex.
inline std::optional<std::string> bytes_of(std::string_view what) {
  if (what.starts_with("repeat ")) {
    std::istringstream words{std::string(what)};
    std::string repeat;
    std::size_t times = 0;
    std::string quoted;
    words >> repeat >> times >> quoted;
    const auto part = unquoted(quoted);
    if (!part) return std::nullopt;
    std::string bytes;
    for (; times > 0; --times) bytes += *part;
    return bytes;
  }
  if (auto bytes = unquoted(what)) return bytes;
  if (is_hex(what)) return hex(what);
  return std::nullopt;
}

// A head of the handshake, which also names extensions.
inline std::string with_extensions(std::string_view head, std::string_view extensions) {
  return std::string(head.substr(0, head.size() - 2)) +
         "Sec-WebSocket-Extensions: " + std::string(extensions) + "\r\n\r\n";
}

// `81 "Hello"`: the first byte of a frame and its payload; the length is minimal, and a client's
// frame is masked.
inline std::optional<Step> frame_step(Endpoint endpoint, std::string_view what) {
  if (what.size() < 3 || !is_hex(what.substr(0, 2))) return std::nullopt;
  const auto payload = what.size() == 3 ? std::nullopt : bytes_of(what.substr(3));
  if (!payload) return std::nullopt;
  const auto first = static_cast<unsigned char>(hex(what.substr(0, 2))[0]);
  ws::FrameHeader header = header_of(endpoint, static_cast<ws::Opcode>(first & 15), payload->size(),
                                     (first & 0x80) != 0);
  header.rsv = static_cast<std::uint8_t>(first >> 4 & 7);
  return Say{endpoint, frame(header, *payload)};
}

// What stands behind "client" or "server".
inline std::optional<Step> endpoint_step(Endpoint endpoint, std::string_view what) {
  if (what.starts_with("upgrade ")) {
    return Say{endpoint, with_extensions(kUpgradeRequest, what.substr(8))};
  }
  if (what.starts_with("accept ")) {
    return Say{endpoint, with_extensions(kAcceptingResponse, what.substr(7))};
  }
  if (what.starts_with("frame ")) return frame_step(endpoint, what.substr(6));
  if (const auto how = end_kind(what)) return session::StreamEnded{endpoint, *how};
  if (what == "upgrade") return Say{endpoint, std::string(kUpgradeRequest)};
  if (what == "accept") return Say{endpoint, std::string(kAcceptingResponse)};
  if (what == "|") return Say{endpoint, "\r\n"};
  if (what.starts_with("| ")) return Say{endpoint, std::string(what.substr(2)) + "\r\n"};
  if (auto bytes = bytes_of(what)) return Say{endpoint, std::move(*bytes)};
  return std::nullopt;
}

// "+5s" or "+250ms".
inline std::optional<Step> wait_step(std::string_view text) {
  if (!text.starts_with('+')) return std::nullopt;
  const std::int64_t number = std::strtoll(std::string(text.substr(1)).c_str(), nullptr, 10);
  if (text.ends_with("ms")) return Wait{std::chrono::milliseconds(number)};
  if (text.ends_with("s")) return Wait{std::chrono::seconds(number)};
  return std::nullopt;
}

inline std::optional<Step> step_of(std::string_view line) {
  const std::size_t space = line.find(' ');
  const std::string_view word = line.substr(0, space);
  std::string_view rest = space == std::string_view::npos ? "" : line.substr(space + 1);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  if (word == "client") return endpoint_step(Endpoint::client, rest);
  if (word == "server") return endpoint_step(Endpoint::server, rest);
  if (word == "time") return wait_step(rest);
  if (word == "connected") return Connected{std::string(rest)};
  if (word == "connect_failed") {
    const std::size_t gap = rest.find(' ');
    if (gap == std::string_view::npos) return std::nullopt;
    return NotConnected{std::string(rest.substr(0, gap)), std::string(rest.substr(gap + 1))};
  }
  if (line == "given_up") return session::GivenUp{};
  for (const Endpoint endpoint : kEndpoints) {
    if (word != "rtt" || !rest.starts_with(name(endpoint)) || !rest.ends_with("ms")) continue;
    return RoundTrip{endpoint, std::strtod(std::string(rest.substr(6)).c_str(), nullptr)};
  }
  return std::nullopt;
}

inline bool take_option(std::string_view line, Scenario& scenario) {
  if (line == "option trusted") return scenario.is_client_trusted = true;
  if (line == "option resynchronise") {
    scenario.after_break = session::AfterBreak::resynchronise;
    return true;
  }
  constexpr std::string_view kWatched = "option watched_head ";
  if (!line.starts_with(kWatched)) return false;
  scenario.watched_head = std::stoul(std::string(line.substr(kWatched.size())));
  return true;
}

inline bool take_expectation(std::string_view fact, Scenario& scenario) {
  if (fact == "no record") return scenario.records.empty();
  if (fact.starts_with("record ")) scenario.records.emplace_back();
  if (scenario.records.empty()) return false;
  scenario.records.back().emplace_back(fact);
  return true;
}

inline Scenario parse_scenario(std::istream& file) {
  Scenario scenario;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line.starts_with('#')) continue;
    bool is_understood = false;
    if (line.starts_with("=> ")) {
      is_understood = take_expectation(std::string_view(line).substr(3), scenario);
    } else if (line.starts_with("option ")) {
      is_understood = take_option(line, scenario);
    } else if (auto step = step_of(line)) {
      scenario.steps.push_back(std::move(*step));
      is_understood = true;
    }
    if (!is_understood) {
      scenario.mistake = "line " + std::to_string(number) + ": " + line;
      break;
    }
  }
  return scenario;
}

}  // namespace lastframe::test
