#include "output/row_json.h"

#include <string>

#include "core/catalogue/words.h"
#include "output/wording.h"

namespace lastframe::output {
namespace {

void append_seconds(JsonWriter& json, std::string_view key, std::chrono::milliseconds duration) {
  json.key(key).seconds(std::chrono::duration<double>(duration).count());
}

}  // namespace

std::optional<std::string_view> or_null(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

void append_source(JsonWriter& json, const catalogue::Source& source) {
  json.key("source").begin_object();
  json.field("source", source.source)
      .field("version_seen", source.version_seen)
      .field("verified_on", source.verified_on)
      .end_object();
}

void append_codes(JsonWriter& json, const std::vector<catalogue::CodeRange>& ranges) {
  json.key("codes").begin_array();
  for (const catalogue::CodeRange& range : ranges) {
    json.begin_object().field("first", range.first).field("last", range.last).end_object();
  }
  json.end_array();
}

void append_cause(JsonWriter& json, const catalogue::Catalogue& rows, std::string_view id) {
  const catalogue::CauseRow* const row = rows.cause(id);
  json.begin_object().field("id", id);
  json.field("title", row == nullptr ? std::nullopt : or_null(row->title)).end_object();
}

void append_reason(JsonWriter& json, const catalogue::ReasonRow& row) {
  json.begin_object().field("id", row.id).field("text", row.text).field("match", word(row.match));
  append_codes(json, row.codes);
  json.field("sender", row.sender ? std::optional(name(*row.sender)) : std::nullopt)
      .field("product", or_null(row.product))
      .field("cause", row.cause)
      .field("confidence", name(row.confidence))
      .field("says", row.says)
      .field("fix", or_null(row.fix));
  append_source(json, row.source);
  json.end_object();
}

void append_timeout(JsonWriter& json, const catalogue::TimeoutRow& row) {
  json.begin_object().field("id", row.id).field("product", row.product);
  append_seconds(json, "after_s", row.after);
  json.field("kind", name(row.kind))
      .field("counts", word(row.counts))
      .field("is_default", row.is_default)
      .field("setting", or_null(row.setting))
      .field("how", row.how)
      .key("codes")
      .begin_array();
  for (const unsigned code : row.codes) json.value(code);
  json.end_array().field("fix", row.fix);
  append_source(json, row.source);
  json.end_object();
}

void append_limit(JsonWriter& json, const catalogue::LimitRow& row) {
  json.begin_object()
      .field("id", row.id)
      .field("product", row.product)
      .field("bytes", row.bytes)
      .field("of", word(row.of))
      .field("inflated", row.is_inflated)
      .field("setting", or_null(row.setting))
      .field("note", row.note);
  append_source(json, row.source);
  json.end_object();
}

void append_heartbeat(JsonWriter& json, const catalogue::HeartbeatRow& row) {
  json.begin_object()
      .field("id", row.id)
      .field("product", row.product)
      .field("carrier", word(row.carrier))
      .field("sender", name(row.sender));
  append_seconds(json, "every_s", row.every);
  if (row.patience.count() == 0) {
    json.key("patience_s").null();
  } else {
    append_seconds(json, "patience_s", row.patience);
  }
  json.field("starts", or_null(row.starts)).field("note", row.note);
  append_source(json, row.source);
  json.end_object();
}

void append_application_code(JsonWriter& json, const catalogue::ApplicationRow& application,
                             const catalogue::ApplicationCode& code) {
  json.begin_object()
      .field("application", application.id)
      .field("application_name", application.name)
      .field("first", code.codes.first)
      .field("last", code.codes.last)
      .field("name", code.name)
      .field("meaning", code.meaning)
      .field("fix", code.fix)
      .field("cause", or_null(code.cause));
  if (code.party) {
    json.field("party", word(*code.party));
  } else {
    json.key("party").null();
  }
  append_source(json, application.source);
  json.end_object();
}

}  // namespace lastframe::output
