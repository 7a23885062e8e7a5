#include "output/explain.h"

#include <fmt/core.h>

#include <cstddef>

#include "core/ws/rule_table.h"
#include "output/columns.h"
#include "output/example_text.h"
#include "output/json.h"

namespace lastframe::output {
namespace {

using ws::Breaker;
using ws::RuleRow;
using ws::Severity;

constexpr std::size_t kMargin = 2;
constexpr std::size_t kFieldColumn = 11;

// The first line is expected to stand at `margin`, where the others begin.
std::string hanging(std::string_view text, std::size_t margin) {
  std::string out;
  for (const std::string_view line : wrapped(text, kPageWidth - margin)) {
    if (!out.empty()) out.append("\n").append(margin, ' ');
    out += line;
  }
  return out + "\n";
}

std::string field(std::string_view label, std::string_view text, Colour colour) {
  const std::string padding(kFieldColumn - label.size(), ' ');
  return std::string(kMargin, ' ') + painted(label, Style::dim, colour) + padding +
         hanging(text, kMargin + kFieldColumn);
}

Style style_of(Severity severity) {
  switch (severity) {
    case Severity::violation:
      return Style::bad;
    case Severity::deviation:
      return Style::odd;
    case Severity::info:
      break;
  }
  return Style::strong;
}

std::string example_part(std::string_view heading, const Example& example, Colour colour) {
  std::string out = painted(heading, Style::strong, colour);
  out += fmt::format(", {}:\n", setup_text(example.setup));
  out += std::string(kMargin, ' ') + hanging(example.says, kMargin) + "\n";
  return out + example_text(example, colour);
}

void append_example(JsonWriter& json, std::string_view key, const Example& example) {
  json.key(key).begin_object();
  json.field("setup", name(example.setup)).field("says", example.says).key("lines").begin_array();
  for (const std::string_view line : split_lines(example.lines)) json.value(line);
  json.end_array().end_object();
}

// "RFC 6455 5.5.1" for "RFC 6455 section 5.5.1": a list has little room.
std::string short_section(std::string_view section) {
  const std::size_t at = section.find(" section");
  const std::size_t number = section.find_first_of("0123456789", at);
  if (at == std::string_view::npos || number == std::string_view::npos) {
    return std::string(section);
  }
  return fmt::format("{} {}", section.substr(0, at), section.substr(number));
}

}  // namespace

std::string_view meaning_of(Severity severity) {
  switch (severity) {
    case Severity::violation:
      return "a MUST of the specification is broken";
    case Severity::deviation:
      return "the specification leaves a gap here, or the break is not proven by what passes";
    case Severity::info:
      break;
  }
  return "legal, and worth knowing";
}

std::string_view record_list_of(Severity severity) {
  return severity == Severity::info ? "notes" : "violations";
}

std::string_view side_text(Breaker breaker) {
  switch (breaker) {
    case Breaker::client:
      return "the client, or a hop between it and this tap";
    case Breaker::server:
      return "the server, or a hop between it and this tap";
    case Breaker::either:
      break;
  }
  return "the client or the server, or a hop between it and this tap";
}

std::string_view setup_text(Setup setup) {
  switch (setup) {
    case Setup::opened:
      return "on an open connection";
    case Setup::opened_with_deflate:
      return "on an open connection with permessage-deflate";
    case Setup::own_handshake:
      break;
  }
  return "from a connection's first byte";
}

std::string rule_page(const RuleRow& row, Colour colour) {
  const RuleExample& example = example_of(row.rule);
  const bool is_info = row.severity == Severity::info;
  std::string out =
      fmt::format("{} {}\n\n  {}\n", painted(row.id, style_of(row.severity), colour),
                  painted(row.name, Style::strong, colour), hanging(row.sentence, kMargin));
  out += field("Source", row.section, colour);
  out += field("Severity",
               fmt::format("{}: {}; in the record's {}", name(row.severity),
                           meaning_of(row.severity), record_list_of(row.severity)),
               colour);
  out += field(is_info ? "Seen of" : "Broken by", side_text(row.breaker), colour);
  out += field("Receiver", row.reaction, colour);
  out += "\n" + example_part(is_info ? "Noted" : "Breaks it", example.breach, colour);
  out += "\n" + example_part(is_info ? "Not noted" : "Legal beside it", example.edge, colour);
  return out;
}

std::string rule_json(const RuleRow& row) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .field("id", row.id)
      .field("rule", row.name)
      .field("section", row.section)
      .field("severity", name(row.severity))
      .field("breaker", name(row.breaker))
      .field("said_in", record_list_of(row.severity))
      .field("sentence", row.sentence)
      .field("reaction", row.reaction);
  append_example(json, "example", example_of(row.rule).breach);
  append_example(json, "legal_edge", example_of(row.rule).edge);
  json.end_object();
  return out;
}

std::string rule_list(Colour colour) {
  std::string out =
      fmt::format("{:<7}{:<31}{:<10}{:<7}{}\n", "ID", "RULE", "SEVERITY", "SIDE", "SOURCE");
  for (const RuleRow& row : ws::kRules) {
    const std::string severity = fmt::format("{:<10}", name(row.severity));
    out += fmt::format("{:<7}{:<31}{}{:<7}{}\n", row.id, row.name,
                       painted(severity, style_of(row.severity), colour), name(row.breaker),
                       short_section(row.section));
  }
  return out;
}

std::string rule_list_json() {
  std::string out = "[";
  for (const RuleRow& row : ws::kRules) out += (out.size() > 1 ? ",\n " : "") + rule_json(row);
  return out + "]";
}

}  // namespace lastframe::output
