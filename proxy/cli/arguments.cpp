#include "cli/arguments.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "cli/analyze_arguments.h"
#include "cli/diff_arguments.h"
#include "cli/flags.h"
#include "cli/help.h"
#include "cli/knowledge_arguments.h"
#include "cli/probe_arguments.h"
#include "cli/report_arguments.h"
#include "cli/version.h"
#include "core/base/words.h"
#include "settings/quantities.h"
#include "settings/sections.h"

namespace lastframe::cli {
namespace {

constexpr auto kCommands = std::to_array<std::string_view>(
    {"proxy", "demo", "check-config", "explain", "compare", "lookup", "analyze", "report", "diff",
     "ca", "health", "probe", "echo"});
constexpr std::chrono::milliseconds kLowestHealthTimeout{1};
constexpr std::chrono::milliseconds kHighestHealthTimeout = std::chrono::hours{1};

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
  std::optional<std::string> config, listen, upstream, workers, admin, capture;
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
  log_flags.add_to(app);
  app.add_option("--workers", flags.workers, "threads that relay (default: one for each CPU)")
      ->type_name("N|auto");
  add_admin_flag(app, flags.admin, "metrics, health and the API (default: off)");
  app.add_option("--capture", flags.capture,
                 "where the last frames of connections that end badly are written, without payload")
      ->type_name("FOLDER");
  language.add_to(app, kLanguageOfRecords);
  if (auto answer = read_flags(app, "proxy", arguments, language)) return *std::move(answer);

  ProxyCommand command;
  auto source = source_of(flags);
  if (!source) return std::unexpected(source.error());
  command.source = *std::move(source);
  auto log = log_flags.overrides();
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
  if (flags.capture && flags.capture->empty()) {
    return mistake("--capture", "the path is empty", "write the path of a folder");
  }
  command.capture = flags.capture;
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
  log_flags.add_to(app);
  add_admin_flag(app, admin, "metrics, health and the API (default: 127.0.0.1:9464, if free)");
  language.add_to(app, kLanguageOfRecords);
  if (auto answer = read_flags(app, "demo", arguments, language)) return *std::move(answer);

  auto log = log_flags.overrides();
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

Result parse_health(std::span<const std::string> arguments) {
  CLI::App app("Asks a running proxy's admin port whether it is alive, or ready.",
               "lastframe health");
  std::string admin = "127.0.0.1:9464";
  std::string timeout = "3s";
  bool is_ready_asked = false;
  bool is_json = false;
  LanguageFlag language;
  app.footer(kHealthExamples);
  app.add_option("--admin", admin, "where the admin port is (default: 127.0.0.1:9464)")
      ->type_name("ADDR");
  app.add_flag("--ready", is_ready_asked, "whether it takes connections: /readyz, not /healthz");
  app.add_option("--timeout", timeout, "how long to wait for the answer (default: 3s)")
      ->type_name("TIME");
  app.add_flag("--json", is_json, "a JSON object");
  language.add_to(app, kLanguageOfRecords);
  if (auto answer = read_flags(app, "health", arguments, language)) return *std::move(answer);

  const auto at = address("--admin", net::parse_listen_address(admin));
  if (!at) return std::unexpected(at.error());
  const auto* tcp = std::get_if<net::TcpAddress>(&*at);
  if (tcp != nullptr && tcp->port == 0) {
    return mistake("--admin", "nothing listens on port 0",
                   "write the port of the proxy's line `admin ADDR`");
  }
  const auto wait = address("--timeout", settings::parse_duration(timeout));
  if (!wait) return std::unexpected(wait.error());
  if (*wait < kLowestHealthTimeout || *wait > kHighestHealthTimeout) {
    return mistake("--timeout", fmt::format("{} is out of range", in_quotes(timeout)),
                   "write a time from 1ms to 1h");
  }
  return HealthCommand{*at, is_ready_asked ? Probe::ready : Probe::alive, *wait,
                       is_json ? AnswerFormat::json : AnswerFormat::text};
}

std::unexpected<Error> not_a_command(std::string_view word) {
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
  if (word == "analyze") return parse_analyze(rest);
  if (word == "report") return parse_report(rest);
  if (word == "diff") return parse_diff(rest);
  if (word == "ca") return parse_ca(rest);
  if (word == "health") return parse_health(rest);
  if (word == "probe") return parse_probe(rest);
  if (word == "echo") return parse_echo(rest);
  return not_a_command(word);
}

}  // namespace lastframe::cli