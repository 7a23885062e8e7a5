#include "output/explain_code.h"

#include <fmt/core.h>

#include <vector>

#include "output/page.h"
#include "output/row_json.h"
#include "output/row_tables.h"

namespace lastframe::output {
namespace {

std::vector<std::string> application_texts(const KnownCode& known) {
  std::vector<std::string> texts;
  for (const auto& [application, code] : known.applications) {
    texts.push_back(
        fmt::format("{}, {}: {} {}", application->name, code->name, code->meaning, code->fix));
  }
  return texts;
}

void append_members(JsonWriter& json, const KnownCode& known, const Wording& wording) {
  const catalogue::CodeRow& row = *known.row;
  json.field("code", known.code)
      .field("name", in(catalogue::Language::en, row.name))
      .field("local_name", wording.in_language(row.name))
      .field("meaning", wording.in_language(row.meaning))
      .field("when", wording.in_language(row.when))
      .field("fix", wording.in_language(row.fix))
      .field("sent_by", row.sent_by)
      .field("may_be_sent", row.may_be_sent)
      .key("range");
  if (known.has_own_row()) {
    json.null();
  } else {
    json.begin_object().field("first", row.codes.first).field("last", row.codes.last).end_object();
  }
  json.key("causes").begin_array();
  for (const std::string& id : row.causes) append_cause(json, wording.rows(), id);
  json.end_array().key("reasons").begin_array();
  for (const catalogue::ReasonRow* reason : known.reasons) append_reason(json, *reason);
  json.end_array().key("applications").begin_array();
  for (const auto& [application, code] : known.applications) {
    append_application_code(json, *application, *code);
  }
  json.end_array().key("see_also").begin_array();
  for (const std::string& call : comparisons_of(known)) json.value(call);
  json.end_array();
  append_source(json, row.source);
}

}  // namespace

std::string code_page(const KnownCode& known, const Wording& wording, Colour colour) {
  const catalogue::CodeRow& row = *known.row;
  Page page(wording.language(), colour);
  page.title(title_of(known, wording));
  page.section(wording.heading("description"), wording.in_language(row.meaning));
  page.section(wording.heading("when_you_see_it"), wording.in_language(row.when));
  page.section(wording.heading("how_to_fix"), wording.in_language(row.fix));
  page.fields({
      {wording.heading("registered_range"), known.has_own_row() ? "" : code_range(row.codes)},
      {wording.heading("sent_by"), wording.sent_by(row)},
      {wording.heading("on_the_wire"), wording.on_the_wire(row)},
      {wording.heading("source"), source_text(row.source)},
  });
  page.list(wording.heading("application_codes"), application_texts(known));
  page.section(wording.heading("causes"), cause_rows(wording.rows(), row.causes));
  page.list(wording.heading("reason_texts"), reason_texts(known.reasons, wording));
  std::vector<Page::Row> see_also;
  for (const std::string& call : comparisons_of(known)) see_also.push_back({call});
  page.section(wording.heading("see_also"), see_also);
  return page.text();
}

void append_code(JsonWriter& json, const KnownCode& known, const Wording& wording) {
  json.begin_object();
  append_members(json, known, wording);
  json.end_object();
}

std::string code_json(const KnownCode& known, const Wording& wording,
                      std::string_view did_you_mean) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("kind", "code").field("lang", name(wording.language()));
  append_members(json, known, wording);
  json.field("did_you_mean", or_null(did_you_mean)).end_object();
  return out;
}

std::string code_list(const Wording& wording, Colour colour) {
  Page page(wording.language(), colour);
  std::vector<Page::Row> table;
  for (const catalogue::CodeRow& row : wording.rows().codes) {
    table.push_back({code_range(row.codes), wording.in_language(row.name)});
  }
  page.table(table);
  return page.text();
}

std::string code_list_json(const Wording& wording) {
  std::string out = "[";
  for (const catalogue::CodeRow& row : wording.rows().codes) {
    const auto known = known_code(wording.rows(), row.codes.first);
    if (known) out += (out.size() > 1 ? ",\n " : "") + code_json(*known, wording);
  }
  return out + "]";
}

}  // namespace lastframe::output
