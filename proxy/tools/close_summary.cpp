#include "tools/close_summary.h"

#include <fmt/core.h>

#include "output/json.h"

namespace lastframe::tools {
namespace {

using output::Style;

constexpr std::string_view kRow = "{}  {}  {}  {}  {:>5}  {:>11}  {:>13}\n";

std::string code_cell(std::string_view code) { return fmt::format("{:>5}", code); }
std::string name_cell(std::string_view name) { return fmt::format("{:<26}", name); }
std::string ending_cell(std::string_view ending) { return fmt::format("{:<17}", ending); }
std::string initiator_cell(std::string_view initiator) { return fmt::format("{:<6}", initiator); }

}  // namespace

void CloseSummary::add(const session::SessionReport& report) {
  Count& count = counts_[{report.code, report.ending, report.initiator}];
  ++count.connections;
  count.messages_up += report.traffic[index(Direction::client_to_server)].messages;
  count.messages_down += report.traffic[index(Direction::server_to_client)].messages;
  count.is_clean = report.clean;
}

CloseSummary::Count CloseSummary::total() const {
  Count total;
  for (const auto& [kind, count] : counts_) {
    total.connections += count.connections;
    total.messages_up += count.messages_up;
    total.messages_down += count.messages_down;
  }
  return total;
}

std::string CloseSummary::table(output::Colour colour) const {
  const std::string heading =
      fmt::format(kRow, code_cell("code"), name_cell("name"), initiator_cell("who"),
                  ending_cell("how it ended"), "count", "messages up", "messages down");
  std::string text = painted(heading.substr(0, heading.size() - 1), Style::strong, colour) + "\n";
  for (const auto& [kind, count] : counts_) {
    const auto& [code, ending, initiator] = kind;
    const Style style = output::style_of(code, count.is_clean);
    text += fmt::format(
        kRow, painted(code_cell(std::to_string(static_cast<unsigned>(code))), style, colour),
        painted(name_cell(row_of(code).name), style, colour), initiator_cell(name(initiator)),
        painted(ending_cell(name(ending)), style, colour), count.connections, count.messages_up,
        count.messages_down);
  }
  const Count all = total();
  const std::string last =
      fmt::format(kRow, code_cell(""), name_cell("total"), initiator_cell(""), ending_cell(""),
                  all.connections, all.messages_up, all.messages_down);
  return text + painted(last.substr(0, last.size() - 1), Style::strong, colour) + "\n";
}

std::string CloseSummary::json() const {
  std::string text;
  output::JsonWriter json(text);
  json.begin_object().field("event", "summary").field("connections", total().connections);
  json.key("closes").begin_array();
  for (const auto& [kind, count] : counts_) {
    const auto& [code, ending, initiator] = kind;
    json.begin_object()
        .field("code", static_cast<unsigned>(code))
        .field("name", row_of(code).name)
        .field("ending", name(ending))
        .field("initiator", name(initiator))
        .field("count", count.connections);
    json.key("messages").begin_object();
    json.field(name(Direction::client_to_server), count.messages_up)
        .field(name(Direction::server_to_client), count.messages_down);
    json.end_object().end_object();
  }
  json.end_array().end_object();
  return text;
}

}  // namespace lastframe::tools
