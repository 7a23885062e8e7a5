#include "cli/arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "cli/help.h"
#include "cli/version.h"
#include "core/base/words.h"
#include "settings/quantities.h"
#include "settings/sections.h"

namespace lastframe::cli {
namespace {

constexpr auto kCommands = std::to_array<std::string_view>(
    {"proxy", "demo", "check-config", "explain", "compare", "lookup", "ca"});
constexpr auto kLaterCommands =
    std::to_array<std::string_view>({"analyze", "report", "diff", "probe", "echo"});

using Result = std::expected<Command, Error>;

std::unexpected<Error> mistake(std::string where, std::string what, std::string remedy) {
  return std::unexpected(Error{std::move(where), std::move(what), std::move(remedy)});
}

std::string help_hint(std::string_view command) {
  return fmt::format("see `lastframe {} --help`", command);
}

// One flag's value among words, with the word that was probably meant.
std::expected<std::size_t, Error> one_of(std::string_view flag, std::string_view value,
                                         std::span<const std::string_view> words) {
  const auto found = std::ranges::find(words, value);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  const std::string_view near = nearest(value, words);
  return mistake(std::string(flag), in_quotes(value) + " is not known here",
                 near.empty() ? fmt::format("write one of {}", fmt::join(words, ", "))
                              : fmt::format("did you mean {}?", near));
}

std::expected<std::uint64_t, Error> number(std::string_view flag, std::string_view value,
                                           std::uint64_t lowest, std::uint64_t highest) {
  auto parsed = settings::parse_whole_number(value);
  if (!parsed) return mistake(std::string(flag), parsed.error().what, parsed.error().remedy);
  if (*parsed >= lowest && *parsed <= highest) return *parsed;
  return mistake(std::string(flag), fmt::format("{} is out of range", *parsed),
                 fmt::format("write a number from {} to {}", lowest, highest));
}

template <typename Parsed>
std::expected<Parsed, Error> address(std::string_view flag, std::expected<Parsed, Error> parsed) {
  if (!parsed) parsed.error().where = flag;
  return parsed;
}

struct LogFlags {
  std::optional<std::string> file;
  std::optional<std::string> level;
  std::optional<std::string> format;
  bool is_json = false;
};

void add_log_flags(CLI::App& app, LogFlags& flags) {
  app.add_option("--log", flags.file, "where records go; - is standard output (default)")
      ->type_name("FILE|-");
  app.add_option("--log-level", flags.level, "how much is said (default: closes)")
      ->type_name("closes|violations|messages|frames");
  app.add_option("--log-format", flags.format, "default: text on a terminal, else json")
      ->type_name("json|text");
  app.add_flag("--json", flags.is_json, "the same as --log-format json");
}

std::expected<LogOverrides, Error> log_overrides(const LogFlags& flags) {
  static constexpr auto kFormats = std::to_array<std::string_view>({"auto", "json", "text"});
  static constexpr auto kLevels =
      std::to_array<std::string_view>({"closes", "violations", "messages", "frames"});
  LogOverrides log{flags.file, std::nullopt, std::nullopt};
  if (flags.file && flags.file->empty()) {
    return mistake("--log", "the path is empty", "write a path, or - for standard output");
  }
  if (flags.level) {
    const auto level = one_of("--log-level", *flags.level, kLevels);
    if (!level) return std::unexpected(level.error());
    log.level = static_cast<output::LogLevel>(*level);
  }
  if (flags.format) {
    const auto format = one_of("--log-format", *flags.format, kFormats);
    if (!format) return std::unexpected(format.error());
    log.format = static_cast<output::LogFormat>(*format);
  }
  if (!flags.is_json) return log;
  if (log.format.value_or(output::LogFormat::json) != output::LogFormat::json) {
    return mistake("--json", "--log-format says otherwise", "leave one of the two out");
  }
  log.format = output::LogFormat::json;
  return log;
}

// The nearest flag for one that is not known; CLI11 only says that it was not expected.
std::unexpected<Error> surplus(const CLI::App& app, std::string_view command) {
  const std::vector<std::string> rest = app.remaining();
  const std::string word = rest.empty() ? std::string() : rest.front();
  const std::string flag = word.substr(0, word.find('='));
  if (!flag.starts_with('-')) {
    return mistake("", fmt::format("{} takes no {}", command, in_quotes(word)), help_hint(command));
  }
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  const std::string_view near = nearest(flag, known);
  return mistake("", fmt::format("{} has no flag {}", command, in_quotes(flag)),
                 near.empty() ? help_hint(command) : fmt::format("did you mean {}?", near));
}

// Lets CLI11 read `arguments`; whatever it throws becomes the answer. Nothing: all were read.
std::optional<Result> read_flags(CLI::App& app, std::string_view command,
                                 std::span<const std::string> arguments) {
  app.get_formatter()->column_width(46);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    return ShowText{app.help(), kExitDone};
  } catch (const CLI::ExtrasError&) {
    return surplus(app, command);
  } catch (const CLI::ArgumentMismatch& error) {  // "--log: 1 required FILE missing"
    const std::string_view text = error.what();
    const bool is_repeated = text.contains("At Most");
    return mistake(printable(text.substr(0, text.find(':'))),
                   is_repeated ? "this is given more than once" : "a value is missing",
                   help_hint(command));
  } catch (const CLI::Error& error) {
    return mistake("", printable(error.what()), help_hint(command));
  }
  return std::nullopt;
}

// --lang, which every command takes.
struct LanguageFlag {
  std::optional<std::string> word;

  void add_to(CLI::App& app, const std::string& says) {
    app.add_option("--lang", word, says)->type_name("en|fr|es|ar");
  }
  // Nothing where it is not given.
  std::expected<std::optional<catalogue::Language>, Error> value() const {
    if (!word) return std::nullopt;
    std::array<std::string_view, catalogue::kLanguages.size()> names;
    std::ranges::transform(catalogue::kLanguages, names.begin(),
                           [](catalogue::Language language) { return name(language); });
    const auto known = one_of("--lang", *word, names);
    if (!known) return std::unexpected(known.error());
    return catalogue::kLanguages[*known];
  }
};

// Records and diagnostics are the same in every language: tools read them.
constexpr const char* kLanguageOfRecords = "taken everywhere; records and messages stay English";

// read_flags(), and --lang is looked at although nothing depends on it.
std::optional<Result> read_flags(CLI::App& app, std::string_view command,
                                 std::span<const std::string> arguments,
                                 const LanguageFlag& language) {
  if (auto answer = read_flags(app, command, arguments)) return answer;
  if (const auto known = language.value(); !known) return std::unexpected(known.error());
  return std::nullopt;
}

void add_admin_flag(CLI::App& app, std::optional<std::string>& word, const std::string& says) {
  app.add_option("--admin", word, says)->type_name("ADDR|off");
}

std::expected<std::optional<AdminOverride>, Error> admin_override(
    const std::optional<std::string>& word) {
  if (!word) return std::nullopt;
  if (*word == "off") return AdminOverride{};
  auto listen = address("--admin", net::parse_listen_address(*word));
  if (!listen) return std::unexpected(listen.error());
  return AdminOverride{*std::move(listen)};
}

struct ProxyFlags {
  std::optional<std::string> config, listen, upstream, workers, admin;
};

std::expected<std::variant<ConfigFile, DirectListener>, Error> source_of(const ProxyFlags& flags) {
  if (flags.config && (flags.listen || flags.upstream)) {
    return mistake("--config", "a file does not go together with --listen and --upstream",
                   "write the listener into the file, or leave --config out");
  }
  if (flags.config) return ConfigFile{*flags.config};
  if (!flags.listen && !flags.upstream) {
    return mistake("", "proxy needs --config FILE, or --listen ADDR and --upstream URL",
                   help_hint("proxy"));
  }
  if (!flags.upstream) {
    return mistake("--listen", "--upstream is missing", "add --upstream ws://host:port");
  }
  if (!flags.listen) {
    return mistake("--upstream", "--listen is missing", "add --listen 127.0.0.1:8080");
  }
  const auto listen = address("--listen", net::parse_listen_address(*flags.listen));
  if (!listen) return std::unexpected(listen.error());
  const auto upstream = address("--upstream", net::parse_upstream(*flags.upstream));
  if (!upstream) return std::unexpected(upstream.error());
  if (net::leads_to(upstream->address, *listen)) {
    return mistake("--upstream", "this is the address that --listen names",
                   "write the address of the service behind it");
  }
  return DirectListener{*listen, *upstream};
}

Result parse_proxy(std::span<const std::string> arguments) {
  CLI::App app("Stands in front of a WebSocket service and logs how each connection ended.",
               "lastframe proxy");
  ProxyFlags flags;
  LogFlags log_flags;
  LanguageFlag language;
  app.footer(kProxyExamples);
  app.add_option("--config", flags.config, "settings in YAML; see config/lastframe.yaml")
      ->type_name("FILE");
  app.add_option("--listen", flags.listen, "127.0.0.1:8080, [::1]:8080, :8080 or unix:/path")
      ->type_name("ADDR");
  app.add_option("--upstream", flags.upstream, "ws://host:port, wss://host:port or unix:/path")
      ->type_name("URL");
  add_log_flags(app, log_flags);
  app.add_option("--workers", flags.workers, "threads that relay (default: one for each CPU)")
      ->type_name("N|auto");
  add_admin_flag(app, flags.admin, "metrics, health and the API (default: off)");
  language.add_to(app, kLanguageOfRecords);
  if (auto answer = read_flags(app, "proxy", arguments, language)) return *std::move(answer);

  ProxyCommand command;
  auto source = source_of(flags);
  if (!source) return std::unexpected(source.error());
  command.source = *std::move(source);
  auto log = log_overrides(log_flags);
  if (!log) return std::unexpected(log.error());
  command.log = *std::move(log);
  if (flags.workers == "auto") {
    command.workers = 0;
  } else if (flags.workers) {
    const auto workers =
        number("--workers", *flags.workers, settings::kWorkers.lowest, settings::kWorkers.highest);
    if (!workers) return std::unexpected(workers.error());
    command.workers = static_cast<unsigned>(*workers);
  }
  auto admin = admin_override(flags.admin);
  if (!admin) return std::unexpected(admin.error());
  command.admin = *std::move(admin);
  return command;
}

Result parse_demo(std::span<const std::string> arguments) {
  CLI::App app("A service that misbehaves in every way, traffic for it, and the proxy in between.",
               "lastframe demo");
  std::optional<std::string> rounds;
  std::optional<std::string> admin;
  bool is_forever = false;
  LogFlags log_flags;
  LanguageFlag language;
  app.footer(kDemoExamples);
  app.add_option("--rounds", rounds, "how often each behaviour is shown (default: 1)")
      ->type_name("N");
  app.add_flag("--forever", is_forever, "go on until SIGINT or SIGTERM");
  add_log_flags(app, log_flags);
  add_admin_flag(app, admin, "metrics, health and the API (default: 127.0.0.1:9464, if free)");
  language.add_to(app, kLanguageOfRecords);
  if (auto answer = read_flags(app, "demo", arguments, language)) return *std::move(answer);

  auto log = log_overrides(log_flags);
  if (!log) return std::unexpected(log.error());
  auto admin_flag = admin_override(admin);
  if (!admin_flag) return std::unexpected(admin_flag.error());
  DemoCommand command{1, *std::move(log), *std::move(admin_flag)};
  if (rounds && is_forever) {
    return mistake("--forever", "--rounds says otherwise", "leave one of the two out");
  }
  if (is_forever) command.rounds.reset();
  if (!rounds) return command;
  const auto parsed = number("--rounds", *rounds, 1, 1'000'000);
  if (!parsed) return std::unexpected(parsed.error());
  command.rounds = *parsed;
  return command;
}

Result parse_check_config(std::span<const std::string> arguments) {
  CLI::App app("Names every mistake in a configuration file.", "lastframe check-config");
  std::optional<std::string> file;
  std::optional<std::string> config;
  bool is_json = false;
  LanguageFlag language;
  app.footer(kCheckConfigExamples);
  app.add_option("FILE", file, "settings in YAML")->type_name("");
  app.add_option("--config", config, "the same")->type_name("FILE");
  app.add_flag("--json", is_json, "mistakes as a JSON array on standard output");
  language.add_to(app, kLanguageOfRecords);
  if (auto answer = read_flags(app, "check-config", arguments, language)) return *std::move(answer);

  if (file && config) {
    return mistake("--config", "the file is named twice", "leave one of the two out");
  }
  if (!file && !config) {
    return mistake("", "check-config needs a file", help_hint("check-config"));
  }
  return CheckConfigCommand{file ? *file : *config,
                            is_json ? MistakeFormat::json : MistakeFormat::text};
}

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

Result parse_ca(std::span<const std::string> arguments) {
  static constexpr auto kActions = std::to_array<std::string_view>({"create", "show"});
  CLI::App app("The local authority that intercepting listeners make certificates under.",
               "lastframe ca");
  std::optional<std::string> action;
  CaCommand command;
  bool is_forced = false;
  bool is_json = false;
  LanguageFlag language;
  app.footer(kCaExamples);
  app.add_option("ACTION", action, "create makes one, show says how clients come to trust it")
      ->type_name("create|show");
  app.add_option("--dir", command.directory, "where ca.pem and ca-key.pem are")->type_name("DIR");
  app.add_flag("--force", is_forced, "with create: in place of the one that is there");
  app.add_flag("--json", is_json, "a JSON object");
  language.add_to(app, kLanguageOfRecords);
  if (auto answer = read_flags(app, "ca", arguments, language)) return *std::move(answer);

  if (!action) return mistake("", "ca needs create or show", help_hint("ca"));
  const auto known = one_of("ca", *action, kActions);
  if (!known) return std::unexpected(known.error());
  command.action = static_cast<CaAction>(*known);
  if (command.directory && command.directory->empty()) {
    return mistake("--dir", "the path is empty", "write a directory, or leave it out");
  }
  if (is_forced && command.action == CaAction::show) {
    return mistake("--force", "show changes nothing", "leave it out");
  }
  if (is_forced) command.existing = ssl::Existing::is_replaced;
  if (is_json) command.format = AnswerFormat::json;
  return command;
}

std::unexpected<Error> not_a_command(std::string_view word) {
  if (std::ranges::find(kLaterCommands, word) != kLaterCommands.end()) {
    return mistake("", fmt::format("the command {} is not in this version yet", word),
                   "see `lastframe --help`");
  }
  if (word.starts_with('-')) {
    return mistake("", fmt::format("lastframe has no flag {} before a command", in_quotes(word)),
                   "write the command first: lastframe proxy ...");
  }
  const std::string_view near = nearest(word, kCommands);
  return mistake("", fmt::format("there is no command {}", in_quotes(word)),
                 near.empty() ? "see `lastframe --help`" : fmt::format("did you mean {}?", near));
}

}  // namespace

std::expected<Command, Error> parse_arguments(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return ShowText{std::string(kHelp), kExitBadUsage};
  const std::string& word = arguments.front();
  if (word == "--help" || word == "-h" || word == "help") return ShowText{std::string(kHelp)};
  if (word == "--version") return ShowText{fmt::format("lastframe {}\n", kVersion)};

  const std::span rest = std::span(arguments).subspan(1);
  if (word == "proxy") return parse_proxy(rest);
  if (word == "demo") return parse_demo(rest);
  if (word == "check-config") return parse_check_config(rest);
  if (word == "explain") return parse_explain(rest);
  if (word == "compare") return parse_compare(rest);
  if (word == "lookup") return parse_lookup(rest);
  if (word == "ca") return parse_ca(rest);
  return not_a_command(word);
}

}  // namespace lastframe::cli
