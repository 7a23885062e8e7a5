#include "sinks/body.h"

#include "output/json.h"
#include "sinks/flat_record.h"
#include "sinks/loki_body.h"
#include "sinks/otlp_body.h"
#include "sinks/record_row.h"

namespace lastframe::sinks {
namespace {

constexpr std::string_view kJsonLines = "application/x-ndjson";
constexpr std::string_view kJson = "application/json";

// As the line stands in the log, and which proxy wrote it behind its other keys.
void append_line(std::string& out, std::string_view line, std::string_view instance) {
  out += line.substr(0, line.size() - 1);
  out += ",\"instance\":";
  output::append_json_string(out, instance);
  out += '}';
}

void append_record(std::string& out, const SinkOptions& options, const std::string& line) {
  const auto record = flatten(line).value_or(FlatRecord{});
  append_row(out, record, options.instance, options.names);
}

bool is_object(std::string_view line) { return line.size() > 2 && line.ends_with('}'); }

SinkBody json_lines(const SinkOptions& options, const SinkBatch& batch) {
  SinkBody body{kJsonLines, {}};
  for (const std::string& line : batch.lines) {
    if (options.names == RecordNames::lastframe && is_object(line)) {
      append_line(body.text, line, options.instance);
    } else {
      append_record(body.text, options, line);
    }
    body.text += '\n';
  }
  return body;
}

SinkBody clickhouse(const SinkOptions& options, const SinkBatch& batch) {
  SinkBody body{kJsonLines, {}};
  for (const std::string& line : batch.lines) {
    append_record(body.text, options, line);
    body.text += '\n';
  }
  return body;
}

// The id makes a record that comes twice one document: the second is answered with 409.
SinkBody elasticsearch(const SinkOptions& options, const SinkBatch& batch) {
  SinkBody body{kJsonLines, {}};
  for (const std::string& line : batch.lines) {
    const auto record = flatten(line).value_or(FlatRecord{});
    std::string id(record.text("session"));
    id += (id.empty() ? "" : "-") + line_id(line);
    output::JsonWriter(body.text)
        .begin_object()
        .key("create")
        .begin_object()
        .field("_id", id)
        .end_object()
        .end_object();
    body.text += '\n';
    append_row(body.text, record, options.instance, options.names);
    body.text += '\n';
  }
  return body;
}

}  // namespace

SinkBody compose(const SinkOptions& options, const SinkBatch& batch) {
  switch (options.format) {
    case SinkFormat::json_lines:
      return json_lines(options, batch);
    case SinkFormat::clickhouse:
      return clickhouse(options, batch);
    case SinkFormat::loki:
      return {kJson, loki_body(options, batch)};
    case SinkFormat::elasticsearch:
      return elasticsearch(options, batch);
    case SinkFormat::otlp:
      return {kJson, otlp_body(options, batch)};
  }
  return {};
}

std::string url_for(const SinkOptions& options, const SinkBatch& batch) {
  constexpr std::string_view kPlace = "{batch}";
  std::string url = options.url;
  for (auto at = url.find(kPlace); at != url.npos; at = url.find(kPlace, at)) {
    url.replace(at, kPlace.size(), batch.id);
  }
  return url;
}

}  // namespace lastframe::sinks
