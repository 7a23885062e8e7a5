#include "settings/catalogue_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/words.h"
#include "core/http/head.h"

namespace lastframe::settings {
namespace {

using namespace catalogue;
using To = Reference::To;

constexpr Range<std::uint64_t> kStatuses{100, 999};

std::optional<PartyRule> own_party(const CatalogueFields& fields) {
  return fields.word<PartyRule>("party", Need::may);
}

// Where a sign is looked for, by the key that names it.
struct SignKey {
  std::string_view key;
  Sign::Where where;
};
constexpr auto kSignKeys =
    std::to_array<SignKey>({{"request_header", Sign::Where::request_header},
                            {"response_header", Sign::Where::response_header},
                            {"host", Sign::Where::host},
                            {"path", Sign::Where::path},
                            {"subprotocol", Sign::Where::subprotocol}});

Sign header_sign(const CatalogueFields& fields, const SignKey& place) {
  std::string header = fields.text(place.key);
  if (!header.empty() && !http::is_token(header)) {
    fields.find(place.key)->wrong(fmt::format("no header can be called {}", in_quotes(header)),
                                  "write a name such as x-amzn-trace-id");
  }
  return {place.where, in_lower_case(header), fields.scalar("contains", Need::may)};
}

Sign other_sign(const CatalogueFields& fields, const SignKey& place) {
  std::string text = fields.text(place.key);
  if (const Value* const contains = fields.find("contains")) {
    contains->wrong("only a header contains something", "leave it out");
  }
  // Hosts are compared in lower case.
  if (place.where == Sign::Where::host) text = in_lower_case(text);
  return {place.where, "", std::move(text)};
}

std::vector<Sign> signs(const CatalogueFields& row) {
  std::vector<Sign> signs;
  for (const CatalogueFields& fields : row.rows("signs", "signs[]", Need::may)) {
    const auto stands_here = [&](const SignKey& place) {
      return fields.find(place.key) != nullptr;
    };
    const auto places = std::ranges::count_if(kSignKeys, stands_here);
    if (places != 1) {
      fields.row().wrong(fmt::format("{} places to look at stand here", places),
                         "write one of request_header, response_header, host, path, subprotocol");
      continue;
    }
    const SignKey& place = *std::ranges::find_if(kSignKeys, stands_here);
    const bool is_header =
        place.where == Sign::Where::request_header || place.where == Sign::Where::response_header;
    signs.push_back(is_header ? header_sign(fields, place) : other_sign(fields, place));
  }
  return signs;
}

std::vector<LocalText> logs(const CatalogueFields& fields) {
  std::vector<LocalText> logs;
  for (const CatalogueFields& log : fields.rows("logs", "logs[]", Need::may)) {
    logs.push_back({.code = log.code("code", Need::must).value_or(0), .text = log.text("text")});
  }
  return logs;
}

ApplicationCode application_code(const CatalogueFields& fields) {
  return {.codes = fields.range("codes"),
          .name = fields.text("name"),
          .meaning = fields.text("meaning"),
          .fix = fields.text("fix", Need::may),
          .cause = fields.reference("cause", To::cause),
          .party = own_party(fields)};
}

FarewellValue farewell_value(const CatalogueFields& fields) {
  return {.value = fields.scalar("value"),
          .cause = fields.reference("cause", To::cause),
          .party = own_party(fields),
          .says = fields.text("says"),
          .fix = fields.text("fix", Need::may)};
}

// The first value that holds is taken, so that the same one again would never be.
void check_values(const std::vector<CatalogueFields>& list, const FarewellRow& row) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto here = row.values.begin() + static_cast<std::ptrdiff_t>(i);
    const auto first = std::ranges::find(row.values, here->value, &FarewellValue::value);
    if (first == here) continue;
    list[i].row().wrong(fmt::format("the value {} stands here twice", in_quotes(here->value)),
                        "keep one of the two");
  }
}

}  // namespace

CodeRow code_row(const CatalogueFields& fields) {
  return {.codes = fields.range("codes"),
          .name = fields.localised("name"),
          .meaning = fields.localised("meaning"),
          .when = fields.localised("when"),
          .fix = fields.localised("fix"),
          .sent_by = fields.one_of("sent_by", kSenders),
          .may_be_sent = fields.yes_or_no("may_be_sent", true),
          .causes = fields.references("causes", To::cause),
          .source = fields.source()};
}

CauseRow cause_row(const CatalogueFields& fields) {
  return {.id = fields.id(),
          .party = fields.word<PartyRule>("party").value_or(PartyRule::unknown),
          .title = fields.text("title"),
          .summary = fields.text("summary"),
          .meaning = fields.text("meaning"),
          .found_by = fields.text("found_by"),
          .fix = fields.text("fix"),
          .fixes = fields.fixes(),
          .codes = fields.ranges("codes"),
          .see = fields.references("see", To::cause_or_rule),
          .source = fields.source()};
}

ProductRow product_row(const CatalogueFields& fields) {
  return {.id = fields.id(),
          .name = fields.text("name"),
          .role = fields.word<Role>("role").value_or(Role::server),
          .signs = signs(fields),
          .habits = {.refuses_codes = fields.ranges("refuses_codes"),
                     .refusal_code = fields.code("refusal_code"),
                     .fails_without_close = fields.yes_or_no("fails_without_close", false),
                     .strict = fields.texts("strict"),
                     .too_big_code_to_peer = fields.code("too_big_code_to_peer")},
          .logs = logs(fields),
          .source = fields.source()};
}

TimeoutRow timeout_row(const CatalogueFields& fields) {
  TimeoutRow row{.id = fields.id(),
                 .product = fields.reference("product", To::product),
                 .kind = fields.word<TimeoutKind>("kind").value_or(TimeoutKind::idle),
                 .counts = fields.word<Counts>("counts", Need::may).value_or(Counts::either),
                 .after = fields.duration("after"),
                 .is_default = fields.yes_or_no("default", true),
                 .setting = fields.text("setting", Need::may),
                 .how = fields.one_of("how", kHows, Need::may),
                 .codes = fields.numbers("codes", kCodes),
                 .fix = fields.text("fix", Need::may),
                 .source = fields.source()};
  if (row.how.empty()) row.how = "any";
  return row;
}

LimitRow limit_row(const CatalogueFields& fields) {
  return {.id = fields.id(),
          .product = fields.reference("product", To::product),
          .bytes = fields.bytes("bytes"),
          .of = fields.word<LimitOf>("of", Need::may).value_or(LimitOf::message),
          .is_inflated = fields.yes_or_no("inflated", true),
          .setting = fields.text("setting", Need::may),
          .note = fields.text("note", Need::may),
          .source = fields.source()};
}

ReasonRow reason_row(const CatalogueFields& fields) {
  return {.id = fields.id(),
          .codes = fields.ranges("codes"),
          .sender = fields.word<Endpoint>("sender", Need::may),
          .match = fields.word<Match>("match", Need::may).value_or(Match::exact),
          .text = fields.text("text"),
          .product = fields.reference("product", To::product, Need::may),
          .cause = fields.reference("cause", To::cause),
          .confidence = fields.word<Confidence>("confidence").value_or(Confidence::likely),
          .party = own_party(fields),
          .says = fields.text("says"),
          .fix = fields.text("fix", Need::may),
          .source = fields.source()};
}

ApplicationRow application_row(const CatalogueFields& fields) {
  ApplicationRow row{.id = fields.id(),
                     .name = fields.text("name"),
                     .signs = signs(fields),
                     .codes = {},
                     .source = fields.source()};
  for (const CatalogueFields& code : fields.rows("codes", "applications[].codes[]")) {
    row.codes.push_back(application_code(code));
  }
  return row;
}

HeartbeatRow heartbeat_row(const CatalogueFields& fields) {
  HeartbeatRow row{.id = fields.id(),
                   .product = fields.reference("product", To::product),
                   .carrier = fields.word<Carrier>("carrier").value_or(Carrier::ping),
                   .sender = fields.word<Endpoint>("sender").value_or(Endpoint::server),
                   .every = fields.duration("every"),
                   .patience = fields.duration("patience", Need::may),
                   .starts = fields.scalar("starts", Need::may),
                   .note = fields.text("note", Need::may),
                   .source = fields.source()};
  if (row.carrier == Carrier::text && row.starts.empty()) {
    fields.row().missing("starts", "write how the text message begins");
  }
  return row;
}

FarewellRow farewell_row(const CatalogueFields& fields) {
  FarewellRow row{.id = fields.id(),
                  .product = fields.reference("product", To::product, Need::may),
                  .sender = fields.word<Endpoint>("sender").value_or(Endpoint::server),
                  .starts = fields.text("starts"),
                  .field = fields.text("field", Need::may),
                  .values = {},
                  .source = fields.source()};
  const std::vector<CatalogueFields> values = fields.rows("values", "farewells[].values[]");
  for (const CatalogueFields& value : values) row.values.push_back(farewell_value(value));
  check_values(values, row);
  const bool is_any = row.values.size() == 1 && row.values.front().value == "*";
  if (row.field.empty() && !values.empty() && !is_any) {
    fields.row().missing("field", "name the member that holds a value, or write one value: \"*\"");
  }
  return row;
}

RefusalRow refusal_row(const CatalogueFields& fields) {
  return {.id = fields.id(),
          .statuses = fields.numbers("statuses", kStatuses, Need::must),
          .signs = signs(fields),
          .body_contains = fields.text("body_contains", Need::may),
          .product = fields.reference("product", To::product, Need::may),
          .cause = fields.reference("cause", To::cause),
          .confidence = fields.word<Confidence>("confidence").value_or(Confidence::likely),
          .party = own_party(fields),
          .says = fields.text("says"),
          .fix = fields.text("fix", Need::may),
          .source = fields.source()};
}

DifferenceRow difference_row(const CatalogueFields& fields) {
  DifferenceRow row{.between = fields.numbers("between", kCodes, Need::must),
                    .difference = fields.localised("difference"),
                    .which = fields.localised("which"),
                    .source = fields.source()};
  const Value* const between = fields.find("between");
  const bool is_pair = row.between.size() == 2 && row.between[0] < row.between[1];
  if (between != nullptr && !row.between.empty() && !is_pair) {
    between->wrong("these are not two codes, the smaller one first",
                   "write a list such as [1002, 1008]");
  }
  return row;
}

HeadingRow heading_row(const CatalogueFields& fields) {
  return {.id = fields.id(), .text = fields.localised("text")};
}

}  // namespace lastframe::settings
