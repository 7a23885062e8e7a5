#include "cli/knowledge_arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <array>
#include <utility>
#include <vector>

#include "cli/flags.h"
#include "cli/help.h"
#include "core/base/words.h"

namespace lastframe::cli {
namespace {

// What explain, compare and lookup share.
struct AnswerFlags {
  bool is_json = false;
  KnowledgeFlags knowledge;
  LanguageFlag language;

  void add_to(CLI::App& app) {
    app.add_flag("--json", is_json, "a JSON object; see docs/explain.md");
    app.add_option("--catalogue", knowledge.files, "your own rows too; may be given several times")
        ->type_name("FILE")
        ->allow_extra_args(false);
    language.add_to(app, "the language of the texts (default: the locale's)");
  }
  std::optional<Result> read(CLI::App& app, std::string_view command,
                             std::span<const std::string> arguments) {
    if (auto answer = read_flags(app, command, arguments)) return answer;
    const auto known = language.value();
    if (!known) return std::unexpected(known.error());
    knowledge.language = *known;
    return std::nullopt;
  }
  AnswerFormat format() const { return is_json ? AnswerFormat::json : AnswerFormat::text; }
};

// A flag that may stand alone, or with the name of a group: --list, --list causes.
struct GroupFlag {
  CLI::Option* option = nullptr;
  std::vector<std::string> words;

  bool is_given() const { return option->count() > 0; }
  std::string word() const { return words.empty() ? std::string() : words.front(); }
};

void add_group_flag(CLI::App& app, const std::string& name, GroupFlag& flag,
                    const std::string& says) {
  flag.option = app.add_option(name, flag.words, says)->expected(0, 1);
}

struct GroupWord {
  std::string_view word;
  ExplainGroup group;
};

// Alone it means all rules.
std::expected<ExplainGroup, Error> group_of(const GroupFlag& flag, std::string_view name,
                                            std::span<const GroupWord> groups) {
  if (flag.word().empty()) return ExplainGroup::rules;
  std::vector<std::string_view> words;
  for (const GroupWord& row : groups) words.push_back(row.word);
  const auto known = one_of(name, flag.word(), words);
  if (!known) return std::unexpected(known.error());
  return groups[*known].group;
}

std::optional<Error> contradiction(const std::optional<std::string>& word, const GroupFlag& list,
                                   const GroupFlag& markdown, bool is_json) {
  const auto error = [](std::string where, std::string what) {
    return Error{std::move(where), std::move(what), "leave one of the two out"};
  };
  if (list.is_given() && markdown.is_given()) return error("--list", "--markdown says otherwise");
  if (word && (list.is_given() || markdown.is_given())) {
    return error(list.is_given() ? "--list" : "--markdown",
                 fmt::format("this is about all of a kind, not {}", in_quotes(*word)));
  }
  if (is_json && markdown.is_given()) return error("--json", "--markdown says otherwise");
  return std::nullopt;
}

}  // namespace

Result parse_explain(std::span<const std::string> arguments) {
  using enum ExplainGroup;
  static constexpr auto kGroups = std::to_array<GroupWord>(
      {{"rules", rules}, {"codes", codes}, {"causes", causes}, {"products", products}});
  static constexpr auto kDocuments =
      std::to_array<GroupWord>({{"rules", rules}, {"causes", causes}});
  CLI::App app("Says what is known of a close code, a cause, a rule of the protocol or a product.",
               "lastframe explain");
  std::optional<std::string> word;
  GroupFlag list;
  GroupFlag markdown;
  AnswerFlags flags;
  app.footer(kExplainExamples);
  app.add_option("WORD", word, "1008, idle_timeout, FR-01, nginx: as a record has them")
      ->type_name("");
  add_group_flag(app, "--list", list, "all of a kind, one a line; alone: the rules");
  list.option->type_name("rules|codes|causes|products");
  // Only for the scripts that make docs/: an empty group is not shown.
  add_group_flag(app, "--markdown", markdown, "");
  markdown.option->group("");
  flags.add_to(app);
  if (auto answer = flags.read(app, "explain", arguments)) return *std::move(answer);

  if (auto error = contradiction(word, list, markdown, flags.is_json)) {
    return std::unexpected(*std::move(error));
  }
  const ExplainFormat format = flags.is_json ? ExplainFormat::json : ExplainFormat::text;
  if (markdown.is_given()) {
    const auto group = group_of(markdown, "--markdown", kDocuments);
    if (!group) return std::unexpected(group.error());
    return ExplainCommand{std::nullopt, ExplainFormat::markdown, *group, flags.knowledge};
  }
  if (list.is_given()) {
    const auto group = group_of(list, "--list", kGroups);
    if (!group) return std::unexpected(group.error());
    return ExplainCommand{std::nullopt, format, *group, flags.knowledge};
  }
  if (!word) {
    return mistake("", "explain needs a word, as in `lastframe explain 1008`, or --list",
                   help_hint("explain"));
  }
  return ExplainCommand{std::move(word), format, rules, flags.knowledge};
}

Result parse_compare(std::span<const std::string> arguments) {
  CLI::App app("Says what sets two close codes apart.", "lastframe compare");
  std::optional<std::string> a;
  std::optional<std::string> b;
  AnswerFlags flags;
  app.footer(kCompareExamples);
  app.add_option("CODE", a, "a close code")->type_name("");
  app.add_option("OTHER", b, "another one")->type_name("");
  flags.add_to(app);
  if (auto answer = flags.read(app, "compare", arguments)) return *std::move(answer);

  if (!a || !b) {
    return mistake("", "compare needs two codes, as in `lastframe compare 1002 1008`",
                   help_hint("compare"));
  }
  return CompareCommand{*a, *b, flags.format(), flags.knowledge};
}

Result parse_lookup(std::span<const std::string> arguments) {
  CLI::App app("Finds what a text from a log, a browser's console or a Close frame means.",
               "lastframe lookup");
  std::vector<std::string> words;
  AnswerFlags flags;
  app.footer(kLookupExamples);
  app.add_option("TEXT", words, "as it was read, with or without quotes")->type_name("");
  flags.add_to(app);
  if (auto answer = flags.read(app, "lookup", arguments)) return *std::move(answer);

  const std::string text = fmt::format("{}", fmt::join(words, " "));
  if (text.find_first_not_of(' ') == std::string::npos) {
    return mistake("", "lookup needs a text, as in `lastframe lookup \"keepalive ping timeout\"`",
                   help_hint("lookup"));
  }
  return LookupCommand{text, flags.format(), flags.knowledge};
}

}  // namespace lastframe::cli
