#include "cli/analyze_arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "cli/help.h"

namespace lastframe::cli {
namespace {

struct AnalyzeFlags {
  std::optional<std::string> format, level, fail_on;
  bool is_json = false;
  LanguageFlag language;
};

void add_flags(CLI::App& app, AnalyzeCommand& command, AnalyzeFlags& flags) {
  app.add_option(
         "FILE", command.files,
         "packet captures (pcap, pcapng), HAR, recordings, session logs; - is standard input")
      ->type_name("");
  app.add_option("--log-level", flags.level, "default: closes")
      ->type_name("closes|violations|messages|frames");
  app.add_option("--log-format", flags.format,
                 "default: text on a terminal, else json, a record a line")
      ->type_name("json|text");
  app.add_flag("--json", flags.is_json, "the same as --log-format json");
  app.add_option("--fail-on", flags.fail_on,
                 "exit with 1 if a rule of this severity or a worse one is broken "
                 "(default: violation)")
      ->type_name("violation|deviation|info|never");
  app.add_option("--key-log", command.key_logs,
                 "secrets of TLS in packet captures (SSLKEYLOGFILE); may be given several times")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_option("--catalogue", command.knowledge.files,
                 "your own rows too; may be given several times")
      ->type_name("FILE")
      ->allow_extra_args(false);
  flags.language.add_to(app, kLanguageOfRecords);
}

}  // namespace

Result parse_analyze(std::span<const std::string> arguments) {
  static constexpr auto kFormats = std::to_array<std::string_view>({"auto", "json", "text"});
  static constexpr auto kLevels =
      std::to_array<std::string_view>({"closes", "violations", "messages", "frames"});
  static constexpr auto kSeverities =
      std::to_array<std::string_view>({"violation", "deviation", "info", "never"});
  CLI::App app("Says of connections in files what the proxy says of those that pass through it.",
               "lastframe analyze");
  AnalyzeCommand command;
  AnalyzeFlags flags;
  app.footer(kAnalyzeExamples);
  add_flags(app, command, flags);
  if (auto answer = read_flags(app, "analyze", arguments, flags.language)) {
    return *std::move(answer);
  }
  if (command.files.empty()) {
    return mistake("", "analyze needs a file, as in `lastframe analyze trace.pcapng`",
                   help_hint("analyze"));
  }
  if (std::ranges::count(command.files, "-") > 1) {
    return mistake("analyze", "standard input is named twice", "write - once");
  }
  if (flags.level) {
    const auto level = one_of("--log-level", *flags.level, kLevels);
    if (!level) return std::unexpected(level.error());
    command.level = static_cast<output::LogLevel>(*level);
  }
  if (flags.format) {
    const auto format = one_of("--log-format", *flags.format, kFormats);
    if (!format) return std::unexpected(format.error());
    command.format = static_cast<output::LogFormat>(*format);
  }
  if (flags.is_json && command.format == output::LogFormat::text) {
    return mistake("--json", "--log-format says otherwise", "leave one of the two out");
  }
  if (flags.is_json) command.format = output::LogFormat::json;
  if (!flags.fail_on) return command;
  const auto severity = one_of("--fail-on", *flags.fail_on, kSeverities);
  if (!severity) return std::unexpected(severity.error());
  command.fail_on = *severity == kSeverities.size() - 1
                        ? std::nullopt
                        : std::optional(static_cast<ws::Severity>(*severity));
  return command;
}

}  // namespace lastframe::cli
