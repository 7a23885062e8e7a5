#include "sinks/record_row.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <variant>

#include "output/json.h"
#include "output/record_words.h"

namespace lastframe::sinks {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

// Made once: the names of a hundred columns for each record are no small work.
using Names = std::array<std::string, kRecordColumns.size()>;

Names make_names(RecordNames names) {
  Names made;
  for (std::size_t i = 0; i < made.size(); ++i) made[i] = name_of(kRecordColumns[i], names);
  return made;
}

const Names& names_in(RecordNames names) {
  static const std::array<Names, 3> kNames{make_names(RecordNames::lastframe),
                                           make_names(RecordNames::ecs),
                                           make_names(RecordNames::opentelemetry)};
  return kNames[static_cast<std::size_t>(names)];
}

class RowWriter {
 public:
  RowWriter(output::JsonWriter& json, const std::string& name, RecordNames names)
      : json_(json), name_(name), is_ours_(names == RecordNames::lastframe) {}

  void operator()(std::monostate) const {}
  void operator()(bool yes) const {
    json_.key(name_);
    is_ours_ ? json_.value(yes ? 1 : 0) : json_.value(yes);
  }
  void operator()(std::uint64_t number) const { json_.field(name_, number); }
  void operator()(double number) const { json_.key(name_).seconds(number); }
  void operator()(const std::string& text) const { json_.field(name_, text); }
  void operator()(WallTime time) const {
    if (!is_ours_) {
      json_.field(name_, output::utc_text(time, Moment(), Moment()));
      return;
    }
    const auto since = time.time_since_epoch();
    json_.field(name_, std::chrono::floor<seconds>(since).count())
        .field(name_ + "_us", since.count());
  }
  void operator()(const std::vector<std::string>& texts) const {
    json_.key(name_).begin_array();
    for (const std::string& text : texts) json_.value(text);
    json_.end_array();
  }

 private:
  output::JsonWriter& json_;
  const std::string& name_;
  bool is_ours_;
};

// What Elastic's own pages look for in every event.
void append_ecs(output::JsonWriter& json, Severity severity, std::string_view instance) {
  json.field("ecs.version", "8.11.0")
      .field("event.kind", "event")
      .field("event.dataset", "lastframe.records")
      .key("event.category")
      .begin_array()
      .value("network")
      .end_array()
      .field("event.outcome", severity == Severity::info ? "success" : "failure")
      .field("network.protocol", "websocket")
      .field("log.level", name(severity))
      .field("observer.name", instance);
}

}  // namespace

Severity severity_of(const FlatRecord& record) {
  const std::string_view event = record.text("event");
  const auto* violations = record.find<std::uint64_t>("violation_count");
  if (event == "mass_close" || event == "connect_failed" || event == "tls_failed" ||
      (violations != nullptr && *violations > 0)) {
    return Severity::error;
  }
  const auto* clean = record.find<bool>("close.clean");
  const auto* code = record.find<std::uint64_t>("close.code");
  if (event != "session_end" || clean == nullptr || !*clean || code == nullptr) {
    return Severity::warn;
  }
  return *code == 1000 || *code == 1001 || *code == 1005 ? Severity::info : Severity::warn;
}

std::string_view name(Severity severity) {
  switch (severity) {
    case Severity::info:
      return "info";
    case Severity::warn:
      return "warn";
    case Severity::error:
      return "error";
  }
  return "";
}

void append_row(std::string& out, const FlatRecord& record, std::string_view instance,
                RecordNames names) {
  output::JsonWriter json(out);
  json.begin_object();
  if (names == RecordNames::ecs) append_ecs(json, severity_of(record), instance);
  if (names == RecordNames::lastframe) json.field("instance", instance);
  if (names == RecordNames::opentelemetry) json.field("service.instance.id", instance);
  for (std::size_t i = 0; i < record.values.size(); ++i) {
    std::visit(RowWriter(json, names_in(names)[i], names), record.values[i]);
  }
  json.end_object();
}

}  // namespace lastframe::sinks
