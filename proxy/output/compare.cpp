#include "output/compare.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "output/explain_code.h"
#include "output/page.h"
#include "output/row_json.h"
#include "output/row_tables.h"

namespace lastframe::output {
namespace {

// What a comparison says besides what `explain` says of each code.
struct Comparison {
  std::string title;                              // "1002 Protocol Error vs 1008 Policy Violation"
  std::string introduction;                       // "Both 1002 (Protocol Error) and ..."
  const catalogue::DifferenceRow* row = nullptr;  // null: the catalogue has none for this pair
  std::vector<std::string> differences;
  std::vector<std::string> which;
};

std::string name_of(const KnownCode& known) {
  return std::string(in(catalogue::Language::en, known.row->name));
}

// "1002 (Protocol Error)".
std::string in_sentence(const KnownCode& known) {
  return fmt::format("{} ({})", known.code, name_of(known));
}

// In the language's order of words: "{a} vs {b}".
std::string sentence_of_both(const Wording& wording, std::string_view id, const std::string& a,
                             const std::string& b) {
  return filled(wording.sentence(id, "{a}", a), "{b}", b);
}

const catalogue::DifferenceRow* difference_between(const KnownCode& a, const KnownCode& b) {
  const auto found = std::ranges::find_if(
      a.differences, [&](const auto* row) { return is_between(*row, b.code); });
  return found == a.differences.end() ? nullptr : *found;
}

Comparison comparison_of(const KnownCode& a, const KnownCode& b, const Wording& wording) {
  Comparison out;
  out.title = sentence_of_both(wording, "title_versus", fmt::format("{} {}", a.code, name_of(a)),
                               fmt::format("{} {}", b.code, name_of(b)));
  out.introduction = sentence_of_both(wording, "both_belong", in_sentence(a), in_sentence(b));
  out.row = difference_between(a, b);
  const auto say = [&](std::vector<std::string>& list, std::string_view id, const std::string& code,
                       const std::string& text) {
    if (!text.empty()) list.push_back(wording.sentence(id, "{a}", code) + " " + text);
  };
  const auto add = [](std::vector<std::string>& list, std::string text) {
    if (!text.empty()) list.push_back(std::move(text));
  };
  if (out.row != nullptr) add(out.differences, wording.in_language(out.row->difference));
  for (const KnownCode* known : {&a, &b}) {
    say(out.differences, "means", std::to_string(known->code), meaning_of(*known, wording));
  }
  for (const KnownCode* known : {&a, &b}) {
    // Two codes of one range are seen on the same occasions, as far as the range goes.
    if (a.row == b.row) break;
    say(out.differences, "you_see", std::to_string(known->code),
        wording.in_language(known->row->when));
  }
  if (out.row != nullptr) add(out.which, wording.in_language(out.row->which));
  for (const KnownCode* known : {&a, &b}) {
    say(out.which, "for_code", in_sentence(*known), fix_of(*known, wording));
  }
  return out;
}

void add_code(Page& page, const KnownCode& known, const Wording& wording) {
  page.title(title_of(known, wording));
  page.section(wording.heading("description"), meaning_of(known, wording));
  page.section(wording.heading("when_you_see_it"), wording.in_language(known.row->when));
  page.section(wording.heading("how_to_fix"), fix_of(known, wording));
  page.fields({
      {wording.heading("sent_by"), wording.sent_by(*known.row)},
      {wording.heading("on_the_wire"), wording.on_the_wire(*known.row)},
      {wording.heading("source"), source_text(known.row->source)},
  });
}

}  // namespace

std::string comparison_page(const KnownCode& a, const KnownCode& b, const Wording& wording,
                            Colour colour) {
  const Comparison comparison = comparison_of(a, b, wording);
  Page page(wording.language(), colour);
  page.title(comparison.title);
  page.paragraph(comparison.introduction);
  add_code(page, a, wording);
  add_code(page, b, wording);
  page.heading(wording.heading("key_differences"));
  for (std::size_t i = 0; i < comparison.differences.size(); ++i) {
    page.item(fmt::format("{}.", i + 1), comparison.differences[i]);
  }
  page.heading(wording.heading("when_to_use_which"));
  for (const std::string& text : comparison.which) page.paragraph(text);
  if (comparison.row != nullptr) {
    page.fields({{wording.heading("source"), source_text(comparison.row->source)}});
  }
  return page.text();
}

std::string comparison_json(const KnownCode& a, const KnownCode& b, const Wording& wording) {
  const Comparison comparison = comparison_of(a, b, wording);
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .field("kind", "comparison")
      .field("lang", name(wording.language()))
      .field("title", comparison.title)
      .field("introduction", comparison.introduction)
      .key("codes")
      .begin_array();
  for (const KnownCode* known : {&a, &b}) append_code(json, *known, wording);
  json.end_array().key("key_differences").begin_array();
  for (const std::string& text : comparison.differences) json.value(text);
  json.end_array().key("when_to_use_which").begin_array();
  for (const std::string& text : comparison.which) json.value(text);
  json.end_array();
  if (comparison.row != nullptr) {
    append_source(json, comparison.row->source);
  } else {
    json.key("source").null();
  }
  json.end_object();
  return out;
}

}  // namespace lastframe::output
