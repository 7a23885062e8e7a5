#include "output/explain_product.h"

#include <fmt/core.h>

#include <algorithm>

#include "core/catalogue/words.h"
#include "output/page.h"
#include "output/row_json.h"
#include "output/row_tables.h"

namespace lastframe::output {
namespace {

using catalogue::Sign;

// "response header server with \"nginx\"", "path \"/socket.io/\"".
std::string sign_text(const Sign& sign) {
  std::string text(word(sign.where));
  std::ranges::replace(text, '_', ' ');
  if (!sign.name.empty()) text += " " + sign.name;
  if (!sign.value.empty()) {
    text += fmt::format("{} \"{}\"", sign.name.empty() ? "" : " with", sign.value);
  }
  return text;
}

std::vector<std::string> habit_sentences(const catalogue::Habits& habits) {
  std::vector<std::string> found;
  if (!habits.refuses_codes.empty()) {
    found.push_back(
        fmt::format("It refuses the legal codes {}, and {}.", code_ranges(habits.refuses_codes),
                    habits.refusal_code ? fmt::format("answers them with {}", *habits.refusal_code)
                                        : "ends without a Close"));
  }
  if (habits.fails_without_close) {
    found.emplace_back("On a protocol error it ends its TCP stream and sends no Close.");
  }
  if (habits.too_big_code_to_peer) {
    found.push_back(
        fmt::format("When one side refuses a message as too big, it tells the other side {}.",
                    *habits.too_big_code_to_peer));
  }
  found.insert(found.end(), habits.strict.begin(), habits.strict.end());
  return found;
}

const std::vector<Sign>& signs_of(const KnownProduct& known) {
  return known.product != nullptr ? known.product->signs : known.application->signs;
}

const catalogue::Source& source_of(const KnownProduct& known) {
  return known.product != nullptr ? known.product->source : known.application->source;
}

template <typename Row>
std::vector<Page::Row> table_of(const std::vector<const Row*>& rows, const Wording& wording) {
  std::vector<Page::Row> table;
  for (const Row* row : rows) table.push_back(table_row(*row, wording));
  return table;
}

// The product stands above the table, so it need not stand in each line of it.
std::vector<Page::Row> without_first_column(std::vector<Page::Row> table) {
  for (Page::Row& row : table) row.erase(row.begin());
  return table;
}

void append_habits(JsonWriter& json, const catalogue::ProductRow& product) {
  const catalogue::Habits& habits = product.habits;
  json.key("refuses").begin_object();
  append_codes(json, habits.refuses_codes);
  json.field("answer", habits.refusal_code).end_object();
  json.field("fails_without_close", habits.fails_without_close)
      .field("too_big_code_to_peer", habits.too_big_code_to_peer)
      .key("strict")
      .begin_array();
  for (const std::string& text : habits.strict) json.value(text);
  json.end_array().key("logs").begin_array();
  for (const catalogue::LocalText& log : product.logs) {
    json.begin_object().field("code", log.code).field("text", log.text).end_object();
  }
  json.end_array();
}

std::vector<const catalogue::ApplicationRow*> applications_alone(const catalogue::Catalogue& rows) {
  std::vector<const catalogue::ApplicationRow*> found;
  for (const catalogue::ApplicationRow& row : rows.applications) {
    if (rows.product(row.id) == nullptr) found.push_back(&row);
  }
  return found;
}

}  // namespace

std::optional<KnownProduct> known_product(const catalogue::Catalogue& rows, std::string_view id) {
  KnownProduct known;
  known.product = rows.product(id);
  const auto application = std::ranges::find(rows.applications, id, &catalogue::ApplicationRow::id);
  if (application != rows.applications.end()) known.application = &*application;
  if (known.product == nullptr && known.application == nullptr) return std::nullopt;
  const auto collect = [&](const auto& list, auto& found) {
    for (const auto& row : list) {
      if (row.product == id) found.push_back(&row);
    }
  };
  collect(rows.timeouts, known.timeouts);
  collect(rows.limits, known.limits);
  collect(rows.reasons, known.reasons);
  collect(rows.heartbeats, known.heartbeats);
  return known;
}

std::string product_page(const KnownProduct& known, const Wording& wording, Colour colour) {
  Page page(wording.language(), colour);
  const std::string_view role =
      known.product != nullptr ? name(known.product->role) : "application protocol";
  page.title(fmt::format("{} ({}): {}", known.name(), role, known.id()));
  std::vector<std::string> signs;
  for (const Sign& sign : signs_of(known)) signs.push_back(sign_text(sign));
  page.list(wording.heading("signs", "Recognised by"), signs);
  if (known.product != nullptr) {
    page.list(wording.heading("habits", "Habits"), habit_sentences(known.product->habits));
    std::vector<Page::Row> logs;
    for (const catalogue::LocalText& log : known.product->logs) {
      logs.push_back({fmt::format("{}", log.code), log.text});
    }
    page.section(wording.heading("logs", "What it tells its application"), logs);
  }
  page.section(wording.heading("time_limits"),
               without_first_column(table_of(known.timeouts, wording)));
  page.section(wording.heading("size_limits"),
               without_first_column(table_of(known.limits, wording)));
  page.section(wording.heading("heartbeats"), table_of(known.heartbeats, wording));
  page.list(wording.heading("reason_texts"), reason_texts(known.reasons, wording));
  if (known.application != nullptr) {
    std::vector<std::string> codes;
    for (const catalogue::ApplicationCode& code : known.application->codes) {
      codes.push_back(
          fmt::format("{} {}: {} {}", code_range(code.codes), code.name, code.meaning, code.fix));
    }
    page.list(wording.heading("application_codes"), codes);
  }
  page.fields({{wording.heading("source"), source_text(source_of(known))}});
  return page.text();
}

std::string product_json(const KnownProduct& known, const Wording& wording) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .field("kind", "product")
      .field("lang", catalogue::name(wording.language()))
      .field("id", known.id())
      .field("name", known.name())
      .field("role", known.product != nullptr ? name(known.product->role) : "application")
      .key("signs")
      .begin_array();
  for (const Sign& sign : signs_of(known)) {
    json.begin_object().field("where", word(sign.where)).field("name", or_null(sign.name));
    json.field("value", or_null(sign.value)).end_object();
  }
  json.end_array();
  append_habits(json, known.product != nullptr ? *known.product : catalogue::ProductRow{});
  json.key("timeouts").begin_array();
  for (const auto* row : known.timeouts) append_timeout(json, *row);
  json.end_array().key("limits").begin_array();
  for (const auto* row : known.limits) append_limit(json, *row);
  json.end_array().key("reasons").begin_array();
  for (const auto* row : known.reasons) append_reason(json, *row);
  json.end_array().key("heartbeats").begin_array();
  for (const auto* row : known.heartbeats) append_heartbeat(json, *row);
  json.end_array().key("application_codes").begin_array();
  if (known.application != nullptr) {
    for (const catalogue::ApplicationCode& code : known.application->codes) {
      append_application_code(json, *known.application, code);
    }
  }
  json.end_array();
  append_source(json, source_of(known));
  json.end_object();
  return out;
}

std::string product_list(const Wording& wording, Colour colour) {
  Page page(wording.language(), colour);
  std::vector<Page::Row> table;
  for (const catalogue::ProductRow& row : wording.rows().products) {
    table.push_back({row.id, std::string(name(row.role)), row.name});
  }
  for (const auto* row : applications_alone(wording.rows())) {
    table.push_back({row->id, "application", row->name});
  }
  page.table(table);
  return page.text();
}

std::string product_list_json(const Wording& wording) {
  std::string out = "[";
  const auto add = [&](std::string_view id) {
    const auto known = known_product(wording.rows(), id);
    if (known) out += (out.size() > 1 ? ",\n " : "") + product_json(*known, wording);
  };
  for (const catalogue::ProductRow& row : wording.rows().products) add(row.id);
  for (const auto* row : applications_alone(wording.rows())) add(row->id);
  return out + "]";
}

}  // namespace lastframe::output
