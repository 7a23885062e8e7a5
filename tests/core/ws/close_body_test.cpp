#include "core/ws/close_body.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "support/frames.h"
#include "support/hex.h"

namespace lastframe::ws {
namespace {

CloseBody decoded(const std::string& payload) { return decode_close_body(as_bytes(payload)); }

RuleSet rules(std::initializer_list<Rule> broken) {
  RuleSet set;
  for (const Rule rule : broken) set.add(rule);
  return set;
}

TEST_CASE("a Close body is empty, a broken half of a code, or a code with a reason") {
  struct Row {
    std::string_view name;
    std::string payload;
    CloseBody body;
    unsigned reported;
    std::vector<Rule> broken;
  };
  const auto rows = std::to_array<Row>({
      {"RFC 6455 section 7.1.5: no status code", "", NoStatus{}, 1005, {}},
      {"RFC 6455 section 5.5.1: one byte is no code",
       test::hex("03"),
       TruncatedStatus{std::byte{0x03}},
       1002,
       {Rule::close_body_one_byte}},
      {"a code alone", test::hex("03 e8"), StatusAndReason{CloseCode{1000}, ""}, 1000, {}},
      {"a code and a reason",
       test::hex("03 e9") + "bye",
       StatusAndReason{CloseCode{1001}, "bye"},
       1001,
       {}},
      {"the longest reason",
       test::hex("0f a0") + std::string(123, 'x'),
       StatusAndReason{CloseCode{4000}, std::string(123, 'x')},
       4000,
       {}},
      {"a reason with a zero byte",
       test::hex("03 e8 61 00 62"),
       StatusAndReason{CloseCode{1000}, std::string("a\0b", 3)},
       1000,
       {}},
      {"RFC 6455 section 5.5.1: a reason that is no UTF-8",
       test::hex("03 e8 c3 28"),
       StatusAndReason{CloseCode{1000}, "\xC3\x28"},
       1000,
       {Rule::close_reason_not_utf8}},
      {"a reason cut inside a character",
       test::hex("03 e8 e2 82"),
       StatusAndReason{CloseCode{1000}, "\xE2\x82"},
       1000,
       {Rule::close_reason_not_utf8}},
      {"RFC 6455 section 7.4.1: a code that is never sent, and a broken reason",
       test::hex("03 ee ff"),
       StatusAndReason{CloseCode{1006}, "\xFF"},
       1006,
       {Rule::close_code_never_on_wire, Rule::close_reason_not_utf8}},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const CloseBody body = decoded(row.payload);
    CHECK(body == row.body);
    CHECK(static_cast<unsigned>(reported_code(body)) == row.reported);
    RuleSet expected;
    for (const Rule rule : row.broken) expected.add(rule);
    CHECK(broken_rules(body) == expected);
  }
}

TEST_CASE("each of the 65,536 codes is read as it stands and judged by RFC 6455 section 7.4") {
  for (unsigned code = 0; code <= 0xFFFF; ++code) {
    const bool is_never = code == 1005 || code == 1006 || code == 1015;
    const bool is_assigned = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
                             (code >= 3000 && code <= 4999);
    const RuleSet expected = is_never      ? rules({Rule::close_code_never_on_wire})
                             : is_assigned ? rules({})
                                           : rules({Rule::close_code_unassigned});
    const CloseBody body = decoded(test::close_payload(code));
    const bool is_right =
        static_cast<unsigned>(reported_code(body)) == code && broken_rules(body) == expected;
    if (!is_right) FAIL_CHECK("code ", code);
  }
}

}  // namespace
}  // namespace lastframe::ws
