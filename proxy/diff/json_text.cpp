#include "diff/json_text.h"

#include <cstddef>
#include <string_view>

#include "core/base/words.h"
#include "diff/words.h"
#include "output/json.h"

namespace lastframe::diff {
namespace {

using output::JsonWriter;

constexpr std::array<std::string_view, 2> kSides{"before", "after"};

void add_text(JsonWriter& json, std::string_view key, std::string_view text) {
  text.empty() ? json.key(key).null() : json.key(key).value(text);
}

void add_place(JsonWriter& json, std::string_view key, const Place& place) {
  json.key(key);
  if (place == Place{}) {
    json.null();
    return;
  }
  json.begin_object()
      .field("frame", place.frame)
      .field("offset", place.offset)
      .field("size", place.size);
  add_text(json, "hex", hex_text(place.bytes));
  add_text(json, "text", place.text);
  json.end_object();
}

void add_finding(JsonWriter& json, const Finding& finding, const Names& names) {
  json.begin_object()
      .field("kind", row(finding.kind).name)
      .field("severity", name(finding.severity));
  add_text(json, "direction", finding.direction ? name(*finding.direction) : "");
  json.field("count", finding.count).field("summary", sentence(finding, names));
  add_text(json, "detail", finding.detail);
  add_place(json, "before", finding.before);
  add_place(json, "after", finding.after);
  json.end_object();
}

void add_connection(JsonWriter& json, const ConnectionFacts& facts) {
  json.begin_object().field("time", time_text(facts.accepted)).field("client", facts.client);
  add_text(json, "server", facts.server);
  json.key("status");
  facts.status == 0 ? json.null() : json.value(facts.status);
  json.field("finished", facts.is_finished).end_object();
}

void add_direction(JsonWriter& json, Direction direction, const DirectionResult& result) {
  json.key(name(direction))
      .begin_object()
      .field("severity", name(result.severity))
      .field("items_before", result.messages_before)
      .field("items_after", result.messages_after)
      .field("matched", result.matched)
      .field("not_compared", result.not_compared)
      .field("bytes_before", result.bytes_before)
      .field("bytes_after", result.bytes_after)
      .field("frames_over", result.frames_over)
      .field("exhaustive", result.is_exhaustive)
      .end_object();
}

void add_pair_fields(JsonWriter& json, const PairReport& pair, const Names& names) {
  json.field("severity", name(pair.comparison.severity))
      .field("paired_by", name(pair.by))
      .field("guessed", is_guess(pair.by))
      .key("before");
  add_connection(json, pair.before);
  json.key("after");
  add_connection(json, pair.after);
  json.key("directions").begin_object();
  for (const Direction direction : kDirections) {
    add_direction(json, direction, pair.comparison.directions[index(direction)]);
  }
  json.end_object().key("findings").begin_array();
  for (const Finding& finding : pair.comparison.findings) add_finding(json, finding, names);
  json.end_array();
}

void add_input(JsonWriter& json, const InputFacts& input) {
  json.begin_object()
      .field("file", input.path)
      .field("name", input.name)
      .field("connections", input.connections)
      .field("others", input.others)
      .key("flaws")
      .begin_array();
  for (std::size_t i = 0; i < input.flaws.size(); ++i) {
    const FlawCount& flaw = input.flaws[i];
    if (flaw.count == 0) continue;
    json.begin_object()
        .field("what", words(static_cast<capture::FlawKind>(i)))
        .field("count", flaw.count);
    add_text(json, "first", flaw.first);
    json.end_object();
  }
  json.end_array().end_object();
}

void add_unpaired(JsonWriter& json, std::string_view key,
                  const std::vector<ConnectionFacts>& connections) {
  json.key(key).begin_array();
  for (const ConnectionFacts& facts : connections) add_connection(json, facts);
  json.end_array();
}

}  // namespace

std::string json_text(const Report& report) {
  std::string out;
  JsonWriter json(out);
  const Names names{report.inputs[0].name, report.inputs[1].name};
  json.begin_object()
      .field("kind", "diff")
      .field("severity", name(report.severity))
      .field("summary", summary_text(report))
      .key("counts")
      .begin_object();
  for (std::size_t i = 0; i < report.by_severity.size(); ++i) {
    json.field(name(static_cast<Severity>(i)), report.by_severity[i]);
  }
  json.end_object().field("incomplete", report.incomplete).key("captures").begin_object();
  for (std::size_t i = 0; i < kSides.size(); ++i) {
    json.key(kSides[i]);
    add_input(json, report.inputs[i]);
  }
  json.end_object().key("kinds").begin_array();
  for (const KindCount& count : report.kinds) {
    json.begin_object()
        .field("kind", row(count.kind).name)
        .field("connections", count.connections)
        .field("times", count.times)
        .end_object();
  }
  json.end_array().key("connections").begin_array();
  for (const PairReport& pair : report.pairs) {
    json.begin_object();
    add_pair_fields(json, pair, names);
    json.end_object();
  }
  json.end_array();
  add_unpaired(json, "only_before", report.only_before);
  add_unpaired(json, "only_after", report.only_after);
  json.end_object();
  return out;
}

std::string json_of_pair(const PairReport& pair, const Names& names) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("event", "connection");
  add_pair_fields(json, pair, names);
  json.end_object();
  return out;
}

}  // namespace lastframe::diff
