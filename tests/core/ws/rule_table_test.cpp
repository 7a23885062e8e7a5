#include "core/ws/rule_table.h"

#include <doctest/doctest.h>

#include <set>
#include <string_view>

namespace lastframe::ws {
namespace {

TEST_CASE("a rule's id, name, source and severity are those that records promise") {
  struct Row {
    Rule rule;
    std::string_view id;
    std::string_view name;
    std::string_view section;
    std::string_view severity;
  };
  constexpr Row kRows[]{
      {Rule::client_frame_unmasked, "FR-01", "client_frame_unmasked", "RFC 6455 section 5.1",
       "violation"},
      {Rule::server_frame_masked, "FR-02", "server_frame_masked", "RFC 6455 section 5.1",
       "violation"},
      {Rule::reserved_bit_set, "FR-03", "reserved_bit_set", "RFC 6455 section 5.2", "violation"},
      {Rule::reserved_opcode, "FR-04", "reserved_opcode", "RFC 6455 section 5.2", "violation"},
      {Rule::length_not_minimal, "FR-05", "length_not_minimal", "RFC 6455 section 5.2",
       "violation"},
      {Rule::length_top_bit_set, "FR-06", "length_top_bit_set", "RFC 6455 section 5.2",
       "violation"},
      {Rule::control_frame_too_long, "FR-08", "control_frame_too_long", "RFC 6455 section 5.5",
       "violation"},
      {Rule::control_frame_fragmented, "FR-09", "control_frame_fragmented", "RFC 6455 section 5.5",
       "violation"},
      {Rule::continuation_without_message, "FR-10", "continuation_without_message",
       "RFC 6455 section 5.4", "violation"},
      {Rule::message_inside_message, "FR-11", "message_inside_message", "RFC 6455 section 5.4",
       "violation"},
      // No sentence of the RFC forbids a stream to end anywhere; it is a fact of a failure.
      {Rule::frame_cut_off, "FR-14", "frame_cut_off", "RFC 6455 section 5.2", "deviation"},
      {Rule::close_body_one_byte, "CL-01", "close_body_one_byte", "RFC 6455 section 5.5.1",
       "violation"},
      {Rule::close_reason_not_utf8, "CL-02", "close_reason_not_utf8", "RFC 6455 section 5.5.1",
       "violation"},
      {Rule::close_code_never_on_wire, "CL-03", "close_code_never_on_wire",
       "RFC 6455 section 7.4.1", "violation"},
      // Section 7.4.2 leaves unassigned codes "not used" or "reserved", without a MUST.
      {Rule::close_code_unassigned, "CL-04", "close_code_unassigned", "RFC 6455 section 7.4.2",
       "deviation"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.id);
    const RuleRow& found = row_of(row.rule);
    CHECK(found.id == row.id);
    CHECK(found.name == row.name);
    CHECK(found.section == row.section);
    CHECK(name(found.severity) == row.severity);
    CHECK(found.sentence.ends_with('.'));
  }
}

TEST_CASE("no two rules share an id or a name") {
  std::set<std::string_view> words;
  for (const RuleRow& row : kRules) {
    CAPTURE(row.id);
    CHECK(words.insert(row.id).second);
    CHECK(words.insert(row.name).second);
  }
}

TEST_CASE("the words of severities are the contract's") {
  CHECK(name(Severity::violation) == "violation");
  CHECK(name(Severity::deviation) == "deviation");
  CHECK(name(Severity::info) == "info");
}

}  // namespace
}  // namespace lastframe::ws
