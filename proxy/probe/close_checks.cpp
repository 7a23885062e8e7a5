#include "probe/close_checks.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

#include "core/base/words.h"
#include "core/ws/close_body.h"
#include "probe/path_peer.h"

namespace lastframe::probe {
namespace {

using ws::Opcode;

constexpr auto kCodes =
    std::to_array<std::uint16_t>({1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013,
                                  1014, 3000, 3999, 4000, 4999});

// "1000", "4999 with the reason "why"", "an empty body".
std::string words(const std::string& body) {
  const ws::CloseBody close = ws::decode_close_body(as_bytes(body));
  const auto* status = std::get_if<ws::StatusAndReason>(&close);
  if (status == nullptr) return body.empty() ? "an empty body" : "a body of one byte";
  const auto code = static_cast<unsigned>(status->code);
  if (status->reason.empty()) return std::to_string(code);
  return fmt::format("{} with the reason {}", code, in_quotes(status->reason.substr(0, 60)));
}

std::optional<std::string> awaited_close(PathPeer& peer) {
  while (const auto frame = peer.next()) {
    if (frame->header.opcode == Opcode::close) return frame->payload;
  }
  return std::nullopt;
}

void note_missing(PathPeer& peer, const std::string& what, Row& row) {
  const std::string end = peer.end_text();
  row.note(
      end.empty() ? Result::timed_out : Result::lost,
      end.empty() ? what + " did not come in time" : fmt::format("{} did not come: {}", what, end));
}

// The Close that arrived at the echo, as another connection is told.
void compare_arrived(const PathOptions& options, const std::string& id, const std::string& body,
                     const char* what, Row& row) {
  const auto account = account_of(options, id, true);
  if (!account) return row.note(Result::not_tried, "the echo could not be asked what arrived");
  if (!account->close) {
    return row.note(
        Result::lost,
        fmt::format("on the way to the echo: {} ({}) did not arrive; the "
                    "stream ended as {}",
                    what, words(body), account->ended.empty() ? "nothing yet" : account->ended));
  }
  if (*account->close == body) return;
  row.note(Result::altered, fmt::format("on the way to the echo: {} {} arrived as {}", what,
                                        words(body), words(*account->close)));
}

void close_by_client(const PathOptions& options, const std::string& body, Row& row) {
  PathPeer peer(options, {});
  if (!peer.is_open()) return peer.note_failure(row, Result::not_tried);
  peer.send(peer.frame(Opcode::close, body));
  const auto answer = awaited_close(peer);
  const std::string expected = body.substr(0, 2);
  if (!answer) {
    note_missing(peer, fmt::format("the answer to our Close ({})", words(body)), row);
  } else if (*answer != expected) {
    row.note(Result::altered, fmt::format("on the way back: the answer {} arrived as {}",
                                          words(expected), words(*answer)));
  }
  while (peer.next()) {
  }
  peer.wire().end();
  compare_arrived(options, peer.account().connection, body, "our Close", row);
}

void close_by_echo(const PathOptions& options, const SendClose& close, Row& row) {
  PathPeer peer(options, {});
  if (!peer.is_open()) return peer.note_failure(row, Result::not_tried);
  const std::string body = close.code ? close_body(*close.code, close.reason) : "";
  peer.tell(close);
  const auto arrived = awaited_close(peer);
  if (!arrived) {
    return note_missing(peer, fmt::format("the echo's Close ({})", words(body)), row);
  }
  if (*arrived != body) {
    row.note(Result::altered, fmt::format("on the way back: the echo's Close {} arrived as {}",
                                          words(body), words(*arrived)));
  }
  const std::string answer = body.substr(0, 2);
  peer.send(peer.frame(Opcode::close, answer));
  while (peer.next()) {
  }
  peer.wire().end();
  compare_arrived(options, peer.account().connection, answer, "our answer", row);
}

Check of_code(std::uint16_t code) {
  return {fmt::format("close_{}", code),
          fmt::format("Close {} in both directions, with a reason and without", code),
          [code](const PathOptions& options, Row& row) {
            for (const char* reason : {"", "because"}) {
              close_by_client(options, close_body(code, reason), row);
              close_by_echo(options, {code, reason}, row);
            }
          }};
}

// RFC 6455 section 7.4: both Closes may cross.
void crossing(const PathOptions& options, Row& row) {
  PathPeer peer(options, {});
  if (!peer.is_open()) return peer.note_failure(row, Result::not_tried);
  const std::string body = close_body(4001, "ours");
  peer.send_bytes(wire_bytes(peer.frame(Opcode::text, to_json(SendClose{4002, "theirs"}))) +
                  wire_bytes(peer.frame(Opcode::close, body)));
  const auto arrived = awaited_close(peer);
  if (!arrived) return note_missing(peer, "the echo's Close", row);
  if (*arrived != close_body(4002, "theirs")) {
    row.note(Result::altered, "on the way back: the echo's Close arrived as " + words(*arrived));
  }
  peer.wire().end();
  compare_arrived(options, peer.account().connection, body, "our Close", row);
}

void expect_end(const PathOptions& options, const std::string& id, const std::string& expected,
                Row& row) {
  const auto account = account_of(options, id, true);
  if (!account) return row.note(Result::not_tried, "the echo could not be asked what arrived");
  if (account->ended == expected) return;
  const bool is_open = account->ended.empty();
  row.note(is_open ? Result::lost : Result::altered,
           is_open ? fmt::format("on the way to the echo: our {} did not arrive", expected)
                   : fmt::format("on the way to the echo: our {} arrived as {}", expected,
                                 account->ended));
}

void fin_by_client(const PathOptions& options, Row& row) {
  PathPeer peer(options, {});
  if (!peer.is_open()) return peer.note_failure(row, Result::not_tried);
  const std::string late = "still here";
  peer.tell(SendAtEnd{wire_bytes(make_frame(Opcode::text, late, std::nullopt))});
  if (!peer.ask({}).account) return row.note(Result::timed_out, "the echo did not answer in time");
  peer.wire().end();
  const auto frame = peer.next();
  if (!frame || frame->payload != late) {
    row.note(Result::lost,
             "what the echo sent behind our FIN did not come back: the hop ends both "
             "directions at once");
  }
  expect_end(options, peer.account().connection, "fin", row);
}

void reset_by_client(const PathOptions& options, Row& row) {
  PathPeer peer(options, {});
  if (!peer.is_open()) return peer.note_failure(row, Result::not_tried);
  peer.wire().reset();
  expect_end(options, peer.account().connection, "reset", row);
}

// `expected`: how the echo's stream ends here if nothing changes it.
void end_by_echo(const PathOptions& options, const Instruction& instruction,
                 session::EndKind expected, Row& row) {
  PathPeer peer(options, {});
  if (!peer.is_open()) return peer.note_failure(row, Result::not_tried);
  peer.tell(instruction);
  while (peer.next()) {
  }
  if (peer.close_frame()) {
    row.note(Result::altered, fmt::format("on the way back: a Close {} was put in front of the end",
                                          words(peer.close_frame()->payload)));
  }
  const auto ended = peer.wire().ended();
  if (!ended) {
    return row.note(Result::lost,
                    fmt::format("on the way back: the echo's {} did not arrive", name(expected)));
  }
  if (*ended == expected) return;
  row.note(Result::altered, fmt::format("on the way back: the echo's {} arrived as {}",
                                        name(expected), name(*ended)));
}

bool is_unix(const PathOptions& options) {
  return std::holds_alternative<net::UnixPath>(
      options.dial.connect.value_or(options.target.address));
}

}  // namespace

std::vector<Check> close_checks() {
  std::vector<Check> checks;
  for (const std::uint16_t code : kCodes) checks.push_back(of_code(code));
  checks.push_back({"close_empty", "a Close without a code, in both directions",
                    [](const PathOptions& options, Row& row) {
                      close_by_client(options, "", row);
                      close_by_echo(options, {}, row);
                    }});
  checks.push_back({"close_reason_123", "a Close with a reason of 123 bytes, in both directions",
                    [](const PathOptions& options, Row& row) {
                      const std::string reason(123, 'r');
                      close_by_client(options, close_body(1000, reason), row);
                      close_by_echo(options, {1000, reason}, row);
                    }});
  checks.push_back({"close_crossing", "two Closes that cross", crossing});
  return checks;
}

std::vector<Check> end_checks() {
  return {
      {"fin_by_client", "our stream ends without a Close, theirs goes on", fin_by_client},
      {"reset_by_client", "our connection is reset",
       [](const PathOptions& options, Row& row) {
         if (is_unix(options)) {
           return row.note(Result::not_tried, "a unix socket has no reset");
         }
         reset_by_client(options, row);
       }},
      {"fin_by_echo", "the echo's stream ends without a Close",
       [](const PathOptions& options, Row& row) {
         end_by_echo(options, EndNow{}, session::EndKind::fin, row);
       }},
      {"reset_by_echo", "the echo's connection is reset", [](const PathOptions& options, Row& row) {
         if (is_unix(options)) {
           return row.note(Result::not_tried, "a unix socket has no reset");
         }
         end_by_echo(options, ResetNow{}, session::EndKind::reset, row);
       }}};
}

}  // namespace lastframe::probe
