#include "sinks/loki_body.h"

#include <map>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "output/json.h"
#include "sinks/flat_record.h"
#include "sinks/record_row.h"

namespace lastframe::sinks {
namespace {

// Event, listener, level.
using Labels = std::tuple<std::string, std::string, std::string_view>;
using Entries = std::vector<std::pair<std::string, std::string>>;  // nanoseconds, line

std::string nanoseconds_of(const FlatRecord& record) {
  const auto* time = record.find<WallTime>("time");
  return time == nullptr ? "0" : std::to_string(time->time_since_epoch().count()) + "000";
}

std::string line_of(const SinkOptions& options, const std::string& line, const FlatRecord& record) {
  if (options.names == RecordNames::lastframe) return line;
  std::string row;
  append_row(row, record, options.instance, options.names);
  return row;
}

}  // namespace

std::string loki_body(const SinkOptions& options, const SinkBatch& batch) {
  std::map<Labels, Entries> streams;
  for (const std::string& line : batch.lines) {
    const FlatRecord record = flatten(line).value_or(FlatRecord{});
    streams[{std::string(record.text("event")), std::string(record.text("listener")),
             name(severity_of(record))}]
        .emplace_back(nanoseconds_of(record), line_of(options, line, record));
  }
  std::string out;
  output::JsonWriter json(out);
  json.begin_object().key("streams").begin_array();
  for (const auto& [labels, entries] : streams) {
    json.begin_object()
        .key("stream")
        .begin_object()
        .field("service_name", "lastframe")
        .field("instance", options.instance)
        .field("event", std::get<0>(labels))
        .field("listener", std::get<1>(labels))
        .field("level", std::get<2>(labels))
        .end_object()
        .key("values")
        .begin_array();
    for (const auto& [time, line] : entries) {
      json.begin_array().value(time).value(line).end_array();
    }
    json.end_array().end_object();
  }
  json.end_array().end_object();
  return out;
}

}  // namespace lastframe::sinks
