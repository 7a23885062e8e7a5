#include "tools/demo_faults.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/ws/frame.h"

namespace lastframe::tools {
namespace {

using session::Ending;
using session::HandshakeOutcome;
using session::Initiator;
using session::RecordKind;
using ws::Opcode;
using ws::Rule;

Outcome dropped_by(Initiator initiator, Ending ending,
                   std::optional<Rule> first_rule = std::nullopt) {
  return {.ending = ending, .initiator = initiator, .first_rule = first_rule};
}

// The server sends a frame that no client may take: the client fails the connection.
Scenario malformed(std::string path, std::string what, FrameDraft frame, Rule rule,
                   std::uint16_t code = 1002) {
  const Opcode opcode = frame.opcode;
  return {.path = std::move(path),
          .what = std::move(what),
          .server = served(
              {SendFrame{std::move(frame)}, AwaitFrame{Opcode::close}, send_close(code, "")}),
          .client = opened({AwaitFrame{opcode}, send_close(code, ""), AwaitFrame{Opcode::close}}),
          .expected = Outcome{.code = code, .initiator = Initiator::client, .first_rule = rule}};
}

Scenario message_inside_message() {
  return {.path = "/new-message",
          .what = "a new message before the fragmented one has ended",
          .server = served({SendFrame{{.payload = "to be continued", .fin = false}},
                            send_text("something else"), AwaitFrame{Opcode::close},
                            send_close(1002, "")}),
          .client = opened({AwaitFrame{Opcode::text}, AwaitFrame{Opcode::text},
                            send_close(1002, ""), AwaitFrame{Opcode::close}}),
          .expected = Outcome{.code = 1002,
                              .initiator = Initiator::client,
                              .first_rule = Rule::message_inside_message}};
}

// Of a hop behind the proxy.
constexpr std::string_view kErrorPage =
    "HTTP/1.1 502 Bad Gateway\r\nServer: gateway\r\nContent-Length: 0\r\n"
    "Connection: close\r\n\r\n";

// Its first byte, "H", reads as a Close with RSV1.
Scenario error_page() {
  return {.path = "/error-page",
          .what = "an HTTP 502 page where frames should be",
          .server = served({AwaitFrame{Opcode::text}, SendBytes{std::string(kErrorPage)},
                            EndStream{}, AwaitFrame{Opcode::close}}),
          .client = opened({send_text("hello"), AwaitEnd{}, send_close(1002, "no frame")}),
          .expected = Outcome{.code = 1002,
                              .ending = Ending::close_unanswered,
                              .initiator = Initiator::client,
                              .first_rule = Rule::reserved_bit_set}};
}

Scenario no_deflate() {
  return {
      .path = "/no-deflate",
      .what = "a message that is marked as compressed, and is not",
      .server = served_with_deflate({SendFrame{{.payload = "hello", .rsv = ws::kRsv1}},
                                     AwaitFrame{Opcode::close}, send_close(1007, "")}),
      .client = opened_with_deflate(
          {AwaitFrame{Opcode::text}, send_close(1007, ""), AwaitFrame{Opcode::close}}),
      .expected = Outcome{
          .code = 1007, .initiator = Initiator::client, .first_rule = Rule::payload_not_deflate}};
}

Scenario data_after_close() {
  return {.path = "/after-close",
          .what = "the server closes, and then sends one message more",
          .server = served(
              {send_close(1000, "done"), send_text("oh, and this"), AwaitFrame{Opcode::close}}),
          .client = opened({AwaitFrame{Opcode::close}, send_close(1000, "")}),
          .expected = Outcome{.code = 1000, .first_rule = Rule::data_after_close}};
}

Scenario unmasked_client() {
  return {.path = "/unmasked",
          .what = "the client sends a frame without a mask; the server fails the connection",
          .server = served({AwaitFrame{Opcode::text}, send_close(1002, "unmasked frame"),
                            AwaitFrame{Opcode::close}}),
          .client = opened({SendFrame{{.payload = "hello", .masking = Masking::wrong}},
                            AwaitFrame{Opcode::close}, send_close(1002, "")}),
          .expected = Outcome{.code = 1002, .first_rule = Rule::client_frame_unmasked}};
}

Scenario never_opened(std::string path, std::string what, Script server, const Script& client,
                      HandshakeOutcome handshake, Initiator initiator,
                      std::optional<Rule> rule = std::nullopt) {
  return {.path = std::move(path),
          .what = std::move(what),
          .server = std::move(server),
          .client = joined({AskUpgrade{}}, client),
          .expected = Outcome{.kind = RecordKind::handshake_failed,
                              .ending = Ending::handshake_failed,
                              .initiator = initiator,
                              .handshake = handshake,
                              .first_rule = rule}};
}

}  // namespace

std::vector<Scenario> drop_scenarios() {
  const Step half_frame = SendFrame{{.payload = "only the first bytes", .stated_length = 100}};
  const Script greeted{send_text("hello"), AwaitEnd{}};
  const auto server_drop = [&](std::string path, std::string what, const Script& then,
                               Ending ending, std::optional<Rule> rule = std::nullopt) {
    return Scenario{std::move(path), std::move(what),
                    joined(served({AwaitFrame{Opcode::text}}), then), opened(greeted),
                    dropped_by(Initiator::server, ending, rule)};
  };
  return {
      server_drop("/fin", "the server ends TCP without a Close", {}, Ending::fin_without_close),
      server_drop("/fin-mid-message", "... between two fragments of a message",
                  {SendFrame{{.payload = "to be continued", .fin = false}}},
                  Ending::fin_mid_message),
      server_drop("/fin-mid-frame", "... inside a frame", {half_frame}, Ending::fin_mid_frame,
                  Rule::frame_cut_off),
      server_drop("/error-page-inside", "... where a hop's HTTP 502 page is the rest of the frame",
                  {SendFrame{{.payload = "only the first bytes", .stated_length = 5000}},
                   SendBytes{std::string(kErrorPage)}},
                  Ending::fin_mid_frame, Rule::frame_cut_off),
      server_drop("/reset", "the server resets the connection", {ResetConnection{}}, Ending::reset),
      server_drop("/reset-mid-frame", "... inside a frame", {half_frame, ResetConnection{}},
                  Ending::reset_mid_frame, Rule::frame_cut_off),
      {"/reset-after-data", "... right behind three messages, which still arrive",
       served({AwaitFrame{Opcode::text}, send_text("one"), send_text("two"), send_text("three"),
               ResetConnection{}}),
       opened({send_text("hello"), AwaitFrame{Opcode::text}, AwaitFrame{Opcode::text},
               AwaitFrame{Opcode::text}, AwaitEnd{}}),
       dropped_by(Initiator::server, Ending::reset)},
      {"/client-fin", "the client ends TCP without a Close",
       served({AwaitFrame{Opcode::text}, send_text("hello"), AwaitEnd{}}),
       opened({send_text("hello"), AwaitFrame{Opcode::text}, EndStream{}}),
       dropped_by(Initiator::client, Ending::fin_without_close)},
      {"/client-reset", "the client resets the connection",
       served({AwaitFrame{Opcode::text}, send_text("hello"), AwaitEnd{}}),
       opened({send_text("hello"), AwaitFrame{Opcode::text}, ResetConnection{}}),
       dropped_by(Initiator::client, Ending::reset)},
  };
}

std::vector<Scenario> malformed_scenarios() {
  const std::string too_long(ws::kLongestControlPayload + 1, 'p');
  return {
      malformed("/masked", "a masked frame of the server",
                {.payload = "hello", .masking = Masking::wrong}, Rule::server_frame_masked),
      malformed("/rsv1", "RSV1 without an extension", {.payload = "hello", .rsv = ws::kRsv1},
                Rule::reserved_bit_set),
      malformed("/opcode-11", "a reserved opcode", {.opcode = Opcode{11}, .payload = "?"},
                Rule::reserved_opcode),
      malformed("/long-length", "eight bytes of length for five bytes of payload",
                {.payload = "hello", .has_long_length = true}, Rule::length_not_minimal),
      malformed("/long-ping", "a ping of 126 bytes", {.opcode = Opcode::ping, .payload = too_long},
                Rule::control_frame_too_long),
      malformed("/half-ping", "a ping in fragments",
                {.opcode = Opcode::ping, .payload = "p", .fin = false},
                Rule::control_frame_fragmented),
      malformed("/continuation", "the end of a message that was never begun",
                {.opcode = Opcode::continuation, .payload = "the end"},
                Rule::continuation_without_message),
      malformed("/latin-1-text", "a text that is not UTF-8", {.payload = "d\xE9j\xE0 vu"},
                Rule::text_not_utf8, 1007),
      no_deflate(),
      message_inside_message(),
      data_after_close(),
      error_page(),
      unmasked_client(),
  };
}

std::vector<Scenario> handshake_scenarios() {
  const auto refused = [](std::string path, std::string what, std::string_view status) {
    return never_opened(std::move(path), std::move(what), {Refuse{status}}, {AwaitAnswer{}},
                        HandshakeOutcome::rejected, Initiator::server);
  };
  return {
      refused("/401", "the server wants credentials", "401 Unauthorized"),
      refused("/403", "the server refuses this client", "403 Forbidden"),
      refused("/404", "the server knows no such path", "404 Not Found"),
      never_opened("/hang-up", "the server ends TCP in place of an answer", {}, {AwaitAnswer{}},
                   HandshakeOutcome::unanswered, Initiator::server),
      never_opened("/wrong-accept", "a 101 for somebody else's key",
                   {SwitchProtocols{AcceptValue::wrong}, AwaitEnd{}}, {AwaitAnswer{}, EndStream{}},
                   HandshakeOutcome::failed, Initiator::client, Rule::accept_wrong),
      never_opened("/impatient", "the client leaves before the answer", {AwaitEnd{}}, {EndStream{}},
                   HandshakeOutcome::abandoned, Initiator::client),
      {.path = "/unreachable",
       .what = "nobody listens where the proxy connects to",
       .server = {},
       .client = {AskUpgrade{}, AwaitEnd{}},
       .expected = Outcome{.kind = RecordKind::connect_failed,
                           .ending = Ending::connect_failed,
                           .initiator = Initiator::none,
                           .handshake = std::nullopt},
       .door = Door::unreachable},
      {.path = "/",
       .what = "plain HTTP on the same port: passes, and leaves no record",
       .server = {},
       .client = {SendBytes{"GET / HTTP/1.1\r\nHost: demo.test\r\nConnection: close\r\n\r\n"},
                  AwaitAnswer{}, AwaitEnd{}},
       .expected = std::nullopt},
  };
}

}  // namespace lastframe::tools
