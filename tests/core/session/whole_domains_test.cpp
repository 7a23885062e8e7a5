// Small domains as a whole, through the parts of a session that read them from the wire: every
// header of two bytes through a DirectionTracker, every close code through a Session.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/session/direction_tracker.h"
#include "core/session/session.h"
#include "core/ws/rule_table.h"
#include "support/frames.h"
#include "support/handshake.h"
#include "support/header_law.h"
#include "support/recording_observer.h"
#include "support/splits.h"

namespace lastframe::session {
namespace {

using test::frame;
using ws::Opcode;

std::string ids(const ws::RuleSet& rules) {
  std::string text;
  for (const ws::RuleRow& row : ws::kRules) {
    if (rules.has(row.rule)) text.append(text.empty() ? "" : " ").append(row.id);
  }
  return text;
}

// What a tracker says of one header: which rules it breaks, and whether the direction is trusted
// behind it.
struct Judgement {
  ws::RuleSet broken;
  bool is_trusted = true;
  bool is_at_the_header = true;  // each rule was said of that frame, at its first byte

  bool operator==(const Judgement&) const = default;
};

// Notes the rules that the law of headers knows; others have tests of their own.
class Judge final : public TrackerEvents {
 public:
  Judge(std::uint64_t frame, std::uint64_t offset) : frame_(frame), offset_(offset) {}

  void frame_seen(const FrameSeen&) override {}
  void message_seen(const MessageSeen&) override {}
  void text_seen(Endpoint, std::string_view) override {}
  void second_began(Direction) override {}
  void close_found(Endpoint, CloseFound) override {}
  void heartbeat_seen(const HeartbeatSeen&) override {}
  void rule_broken(const ws::Violation& violation) override {
    for (const ws::Rule rule : test::kLawOfHeaders) {
      if (violation.rule != rule) continue;
      judgement.broken.add(rule);
      if (violation.frame != frame_ || violation.offset != offset_) {
        judgement.is_at_the_header = false;
      }
    }
  }

  Judgement judgement;

 private:
  std::uint64_t frame_;
  std::uint64_t offset_;
};

// A fragment that opens a message, if one is to be open, and then `header` in the parts of `split`.
Judgement judge(const test::HeaderBytes& header, const test::HeaderState& state,
                const test::Split& split) {
  DirectionTracker tracker(direction_from(state.sender));
  ws::NegotiatedExtensions extensions;
  extensions.has_deflate = state.has_deflate;
  tracker.begin(extensions, nullptr);
  const std::string opening =
      state.is_in_message ? frame(state.sender, Opcode::text, "a", false) : "";
  Judge notes(state.is_in_message ? 2 : 1, opening.size());
  const Interest nobody_listens{};
  tracker.feed(as_bytes(opening), Moment{}, {.events = notes, .interest = nobody_listens});
  for (const std::string_view part : split.parts) {
    tracker.feed(as_bytes(part), Moment{}, {.events = notes, .interest = nobody_listens});
  }
  // Within a payload, or a byte into the next header, only a trusted direction is inside a frame.
  if (header.length() == 0)
    tracker.feed(as_bytes("\x89"), Moment{}, {.events = notes, .interest = nobody_listens});
  notes.judgement.is_trusted = tracker.is_mid_frame();
  return notes.judgement;
}

TEST_CASE("a direction judges all 65,536 headers of two bytes as the RFCs say, at every split") {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    for (const test::HeaderBytes& header : test::headers_that_begin_with(bits)) {
      const std::string bytes = header.bytes();
      test::at_every_split(bytes, [&](const test::Split& split) {
        for (const test::HeaderState& state : test::all_header_states()) {
          const Judgement expected{.broken = test::broken_by_law(header, state),
                                   .is_trusted = !test::trust_ends_behind(header, state)};
          const Judgement judged = judge(header, state, split);
          if (judged == expected) continue;
          CAPTURE(bits);
          CAPTURE(header.length());
          CAPTURE(name(state.sender));
          CAPTURE(state.is_in_message);
          CAPTURE(state.has_deflate);
          CAPTURE(split.name);
          CHECK(ids(judged.broken) == ids(expected.broken));
          CHECK(judged.is_trusted == expected.is_trusted);
          CHECK(judged.is_at_the_header);
        }
      });
    }
  }
}

// Which rule a close code breaks by standing in a Close frame; no value: none.
std::optional<ws::Rule> rule_against(unsigned code) {
  // RFC 6455 section 7.4.2: "Status codes in the range 0-999 are not used."
  if (code <= 999) return ws::Rule::close_code_unassigned;
  // RFC 6455 section 7.4.2: "Status codes in the range 1000-2999 are reserved for definition by
  // this protocol, its future revisions, and extensions specified in a permanent and readily
  // available public specification."
  if (code <= 2999) {
    switch (code) {
      // RFC 6455 section 7.4.1: "Endpoints MAY use the following pre-defined status codes when
      // sending a Close frame." Normal closure, going away, protocol error, a type of data that
      // cannot be accepted; then inconsistent data, policy, too big, an extension that was
      // expected, an unexpected condition.
      case 1000:
      case 1001:
      case 1002:
      case 1003:
      case 1007:
      case 1008:
      case 1009:
      case 1010:
      case 1011:
        return std::nullopt;
      // The IANA registry "WebSocket Close Code Number": Service Restart, Try Again Later, "The
      // server was acting as a gateway or proxy and received an invalid response from the upstream
      // server."
      case 1012:
      case 1013:
      case 1014:
        return std::nullopt;
      // RFC 6455 section 7.4.1, of each of them: "is a reserved value and MUST NOT be set as a
      // status code in a Close control frame by an endpoint."
      case 1005:
      case 1006:
      case 1015:
        return ws::Rule::close_code_never_on_wire;
      // RFC 6455 section 7.4.1, of 1004: "Reserved. The specific meaning might be defined in the
      // future." The registry has nothing from 1016 to 2999.
      default:
        return ws::Rule::close_code_unassigned;
    }
  }
  // RFC 6455 section 7.4.2: "Status codes in the range 3000-3999 are reserved for use by libraries,
  // frameworks, and applications. These status codes are registered directly with IANA. The
  // interpretation of these codes is undefined by this protocol." Section 7.4.2 of the range
  // 4000-4999: "are reserved for private use and thus can't be registered."
  if (code <= 4999) return std::nullopt;
  // No range of section 7.4.2 reaches beyond 4999.
  return ws::Rule::close_code_unassigned;
}

// A whole connection in which `sender` closes with `code`, and the other side answers with an empty
// Close. `split` is that of the sender's frame.
SessionReport closed_with(Endpoint sender, const test::Split& split) {
  test::RecordingObserver observer;
  const SessionOptions options{
      .listener = "chat", .upstream = "chat-a", .privacy = {}, .interest = {}};
  const Moment now{};
  Session session({.id = 1,
                   .client = "192.0.2.1:50122",
                   .is_client_trusted = false,
                   .accepted = now,
                   .accepted_wall = {}},
                  options, observer);
  const auto say = [&](Endpoint endpoint, std::string_view bytes) {
    session.handle(now, BytesRelayed{direction_from(endpoint), as_bytes(bytes)});
  };
  say(Endpoint::client, test::kUpgradeRequest);
  say(Endpoint::server, test::kAcceptingResponse);
  for (const std::string_view part : split.parts) say(sender, part);
  say(other(sender), frame(other(sender), Opcode::close, ""));
  session.handle(now, StreamEnded{Endpoint::server, EndKind::fin});
  session.handle(now, StreamEnded{Endpoint::client, EndKind::fin});
  session.handle(now, Finished{});
  REQUIRE(observer.reports.size() == 1);
  return observer.reports.front();
}

// The broken rules about close codes.
std::string code_rules(const SessionReport& report, Endpoint sender) {
  std::string text;
  for (const ws::Violation& violation : report.violations) {
    if (violation.rule != ws::Rule::close_code_never_on_wire &&
        violation.rule != ws::Rule::close_code_unassigned) {
      continue;
    }
    text.append(ws::row_of(violation.rule).id).append(" ").append(name(violation.side));
    text.append(violation.frame == 1 && violation.side == sender ? "" : " misplaced");
  }
  return text;
}

void check_code(unsigned code, Endpoint sender, const test::Split& split) {
  const SessionReport report = closed_with(sender, split);
  const auto rule = rule_against(code);
  const std::string expected =
      rule ? std::string(ws::row_of(*rule).id) + " " + std::string(name(sender)) : "";
  const auto& close = report.close_frames[index(sender)];
  const auto& answer = report.close_frames[index(other(sender))];
  const bool is_right = close && close->code && static_cast<unsigned>(*close->code) == code &&
                        static_cast<unsigned>(report.code) == code && report.clean && answer &&
                        !answer->code && code_rules(report, sender) == expected;
  if (is_right) return;
  CAPTURE(code);
  CAPTURE(name(sender));
  CAPTURE(split.name);
  INFO("said:\n", test::joined(test::facts_of(report)));
  CHECK(static_cast<unsigned>(report.code) == code);
  CHECK(code_rules(report, sender) == expected);
  FAIL_CHECK("the record of this code is wrong");
}

TEST_CASE("each of the 65,536 close codes is recorded as it came, and judged by RFC 6455") {
  for (unsigned code = 0; code <= 0xFFFF; ++code) {
    for (const Endpoint sender : kEndpoints) {
      const std::string bytes = frame(sender, Opcode::close, test::close_payload(code));
      check_code(code, sender, test::whole(bytes));
      check_code(code, sender, test::in_parts_of(bytes, 1));
    }
  }
}

TEST_CASE("the codes on both sides of each border are recorded and judged at every split") {
  for (const unsigned border : {0u, 999u, 1000u, 1003u, 1004u, 1005u, 1006u, 1007u, 1011u, 1014u,
                                1015u, 1016u, 2999u, 3000u, 3999u, 4000u, 4999u, 5000u, 65535u}) {
    for (const Endpoint sender : kEndpoints) {
      for (const std::string_view reason : {"", "bye"}) {
        const std::string bytes = frame(sender, Opcode::close, test::close_payload(border, reason));
        test::at_every_split(bytes,
                             [&](const test::Split& split) { check_code(border, sender, split); });
      }
    }
  }
}

}  // namespace
}  // namespace lastframe::session
