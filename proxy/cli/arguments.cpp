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

constexpr auto kCommands =
    std::to_array<std::string_view>({"proxy", "demo", "check-config", "explain"});
constexpr auto kLaterCommands = std::to_array<std::string_view>(
    {"compare", "lookup", "analyze", "report", "diff", "probe", "echo", "ca"});

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

std::expected<net::Address, Error> address(std::string_view flag,
                                           std::expected<net::Address, Error> parsed) {
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
                                 std::span<const std::string> arguments,
                                 const std::string& language) {
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
  static constexpr auto kLanguages = std::to_array<std::string_view>({"en", "fr", "es", "ar"});
  const auto known = one_of("--lang", language, kLanguages);
  if (!known) return std::unexpected(known.error());
  if (*known != 0) {
    return mistake("--lang", in_quotes(language) + " is not in this version yet", "write en");
  }
  return std::nullopt;
}

void add_language(CLI::App& app, std::string& language) {
  app.add_option("--lang", language, "the language of texts: en")->type_name("LANGUAGE");
  app.get_formatter()->column_width(46);
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
  if (net::leads_to(*upstream, *listen)) {
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
  std::string language = "en";
  app.footer(kProxyExamples);
  app.add_option("--config", flags.config, "settings in YAML; see config/lastframe.yaml")
      ->type_name("FILE");
  app.add_option("--listen", flags.listen, "127.0.0.1:8080, [::1]:8080, :8080 or unix:/path")
      ->type_name("ADDR");
  app.add_option("--upstream", flags.upstream, "ws://host:port or unix:/path")->type_name("URL");
  add_log_flags(app, log_flags);
  app.add_option("--workers", flags.workers, "threads that relay (default: one for each CPU)")
      ->type_name("N|auto");
  app.add_option("--admin", flags.admin, "off is all it can be in this version")->type_name("off");
  add_language(app, language);
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
  if (flags.admin && *flags.admin != "off") {
    return mistake("--admin", "this version has no admin port yet", "leave it out, or write off");
  }
  return command;
}

Result parse_demo(std::span<const std::string> arguments) {
  CLI::App app("A service that misbehaves in every way, traffic for it, and the proxy in between.",
               "lastframe demo");
  std::optional<std::string> rounds;
  bool is_forever = false;
  LogFlags log_flags;
  std::string language = "en";
  app.footer(kDemoExamples);
  app.add_option("--rounds", rounds, "how often each behaviour is shown (default: 1)")
      ->type_name("N");
  app.add_flag("--forever", is_forever, "go on until SIGINT or SIGTERM");
  add_log_flags(app, log_flags);
  add_language(app, language);
  if (auto answer = read_flags(app, "demo", arguments, language)) return *std::move(answer);

  auto log = log_overrides(log_flags);
  if (!log) return std::unexpected(log.error());
  DemoCommand command{1, *std::move(log)};
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
  std::string language = "en";
  app.footer(kCheckConfigExamples);
  app.add_option("FILE", file, "settings in YAML")->type_name("");
  app.add_option("--config", config, "the same")->type_name("FILE");
  app.add_flag("--json", is_json, "mistakes as a JSON array on standard output");
  add_language(app, language);
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

Result parse_explain(std::span<const std::string> arguments) {
  CLI::App app("Says what a rule of the protocol demands, what breaks it, and what is legal.",
               "lastframe explain");
  std::optional<std::string> word;
  bool is_list = false;
  bool is_json = false;
  bool is_markdown = false;
  std::string language = "en";
  app.footer(kExplainExamples);
  app.add_option("RULE", word, "its id or its name, as a record has them")->type_name("");
  app.add_flag("--list", is_list, "all rules, one a line");
  app.add_flag("--json", is_json, "a JSON object; with --list, an array of them");
  // Only for the script that makes docs/rules.md: an empty group is not shown.
  app.add_flag("--markdown", is_markdown)->group("");
  add_language(app, language);
  if (auto answer = read_flags(app, "explain", arguments, language)) return *std::move(answer);

  if (word && (is_list || is_markdown)) {
    return mistake(is_list ? "--list" : "--markdown",
                   fmt::format("this is about all rules, not {}", in_quotes(*word)),
                   "leave one of the two out");
  }
  if (is_json && is_markdown) {
    return mistake("--json", "--markdown says otherwise", "leave one of the two out");
  }
  if (is_markdown) return ExplainCommand{std::nullopt, ExplainFormat::markdown};
  if (!word && !is_list) {
    return mistake("", "explain needs a rule, as in `lastframe explain FR-01`, or --list",
                   help_hint("explain"));
  }
  return ExplainCommand{std::move(word), is_json ? ExplainFormat::json : ExplainFormat::text};
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
  return not_a_command(word);
}

}  // namespace lastframe::cli
