#include "sinks/otlp_body.h"

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "core/base/words.h"
#include "output/json.h"
#include "sinks/flat_record.h"
#include "sinks/record_row.h"

namespace lastframe::sinks {
namespace {

// 64-bit numbers are strings in the JSON of protocol buffers.
class ValueWriter {
 public:
  explicit ValueWriter(output::JsonWriter& json) : json_(json) {}

  void operator()(std::monostate) const {}
  void operator()(bool yes) const { json_.field("boolValue", yes); }
  void operator()(std::uint64_t number) const { json_.field("intValue", std::to_string(number)); }
  void operator()(double number) const { json_.key("doubleValue").seconds(number); }
  void operator()(const std::string& text) const { json_.field("stringValue", text); }
  void operator()(WallTime time) const {
    json_.field("intValue", std::to_string(time.time_since_epoch().count()) + "000");
  }
  void operator()(const std::vector<std::string>& texts) const {
    json_.key("arrayValue").begin_object().key("values").begin_array();
    for (const std::string& text : texts) {
      json_.begin_object().field("stringValue", text).end_object();
    }
    json_.end_array().end_object();
  }

 private:
  output::JsonWriter& json_;
};

void append_attribute(output::JsonWriter& json, std::string_view name, const FlatValue& value) {
  json.begin_object().field("key", name).key("value").begin_object();
  std::visit(ValueWriter(json), value);
  json.end_object().end_object();
}

// Numbers of the data model of logs: the first of each range.
unsigned severity_number(Severity severity) {
  switch (severity) {
    case Severity::info:
      return 9;
    case Severity::warn:
      return 13;
    case Severity::error:
      return 17;
  }
  return 0;
}

std::string_view severity_text(Severity severity) {
  switch (severity) {
    case Severity::info:
      return "INFO";
    case Severity::warn:
      return "WARN";
    case Severity::error:
      return "ERROR";
  }
  return "";
}

// A sentence: what a reader sees first.
std::string_view body_of(const FlatRecord& record) {
  for (const std::string_view path : {"cause.summary", "summary", "rule"}) {
    if (const std::string_view text = record.text(path); !text.empty()) return text;
  }
  return record.text("event");
}

void append_log_record(output::JsonWriter& json, const FlatRecord& record) {
  const Severity severity = severity_of(record);
  json.begin_object();
  if (const auto* time = record.find<WallTime>("time")) {
    json.field("timeUnixNano", std::to_string(time->time_since_epoch().count()) + "000");
  }
  json.field("severityNumber", severity_number(severity))
      .field("severityText", severity_text(severity))
      .key("body")
      .begin_object()
      .field("stringValue", body_of(record))
      .end_object();
  if (auto id = otlp_trace_id(record.text("request.trace_id")); !id.empty()) {
    json.field("traceId", id);
  }
  json.key("attributes").begin_array();
  for (std::size_t i = 0; i < kRecordColumns.size(); ++i) {
    const FlatValue& value = record.values[i];
    if (std::holds_alternative<std::monostate>(value) || kRecordColumns[i].path == "time") continue;
    append_attribute(json, name_of(kRecordColumns[i], RecordNames::opentelemetry), value);
  }
  json.end_array().end_object();
}

}  // namespace

std::string otlp_body(const SinkOptions& options, const SinkBatch& batch) {
  std::string out;
  output::JsonWriter json(out);
  json.begin_object().key("resourceLogs").begin_array().begin_object();
  json.key("resource").begin_object().key("attributes").begin_array();
  append_attribute(json, "service.name", "lastframe");
  append_attribute(json, "service.instance.id", options.instance);
  json.end_array().end_object();
  json.key("scopeLogs").begin_array().begin_object();
  json.key("scope").begin_object().field("name", "lastframe").end_object();
  json.key("logRecords").begin_array();
  for (const std::string& line : batch.lines) {
    append_log_record(json, flatten(line).value_or(FlatRecord{}));
  }
  json.end_array().end_object().end_array().end_object().end_array().end_object();
  return out;
}

std::string otlp_trace_id(std::string_view text) {
  std::string digits;
  if (text.size() == 35 && text.starts_with("1-") && text[10] == '-') {
    digits = in_lower_case(text.substr(2, 8)) + in_lower_case(text.substr(11));
  } else if (text.size() == 32) {
    digits = in_lower_case(text);
  } else if (text.size() == 16) {
    digits = std::string(16, '0') + in_lower_case(text);
  }
  const bool is_hex = digits.find_first_not_of("0123456789abcdef") == std::string::npos;
  const bool is_zero = digits.find_first_not_of('0') == std::string::npos;
  return is_hex && !is_zero ? digits : "";
}

}  // namespace lastframe::sinks
