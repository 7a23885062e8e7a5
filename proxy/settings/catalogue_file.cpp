#include "settings/catalogue_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/base/words.h"
#include "core/ws/rule_table.h"
#include "settings/catalogue_fields.h"
#include "settings/catalogue_rows.h"
#include "settings/text_file.h"
#include "settings/value.h"
#include "settings/yaml_document.h"

namespace lastframe::settings {
namespace {

using catalogue::Catalogue;

// What a row is known by in messages, and what replaces it; "" where that cannot be read.
template <typename Row>
const std::string& key_of(const Row& row) {
  return row.id;
}

std::string key_of(const catalogue::CodeRow& row) {
  const auto [first, last] = row.codes;
  if (row.codes == catalogue::CodeRange{}) return {};
  return first == last ? std::to_string(first) : fmt::format("{}-{}", first, last);
}

std::string key_of(const catalogue::DifferenceRow& row) {
  return fmt::format("{}", fmt::join(row.between, " and "));
}

// The order that catalogue.h promises.
struct InOrder {
  template <typename Row>
  bool operator()(const Row& a, const Row& b) const {
    return a.id < b.id;
  }
  bool operator()(const catalogue::CodeRow& a, const catalogue::CodeRow& b) const {
    return std::pair(a.codes.first, a.codes.last) < std::pair(b.codes.first, b.codes.last);
  }
  bool operator()(const catalogue::DifferenceRow& a, const catalogue::DifferenceRow& b) const {
    return a.between < b.between;
  }
};

template <typename Row>
std::vector<std::string_view> ids_of(const std::vector<Row>& rows) {
  std::vector<std::string_view> ids;
  for (const Row& row : rows) ids.push_back(row.id);
  return ids;
}

class CatalogueReader {
 public:
  void read(const CatalogueText& text) {
    File& file = files_.emplace_back(parse_yaml(text.text), Mistakes(std::string(text.name)));
    for (const YamlFault& fault : file.document.faults) {
      file.mistakes.add(fault.line, "yaml", {"", fault.what, fault.remedy});
    }
    if (!file.mistakes.is_empty()) {
      has_unread_rows_ = true;
      return;
    }
    if (file.document.nodes.empty() ||
        file.document.nodes[file.document.root].kind == YamlKind::null) {
      file.mistakes.add(1, "yaml", {"", "the file is empty", "write a list such as causes:"});
      return;
    }
    read_lists(Value(file.document, file.mistakes, file.document.root, 1, ""));
  }

  std::expected<Catalogue, std::vector<Error>> finish() {
    sort();
    // Where a file's rows are unknown, so is what is missing.
    if (!has_unread_rows_) check_references();
    std::vector<Error> errors;
    for (const File& file : files_) {
      std::ranges::move(file.mistakes.in_order(), std::back_inserter(errors));
    }
    if (!has_unread_rows_) check_causes(errors);
    if (!errors.empty()) return std::unexpected(std::move(errors));
    return std::move(catalogue_);
  }

 private:
  struct File {
    YamlDocument document;
    Mistakes mistakes;
  };

  void read_lists(const Value& top) {
    const auto lists = top.section("catalogue", "lists, such as causes:");
    if (!lists) return;
    read_list(*lists, "codes", code_row, catalogue_.codes);
    read_list(*lists, "causes", cause_row, catalogue_.causes);
    read_list(*lists, "products", product_row, catalogue_.products);
    read_list(*lists, "timeouts", timeout_row, catalogue_.timeouts);
    read_list(*lists, "limits", limit_row, catalogue_.limits);
    read_list(*lists, "reasons", reason_row, catalogue_.reasons);
    read_list(*lists, "applications", application_row, catalogue_.applications);
    read_list(*lists, "heartbeats", heartbeat_row, catalogue_.heartbeats);
    read_list(*lists, "farewells", farewell_row, catalogue_.farewells);
    read_list(*lists, "refusals", refusal_row, catalogue_.refusals);
    read_list(*lists, "differences", difference_row, catalogue_.differences);
    read_list(*lists, "headings", heading_row, catalogue_.headings);
  }

  template <typename Row>
  void read_list(const Value::Section& lists, std::string_view list,
                 Row (*row_of)(const CatalogueFields&), std::vector<Row>& rows) {
    const Value* const value = lists.find(list);
    const auto items = value == nullptr ? std::nullopt : value->items("[{...}]");
    if (!items) return;
    const std::string section = fmt::format("{}[]", list);
    std::unordered_map<std::string, std::size_t> places;
    for (const Row& row : rows) places.emplace(key_of(row), places.size());
    std::unordered_map<std::string, int> lines;
    for (const Value& item : *items) {
      Row row = row_of(CatalogueFields(item, section, references_));
      const std::string key = key_of(row);
      if (key.empty()) continue;
      if (const auto [first, is_new] = lines.emplace(key, item.line()); !is_new) {
        item.wrong(fmt::format("{} has a row already, in line {}", key, first->second),
                   "keep one of the two");
        continue;
      }
      const auto [place, is_added] = places.emplace(key, rows.size());
      if (is_added) {
        rows.push_back(std::move(row));
      } else {
        rows[place->second] = std::move(row);
      }
    }
  }

  void sort() {
    std::ranges::sort(catalogue_.codes, InOrder());
    std::ranges::sort(catalogue_.causes, InOrder());
    std::ranges::sort(catalogue_.products, InOrder());
    std::ranges::sort(catalogue_.timeouts, InOrder());
    std::ranges::sort(catalogue_.limits, InOrder());
    std::ranges::sort(catalogue_.reasons, InOrder());
    std::ranges::sort(catalogue_.applications, InOrder());
    std::ranges::sort(catalogue_.heartbeats, InOrder());
    std::ranges::sort(catalogue_.farewells, InOrder());
    std::ranges::sort(catalogue_.refusals, InOrder());
    std::ranges::sort(catalogue_.differences, InOrder());
    std::ranges::sort(catalogue_.headings, InOrder());
  }

  void check_references() const {
    for (const Reference& reference : references_) {
      switch (reference.to) {
        case Reference::To::cause:
          if (catalogue_.cause(reference.id) == nullptr) {
            say_unknown(reference, "cause", ids_of(catalogue_.causes));
          }
          break;
        case Reference::To::cause_or_rule:
          if (catalogue_.cause(reference.id) == nullptr && !is_rule(reference.id)) {
            say_unknown(reference, "cause or rule", ids_of(catalogue_.causes));
          }
          break;
        case Reference::To::product:
        case Reference::To::product_or_code:
          if (reference.to == Reference::To::product_or_code && reference.id == "code") break;
          if (catalogue_.product(reference.id) == nullptr) {
            say_unknown(reference, "product", ids_of(catalogue_.products));
          }
          break;
      }
    }
  }

  static bool is_rule(std::string_view id) {
    return std::ranges::any_of(
        ws::kRules, [&](const ws::RuleRow& row) { return row.id == id || row.name == id; });
  }

  static void say_unknown(const Reference& reference, std::string_view what,
                          const std::vector<std::string_view>& known) {
    const std::string_view near = nearest(reference.id, known);
    reference.from.wrong(fmt::format("there is no {} {}", what, in_quotes(reference.id)),
                         near.empty() ? "write the id of a row of these files"
                                      : fmt::format("did you mean {}?", near));
  }

  // The diagnosis names these without looking whether they are there.
  void check_causes(std::vector<Error>& errors) const {
    std::vector<std::string_view> missing;
    for (std::size_t i = 0; i < catalogue::kCauseCount; ++i) {
      const std::string_view id = name(static_cast<catalogue::Cause>(i));
      if (catalogue_.cause(id) == nullptr) missing.push_back(id);
    }
    if (missing.empty()) return;
    const bool are_all_missing = missing.size() == catalogue::kCauseCount;
    errors.push_back({"catalogue: causes",
                      are_all_missing ? "there are no built-in causes"
                                      : fmt::format("no row for {}", fmt::join(missing, ", ")),
                      "the program is built with a row for each, config/catalogue/causes.yaml"});
  }

  std::deque<File> files_;  // references point into them
  std::vector<Reference> references_;
  Catalogue catalogue_;
  bool has_unread_rows_ = false;
};

}  // namespace

std::expected<Catalogue, std::vector<Error>> read_catalogue(std::span<const CatalogueText> texts) {
  CatalogueReader reader;
  for (const CatalogueText& text : texts) reader.read(text);
  return reader.finish();
}

std::expected<std::shared_ptr<const Catalogue>, std::vector<Error>> load_catalogue(
    std::span<const std::string> user_files, std::span<const CatalogueText> built_in) {
  std::vector<CatalogueText> texts(built_in.begin(), built_in.end());
  std::vector<Error> unread;
  std::deque<std::string> contents;  // the texts point into them
  for (const std::string& path : user_files) {
    auto content = read_text_file(path, kLargestYaml);
    if (content) {
      texts.push_back({path, contents.emplace_back(*std::move(content))});
    } else {
      content.error().where = path;
      unread.push_back(std::move(content.error()));
    }
  }
  auto catalogue = read_catalogue(texts);
  if (catalogue && unread.empty()) {
    return std::make_shared<const Catalogue>(*std::move(catalogue));
  }
  if (!catalogue) std::ranges::move(catalogue.error(), std::back_inserter(unread));
  return std::unexpected(std::move(unread));
}

}  // namespace lastframe::settings
