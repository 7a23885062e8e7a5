#include "diff/text_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/base/words.h"
#include "diff/words.h"
#include "output/page.h"

namespace lastframe::diff {
namespace {

constexpr std::size_t kMostUnpaired = 10;

Names names_of(const Report& report) { return {report.inputs[0].name, report.inputs[1].name}; }

void add_finding(output::Page& page, const Finding& finding, const Names& names) {
  page.item("-", fmt::format("[{}] {}", name(finding.severity), sentence(finding, names)));
  std::vector<output::Page::Field> fields;
  fields.push_back({"  " + names[0], place_text(finding.before)});
  fields.push_back({"  " + names[1], place_text(finding.after)});
  page.fields(fields);
}

std::string pair_text(const PairReport& pair) {
  std::string text = connection_text(pair.before);
  if (is_guess(pair.by)) text += fmt::format(" (paired by {}: a guess)", name(pair.by));
  return text;
}

std::string count_text(const DirectionResult& result, Direction direction, const Names& names) {
  std::string text =
      fmt::format("{}: {} at {}, {} at {}", way(direction), in_bytes(result.bytes_before), names[0],
                  in_bytes(result.bytes_after), names[1]);
  if (result.not_compared > 0) {
    text += fmt::format("; {} of the messages could not be compared", result.not_compared);
  }
  if (!result.is_exhaustive) {
    text += "; too different for seeking the fewest differences: compared place by place";
  }
  if (result.frames_over > 0) {
    text += fmt::format("; {} frames beyond the limits (docs/diff.md) were not compared",
                        result.frames_over);
  }
  return text;
}

void add_pair(output::Page& page, const PairReport& pair, const Names& names) {
  page.heading(pair_text(pair));
  page.paragraph(headline(pair.comparison.severity, pair.comparison.not_compared() == 0));
  for (const Finding& finding : pair.comparison.findings) add_finding(page, finding, names);
  for (const Direction direction : kDirections) {
    page.paragraph(count_text(pair.comparison.directions[index(direction)], direction, names));
  }
}

void add_kinds(output::Page& page, const Report& report) {
  std::vector<output::Page::Row> rows;
  for (const KindCount& count : report.kinds) {
    rows.push_back(
        {std::string(row(count.kind).name),
         fmt::format("{} connection{}", count.connections, count.connections == 1 ? "" : "s"),
         fmt::format("{} time{}", count.times, count.times == 1 ? "" : "s")});
  }
  page.section("What was found", rows);
}

void add_unpaired(output::Page& page, const std::string& name,
                  const std::vector<ConnectionFacts>& connections) {
  std::vector<std::string> texts;
  for (const ConnectionFacts& facts : connections) {
    if (texts.size() == kMostUnpaired) {
      texts.push_back(fmt::format("and {} more", connections.size() - kMostUnpaired));
      break;
    }
    texts.push_back(connection_text(facts));
  }
  page.list(fmt::format("Only at {}", name), texts);
}

void add_inputs(output::Page& page, const Report& report) {
  std::vector<std::string> texts;
  for (const InputFacts& input : report.inputs) {
    std::string text = fmt::format("{}: {}, {} connections", input.name, printable(input.path, 300),
                                   input.connections);
    if (input.others > 0) text += fmt::format(", {} of them no WebSockets", input.others);
    for (std::size_t i = 0; i < input.flaws.size(); ++i) {
      const FlawCount& flaw = input.flaws[i];
      if (flaw.count == 0) continue;
      text += fmt::format("; {} ({})", words(static_cast<capture::FlawKind>(i)), flaw.count);
    }
    texts.push_back(std::move(text));
  }
  page.list("Captures", texts);
}

}  // namespace

std::string text_page(const Report& report, std::size_t most, output::Colour colour) {
  output::Page page(catalogue::Language::en, colour);
  const Names names = names_of(report);
  page.title(summary_text(report));
  std::size_t shown = 0;
  std::size_t left = 0;
  for (const PairReport& pair : report.pairs) {
    if (pair.comparison.findings.empty()) continue;
    if (shown == most) {
      ++left;
      continue;
    }
    add_pair(page, pair, names);
    ++shown;
  }
  if (left > 0) {
    page.heading(fmt::format("{} more connection{} with findings", left, left == 1 ? "" : "s"));
    page.paragraph("--top shows more of them, --json all.");
  }
  add_kinds(page, report);
  add_unpaired(page, names[0], report.only_before);
  add_unpaired(page, names[1], report.only_after);
  add_inputs(page, report);
  return page.text();
}

std::string text_of_pair(const PairReport& pair, const Names& names, output::Colour colour) {
  output::Page page(catalogue::Language::en, colour);
  add_pair(page, pair, names);
  return page.text();
}

}  // namespace lastframe::diff
