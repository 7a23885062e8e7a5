#include "output/lookup.h"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/base/words.h"
#include "core/ws/rule_table.h"
#include "output/error_names.h"
#include "output/known_code.h"
#include "output/likeness.h"
#include "output/page.h"
#include "output/row_json.h"

namespace lastframe::output {
namespace {

using catalogue::Match;

constexpr unsigned kLeast = 30;  // likeness of what is shown

unsigned likeness_of_any(std::string_view asked, std::initializer_list<std::string_view> known) {
  unsigned best = 0;
  for (const std::string_view text : known) best = std::max(best, likeness(asked, text));
  return best;
}

// A whole sentence has many words: some of them are in any text.
unsigned likeness_of_sentence(std::string_view asked, std::string_view known) {
  return likeness(asked, known) * 7 / 10;
}

unsigned likeness_of(std::string_view asked, const catalogue::ReasonRow& row) {
  const std::string a = words_of(asked);
  const std::string k = words_of(row.text);
  const bool is_prefix = row.match == Match::prefix && !k.empty() && a.starts_with(k);
  // All that such a row asks for is there, whatever comes behind it.
  return is_prefix ? kLikenessOfEquals : likeness(asked, row.text);
}

// What a cause's paragraph quotes: error texts as browsers and libraries print them.
std::vector<std::string_view> quoted_texts(std::string_view paragraph) {
  std::vector<std::string_view> found;
  while (true) {
    const std::size_t begin = paragraph.find('"');
    if (begin == std::string_view::npos) return found;
    const std::size_t end = paragraph.find('"', begin + 1);
    if (end == std::string_view::npos) return found;
    found.push_back(paragraph.substr(begin + 1, end - begin - 1));
    paragraph.remove_prefix(end + 1);
  }
}

std::string explain_call(std::string_view word) {
  return fmt::format("lastframe explain {}", word);
}

// Collects what is like enough.
class Search {
 public:
  Search(std::string_view text, const Wording& wording) : text_(text), wording_(wording) {}

  void look_at_texts();
  void look_at_names();
  std::vector<Finding> best() &&;

 private:
  void add(unsigned likeness, Finding finding) {
    if (likeness < kLeast) return;
    finding.likeness = likeness;
    if (finding.fix.empty()) finding.fix = fix_of_cause(finding.cause);
    if (finding.call.empty() && !finding.cause.empty()) finding.call = explain_call(finding.cause);
    found_.push_back(std::move(finding));
  }
  std::string fix_of_cause(std::string_view id) const {
    const catalogue::CauseRow* const row = wording_.rows().cause(id);
    return row == nullptr ? std::string() : for_any_closer(row->fix);
  }
  bool has_found(std::string_view text) const {
    return std::ranges::any_of(found_, [wanted = words_of(text)](const Finding& finding) {
      return words_of(finding.text) == wanted;
    });
  }
  void look_at_logs(const catalogue::ProductRow& product);
  void look_at_application(const catalogue::ApplicationRow& application);
  void look_at_code(const catalogue::CodeRow& row);
  void look_at_cause(const catalogue::CauseRow& row);

  std::string_view text_;
  const Wording& wording_;
  std::vector<Finding> found_;
};

void Search::look_at_texts() {
  const catalogue::Catalogue& rows = wording_.rows();
  for (const catalogue::ReasonRow& row : rows.reasons) {
    add(likeness_of(text_, row), {FoundAs::reason,
                                  row.id,
                                  row.text,
                                  wording_.product(row.product),
                                  row.says,
                                  code_ranges(row.codes),
                                  row.cause,
                                  row.fix,
                                  {}});
  }
  for (const catalogue::ProductRow& row : rows.products) look_at_logs(row);
  for (const ErrorName& row : kErrorNames) {
    add(likeness_of_any(text_, {row.name, row.text}), {FoundAs::error_name,
                                                       std::string(row.name),
                                                       std::string(row.text),
                                                       {},
                                                       std::string(row.says),
                                                       {},
                                                       std::string(name(row.cause)),
                                                       {},
                                                       {}});
  }
  for (const catalogue::FarewellRow& row : rows.farewells) {
    for (const catalogue::FarewellValue& value : row.values) {
      const std::string_view known = value.value == "*" ? row.starts : value.value;
      add(likeness_of_any(text_, {known}), {FoundAs::farewell,
                                            row.id,
                                            std::string(known),
                                            wording_.product(row.product),
                                            value.says,
                                            {},
                                            value.cause,
                                            value.fix,
                                            {}});
    }
  }
  for (const catalogue::RefusalRow& row : rows.refusals) {
    add(likeness(text_, row.body_contains), {FoundAs::refusal,
                                             row.id,
                                             row.body_contains,
                                             wording_.product(row.product),
                                             row.says,
                                             {},
                                             row.cause,
                                             row.fix,
                                             {}});
  }
}

void Search::look_at_logs(const catalogue::ProductRow& product) {
  for (const catalogue::LocalText& log : product.logs) {
    const catalogue::CodeRow* const code = wording_.rows().code(log.code);
    add(likeness(text_, log.text),
        {FoundAs::log,
         product.id,
         log.text,
         product.name,
         code == nullptr ? std::string() : wording_.in_language(code->when),
         fmt::format("{}", log.code),
         {},
         code == nullptr ? std::string() : wording_.in_language(code->fix),
         explain_call(fmt::format("{}", log.code))});
  }
}

void Search::look_at_application(const catalogue::ApplicationRow& application) {
  for (const catalogue::ApplicationCode& code : application.codes) {
    const std::string codes = code_range(code.codes);
    add(likeness_of_any(text_, {code.name, codes, application.name + " " + code.name,
                                application.name + " " + codes}),
        {FoundAs::application_code, application.id, code.name, application.name, code.meaning,
         codes, code.cause, code.fix, explain_call(codes)});
  }
  if (wording_.rows().product(application.id) != nullptr) return;
  add(likeness_of_any(text_, {application.id, application.name}), {FoundAs::product,
                                                                   application.id,
                                                                   application.name,
                                                                   application.name,
                                                                   {},
                                                                   {},
                                                                   {},
                                                                   {},
                                                                   explain_call(application.id)});
}

void Search::look_at_code(const catalogue::CodeRow& row) {
  const std::string codes = code_range(row.codes);
  const std::string_view english = in(catalogue::Language::en, row.name);
  const std::string own = wording_.in_language(row.name);
  unsigned best =
      likeness_of_any(text_, {codes, english, own, fmt::format("{} {}", codes, english)});
  if (row.codes.first != row.codes.last && best < kLikenessOfEquals) best = 0;
  add(best, {FoundAs::code,
             codes,
             own,
             {},
             wording_.in_language(row.meaning),
             codes,
             {},
             wording_.in_language(row.fix),
             explain_call(std::to_string(row.codes.first))});
}

void Search::look_at_cause(const catalogue::CauseRow& row) {
  std::string_view best_text = row.title;
  unsigned best = std::max(likeness_of_any(text_, {row.id, row.title}),
                           likeness_of_sentence(text_, row.summary));
  for (const std::string_view quoted : quoted_texts(row.meaning)) {
    const unsigned likeness_of_quoted = likeness(text_, quoted);
    if (likeness_of_quoted <= best || has_found(quoted)) continue;
    best = likeness_of_quoted;
    best_text = quoted;
  }
  add(best, {FoundAs::cause,
             row.id,
             std::string(best_text),
             {},
             for_any_closer(row.summary),
             code_ranges(row.codes),
             row.id,
             {},
             {}});
}

void Search::look_at_names() {
  const catalogue::Catalogue& rows = wording_.rows();
  for (const catalogue::ApplicationRow& row : rows.applications) look_at_application(row);
  for (const catalogue::CodeRow& row : rows.codes) look_at_code(row);
  for (const catalogue::CauseRow& row : rows.causes) look_at_cause(row);
  for (const catalogue::ProductRow& row : rows.products) {
    add(likeness_of_any(text_, {row.id, row.name}),
        {FoundAs::product, row.id, row.name, row.name, {}, {}, {}, {}, explain_call(row.id)});
  }
  for (const ws::RuleRow& row : ws::kRules) {
    add(std::max(likeness_of_any(text_, {row.id, row.name}),
                 likeness_of_sentence(text_, row.sentence)),
        {FoundAs::rule,
         std::string(row.id),
         std::string(row.name),
         {},
         std::string(row.sentence),
         {},
         {},
         {},
         explain_call(row.id)});
  }
}

std::vector<Finding> Search::best() && {
  std::ranges::stable_sort(found_, [](const Finding& a, const Finding& b) {
    return std::tuple(b.likeness, a.kind) < std::tuple(a.likeness, b.kind);
  });
  if (found_.size() > kFindingsShown) found_.resize(kFindingsShown);
  return std::move(found_);
}

std::string heading_of(const Finding& finding, std::size_t number) {
  std::string kind(name(finding.kind));
  std::ranges::replace(kind, '_', ' ');
  std::string text = fmt::format("{}. \"{}\" ({}", number, finding.text, kind);
  if (!finding.product.empty() && finding.product != finding.text) text += ", " + finding.product;
  return text + ")";
}

std::string cause_text(const Finding& finding, const Wording& wording) {
  const catalogue::CauseRow* const row = wording.rows().cause(finding.cause);
  return row == nullptr ? finding.cause : fmt::format("{}: {}", row->id, row->title);
}

}  // namespace

std::string_view name(FoundAs kind) {
  switch (kind) {
    case FoundAs::reason:
      return "reason";
    case FoundAs::log:
      return "log";
    case FoundAs::error_name:
      return "error_name";
    case FoundAs::farewell:
      return "farewell";
    case FoundAs::refusal:
      return "refusal";
    case FoundAs::application_code:
      return "application_code";
    case FoundAs::code:
      return "code";
    case FoundAs::cause:
      return "cause";
    case FoundAs::product:
      return "product";
    case FoundAs::rule:
      break;
  }
  return "rule";
}

std::vector<Finding> findings_for(std::string_view text, const Wording& wording) {
  Search search(text, wording);
  search.look_at_texts();
  search.look_at_names();
  return std::move(search).best();
}

std::string findings_page(std::string_view text, const std::vector<Finding>& findings,
                          const Wording& wording, Colour colour) {
  Page page(wording.language(), colour);
  if (findings.empty()) {
    page.heading(wording.sentence("no_match", "{text}", in_quotes(text)));
    return page.text();
  }
  std::size_t number = 0;
  for (const Finding& finding : findings) {
    page.heading(heading_of(finding, ++number));
    page.paragraph(finding.says);
    page.fields({
        {wording.heading("close_codes"), finding.codes},
        {wording.heading("likely_cause"), cause_text(finding, wording)},
        {wording.heading("how_to_fix"), finding.fix},
        {wording.heading("see_also"), finding.call},
    });
  }
  return page.text();
}

std::string findings_json(std::string_view text, const std::vector<Finding>& findings,
                          const Wording& wording) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .field("kind", "lookup")
      .field("lang", catalogue::name(wording.language()))
      .field("text", text)
      .key("matches")
      .begin_array();
  for (const Finding& finding : findings) {
    json.begin_object()
        .field("kind", name(finding.kind))
        .field("id", finding.id)
        .field("text", finding.text)
        .field("product", or_null(finding.product))
        .field("says", or_null(finding.says))
        .field("codes", or_null(finding.codes))
        .key("cause");
    if (finding.cause.empty()) {
      json.null();
    } else {
      append_cause(json, wording.rows(), finding.cause);
    }
    json.field("fix", or_null(finding.fix))
        .field("see_also", or_null(finding.call))
        .field("likeness", finding.likeness)
        .end_object();
  }
  json.end_array().end_object();
  return out;
}

}  // namespace lastframe::output
