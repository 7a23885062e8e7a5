// A scenario: what two endpoints do, and what must be said of it. Its language is described in
// tests/scenarios/README.md.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <istream>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/http2/frame_reader.h"
#include "core/session/direction_tracker.h"
#include "core/session/input.h"
#include "support/frames.h"
#include "support/handshake.h"
#include "support/hex.h"
#include "support/scenario_tls.h"

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
  std::string upstream;  // empty: there is only one
};
struct ClientIs {
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

// A head of a stream of HTTP/2, as text.
struct StreamHeadSaid {
  Endpoint endpoint;
  std::string text;
};

using Step = std::variant<RoundTrip, Say, StreamHeadSaid, Wait, Connected, NotConnected, ClientIs,
                          TlsStep, session::StreamEnded, session::TransportSampled,
                          session::RelaySampled, session::GivenUp>;

struct Scenario {
  std::vector<Step> steps;
  std::vector<std::vector<std::string>> records;  // expected facts, by record
  std::size_t watched_head = 64 * 1024;
  bool is_client_trusted = false;
  session::AfterBreak after_break = session::AfterBreak::give_up;
  std::optional<session::KnownPatterns> patterns;
  std::string mistake;  // of the file, with its line; empty: none

  // The heads that the next `upgrade`, `accept` and `refuse` say.
  std::string request{kUpgradeRequest};
  std::string response{kAcceptingResponse};
  std::string refusal_fields;  // whole lines
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

// `head` without the fields of this name, written as it is there.
inline void drop_field(std::string& head, std::string_view name) {
  const std::string start = "\r\n" + std::string(name) + ":";
  for (std::size_t at = head.find(start); at != std::string::npos; at = head.find(start)) {
    head.erase(at, head.find("\r\n", at + 2) - at);
  }
}

// A field in place of those of its name.
inline void set_field(std::string& head, std::string_view field) {
  drop_field(head, field.substr(0, field.find(':')));
  head.insert(head.size() - 2, std::string(field) + "\r\n");
}

// Behind "request" or "response": `header "Name: value"`, `without Name`, `subprotocol NAME`; of a
// request also `target /path`, `host NAME`.
inline bool take_head(std::string_view word, std::string_view what, Scenario& scenario) {
  const bool is_request = word == "request";
  std::string& head = is_request ? scenario.request : scenario.response;
  const std::size_t space = what.find(' ');
  if (space == std::string_view::npos) return false;
  const std::string_view verb = what.substr(0, space);
  const std::string_view value = what.substr(space + 1);
  if (verb == "header") {
    const auto field = unquoted(value);
    if (!field || field->find(':') == std::string::npos) return false;
    if (!is_request) scenario.refusal_fields += *field + "\r\n";
    set_field(head, *field);
  } else if (verb == "without") {
    drop_field(head, value);
  } else if (verb == "subprotocol") {
    set_field(head, "Sec-WebSocket-Protocol: " + std::string(value));
  } else if (verb == "host" && is_request) {
    set_field(head, "Host: " + std::string(value));
  } else if (verb == "target" && is_request) {
    const std::size_t at = head.find(' ') + 1;
    head.replace(at, head.find(' ', at) - at, value);
  } else {
    return false;
  }
  return true;
}

// `403` or `403 "body"`: an answer that is no 101, with the response's header lines.
inline std::optional<Step> refusal_step(std::string_view what, const Scenario& scenario) {
  const std::size_t space = std::min(what.find(' '), what.size());
  std::optional<std::string> body = "";
  if (space < what.size()) body = bytes_of(what.substr(space + 1));
  if (!body) return std::nullopt;
  return Say{Endpoint::server, "HTTP/1.1 " + std::string(what.substr(0, space)) + " Refused\r\n" +
                                   scenario.refusal_fields + "Content-Length: " +
                                   std::to_string(body->size()) + "\r\n\r\n" + *body};
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

// A frame in words: `text "hello"`, `ping "1"`, `pong "1"`, `close 1000 "bye"`, `close 1000`, or
// `close` without a body.
inline std::optional<Step> worded_frame_step(Endpoint endpoint, std::string_view what) {
  const std::size_t space = std::min(what.find(' '), what.size());
  const std::string_view word = what.substr(0, space);
  std::string_view rest = what.substr(std::min(space + 1, what.size()));
  std::string body;
  if (word == "close" && !rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    body = close_payload(static_cast<unsigned>(std::stoul(std::string(rest.substr(0, end)))));
    rest = rest.substr(std::min(end + 1, rest.size()));
  }
  const auto payload = rest.empty() ? std::optional<std::string>("") : bytes_of(rest);
  if (!payload) return std::nullopt;
  const auto of = [&](ws::Opcode opcode) {
    const std::string bytes = body + *payload;
    return Say{endpoint, frame(header_of(endpoint, opcode, bytes.size()), bytes)};
  };
  if (word == "close") return of(ws::Opcode::close);
  if (word == "text") return of(ws::Opcode::text);
  if (word == "ping") return of(ws::Opcode::ping);
  if (word == "pong") return of(ws::Opcode::pong);
  return std::nullopt;
}

// "/chat", "200", "fin CANCEL".
inline std::optional<Step> stream_step(Endpoint endpoint, std::string_view what) {
  const std::size_t blank = what.find(' ');
  if (const auto how = end_kind(what.substr(0, blank)); how && blank != std::string_view::npos) {
    const std::string_view error = http2::known_error_name(what.substr(blank + 1));
    if (error.empty()) return std::nullopt;
    return session::StreamEnded{endpoint, *how, error};
  }
  if (endpoint == Endpoint::server) {
    return StreamHeadSaid{endpoint, "HTTP/2.0 " + std::string(what) + "\r\n\r\n"};
  }
  return StreamHeadSaid{endpoint, "CONNECT " + std::string(what) +
                                      " HTTP/2.0\r\nhost: server.example.com\r\n"
                                      "sec-websocket-version: 13\r\n\r\n"};
}

// What stands behind "client" or "server".
inline std::optional<Step> endpoint_step(Endpoint endpoint, std::string_view what,
                                         const Scenario& scenario) {
  if (what.starts_with("upgrade ")) {
    return Say{endpoint, with_extensions(scenario.request, what.substr(8))};
  }
  if (what.starts_with("accept ")) {
    return Say{endpoint, with_extensions(scenario.response, what.substr(7))};
  }
  if (what.starts_with("refuse ")) return refusal_step(what.substr(7), scenario);
  if (what.starts_with("frame ")) return frame_step(endpoint, what.substr(6));
  if (what.starts_with("tls ")) return tls_step(endpoint, what.substr(4));
  if (what.starts_with("named ") && endpoint == Endpoint::client) {
    return ClientIs{std::string(what.substr(6))};
  }
  if (auto step = worded_frame_step(endpoint, what)) return step;
  if (const auto how = end_kind(what)) return session::StreamEnded{endpoint, *how};
  if (what.starts_with("stream ")) return stream_step(endpoint, what.substr(7));
  if (what == "upgrade") return Say{endpoint, scenario.request};
  if (what == "accept") return Say{endpoint, scenario.response};
  if (what == "|") return Say{endpoint, "\r\n"};
  if (what.starts_with("| ")) return Say{endpoint, std::string(what.substr(2)) + "\r\n"};
  if (auto bytes = bytes_of(what)) return Say{endpoint, std::move(*bytes)};
  return std::nullopt;
}

// "250ms", "5s", "10m" or "2h".
inline std::optional<std::chrono::milliseconds> time_of(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0) return std::nullopt;
  const std::int64_t number =
      std::strtoll(std::string(text.substr(0, digits)).c_str(), nullptr, 10);
  const std::string_view unit = text.substr(digits);
  if (unit == "ms") return std::chrono::milliseconds(number);
  if (unit == "s") return std::chrono::seconds(number);
  if (unit == "m") return std::chrono::minutes(number);
  if (unit == "h") return std::chrono::hours(number);
  return std::nullopt;
}

inline std::optional<Step> wait_step(std::string_view text) {
  if (!text.starts_with('+')) return std::nullopt;
  const auto time = time_of(text.substr(1));
  return time ? std::optional<Step>(Wait{*time}) : std::nullopt;
}

// Words in pairs: "retransmits 9 unacked 1200". The sort of pair that `take` does not know, or a
// name without a value, is a mistake.
template <typename Take>
bool take_pairs(std::istream& words, Take take) {
  std::string name;
  std::string value;
  while (words >> name) {
    if (!(words >> value) || !take(name, value)) return false;
  }
  return true;
}

inline std::uint64_t number_of(const std::string& text) {
  return std::strtoull(text.c_str(), nullptr, 10);
}

// Names of errors live as long as the reports that hold them.
inline std::string_view kept_for_ever(const std::string& text) {
  static std::set<std::string> texts;
  return *texts.insert(text).first;
}

// `client error ETIMEDOUT retransmits 9 unacked 1200 rtt 80ms`, any of them.
inline std::optional<Step> transport_step(std::string_view what) {
  std::istringstream words{std::string(what)};
  std::string who;
  words >> who;
  session::TransportSampled sampled{.endpoint = Endpoint::client, .facts = {}};
  if (who != "client" && who != "server") return std::nullopt;
  if (who == "server") sampled.endpoint = Endpoint::server;
  const bool is_good = take_pairs(words, [&](const std::string& name, const std::string& value) {
    if (name == "error") return !(sampled.facts.error = kept_for_ever(value)).empty();
    if (name == "retransmits") return (sampled.facts.retransmits = number_of(value), true);
    if (name == "unacked") return (sampled.facts.unacked_bytes = number_of(value), true);
    if (name != "rtt" || !value.ends_with("ms")) return false;
    sampled.facts.rtt_ms = std::strtod(value.c_str(), nullptr);
    return true;
  });
  return is_good ? std::optional<Step>(sampled) : std::nullopt;
}

// `server_to_client 200000 stalled 12s`
inline std::optional<Step> held_step(std::string_view what) {
  std::istringstream words{std::string(what)};
  std::string direction;
  std::string bytes;
  words >> direction >> bytes;
  session::RelaySampled sampled{
      .direction = Direction::client_to_server, .pending_max = number_of(bytes), .stalled = {}};
  if (direction == name(Direction::server_to_client)) {
    sampled.direction = Direction::server_to_client;
  } else if (direction != name(Direction::client_to_server)) {
    return std::nullopt;
  }
  const bool is_good = take_pairs(words, [&](const std::string& name, const std::string& value) {
    const auto time = time_of(value);
    if (name != "stalled" || !time) return false;
    sampled.stalled = *time;
    return true;
  });
  return is_good ? std::optional<Step>(sampled) : std::nullopt;
}

// `412 of 430`
inline bool take_share(std::istream& words, session::Share& share) {
  std::string of;
  return (words >> share.matching >> of >> share.of) && of == "of";
}

inline bool take_mass_close(std::istream& words, session::MassCloseKnown& known) {
  known.id = 1;
  if (!(words >> known.closes)) return false;
  return take_pairs(words, [&](const std::string& name, const std::string& value) {
    if (name == "usual") {
      known.usual_per_second = std::strtod(value.c_str(), nullptr);
      return true;
    }
    const auto time = time_of(value);
    if (!time) return false;
    if (name == "within") return (known.within = *time, true);
    if (name == "youngest") return (known.youngest = *time, true);
    return name == "oldest" && (known.oldest = *time, true);
  });
}

inline bool take_drain(std::istream& words, session::GradualDrainKnown& known) {
  if (!(words >> known.closes)) return false;
  return take_pairs(words, [&](const std::string& name, const std::string& value) {
    if (name == "open_since") {
      known.open_since = static_cast<std::uint32_t>(number_of(value));
      return true;
    }
    const auto time = time_of(value);
    if (name != "since_cutoff" || !time) return false;
    known.since_cutoff = *time;
    return true;
  });
}

// What other connections have taught: session::KnownPatterns.
inline bool take_patterns(std::string_view what, session::KnownPatterns& known) {
  std::istringstream words{std::string(what)};
  std::string kind;
  words >> kind;
  if (kind == "same_idle") return take_share(words, known.same_idle);
  if (kind == "same_idle_of_side") return take_share(words, known.same_idle_of_side);
  if (kind == "same_idle_of_other") return take_share(words, known.same_idle_of_other);
  if (kind == "same_age") return take_share(words, known.same_age);
  if (kind == "mass_close") return take_mass_close(words, known.mass_close.emplace());
  if (kind == "drain") return take_drain(words, known.drain.emplace());
  if (kind == "asked_again") return known.has_same_client_asked_again = true;
  std::uint64_t bytes = 0;
  if (!(words >> bytes)) return false;
  if (kind == "largest_accepted") return (known.largest_accepted = bytes, true);
  return kind == "smallest_refused" && (known.smallest_refused = bytes, true);
}

inline std::optional<Step> step_of(std::string_view line, const Scenario& scenario) {
  const std::size_t space = line.find(' ');
  const std::string_view word = line.substr(0, space);
  std::string_view rest = space == std::string_view::npos ? "" : line.substr(space + 1);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  if (word == "client") return endpoint_step(Endpoint::client, rest, scenario);
  if (word == "server") return endpoint_step(Endpoint::server, rest, scenario);
  if (word == "transport") return transport_step(rest);
  if (word == "held") return held_step(rest);
  if (word == "time") return wait_step(rest);
  if (word == "connected") {
    const std::size_t gap = std::min(rest.find(' '), rest.size());
    return Connected{std::string(rest.substr(0, gap)),
                     std::string(rest.substr(std::min(gap + 1, rest.size())))};
  }
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
    } else if (line.starts_with("request ") || line.starts_with("response ")) {
      const std::size_t space = line.find(' ');
      is_understood = take_head(line.substr(0, space), line.substr(space + 1), scenario);
    } else if (line.starts_with("patterns ")) {
      if (!scenario.patterns) scenario.patterns.emplace();
      is_understood = take_patterns(line.substr(9), *scenario.patterns);
    } else if (auto step = step_of(line, scenario)) {
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
