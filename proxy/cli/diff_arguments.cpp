#include "cli/diff_arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "cli/flags.h"
#include "cli/help.h"
#include "core/base/words.h"
#include "settings/quantities.h"

namespace lastframe::cli {
namespace {

constexpr std::uint64_t kMostShown = 100'000;

struct DiffFlags {
  std::vector<std::string> files, key_logs;
  std::optional<std::string> names, fail_on, delay, top;
  bool is_json = false;
  bool is_live = false;
  LanguageFlag language;
};

void add_flags(CLI::App& app, DiffFlags& flags) {
  app.add_option(
         "BEFORE AFTER", flags.files,
         "captures on the client's and on the server's side of the hop; - is standard input")
      ->type_name("");
  app.add_flag("--json", flags.is_json, "a JSON object; with --live a line for each connection");
  app.add_flag("--live", flags.is_live, "go on reading while the files grow, until SIGINT");
  app.add_option("--names", flags.names, "what the two taps are called (default: their own names)")
      ->type_name("A,B");
  app.add_option("--fail-on", flags.fail_on,
                 "the least that makes the exit code 1 (default: altered)")
      ->type_name("reframed|altered|corrupted");
  app.add_option("--delay", flags.delay,
                 "messages held back longer are told, and ends further apart (default: 1s)")
      ->type_name("TIME");
  app.add_option("--top", flags.top, "connections that are shown in text (default: 20)")
      ->type_name("N");
  app.add_option("--key-log", flags.key_logs,
                 "secrets of TLS in packet captures (SSLKEYLOGFILE); may be given several times")
      ->type_name("FILE")
      ->allow_extra_args(false);
  flags.language.add_to(app, kLanguageOfRecords);
}

std::expected<void, Error> take_names(const std::string& text, DiffCommand& command) {
  const std::size_t comma = text.find(',');
  const bool is_pair = comma != std::string::npos && comma > 0 && comma + 1 < text.size() &&
                       text.find(',', comma + 1) == std::string::npos;
  if (!is_pair) {
    return mistake("--names", in_quotes(text) + " is not two names", "write them as in edge,app");
  }
  command.names = std::array{text.substr(0, comma), text.substr(comma + 1)};
  return {};
}

std::expected<void, Error> take_values(const DiffFlags& flags, DiffCommand& command) {
  static constexpr auto kSeverities =
      std::to_array<std::string_view>({"transparent", "reframed", "altered", "corrupted"});
  if (flags.names) {
    if (auto taken = take_names(*flags.names, command); !taken) return taken;
  }
  if (flags.fail_on) {
    const auto severity = one_of("--fail-on", *flags.fail_on, std::span(kSeverities).subspan(1));
    if (!severity) return std::unexpected(severity.error());
    command.fail_on = static_cast<diff::Severity>(*severity + 1);
  }
  if (flags.delay) {
    const auto delay = address("--delay", settings::parse_duration(*flags.delay));
    if (!delay) return std::unexpected(delay.error());
    command.delay = *delay;
  }
  if (flags.top) {
    const auto top = number("--top", *flags.top, 1, kMostShown);
    if (!top) return std::unexpected(top.error());
    command.top = *top;
  }
  return {};
}

}  // namespace

Result parse_diff(std::span<const std::string> arguments) {
  CLI::App app("Says what stands between two taps did to WebSocket connections.", "lastframe diff");
  DiffFlags flags;
  app.footer(kDiffExamples);
  add_flags(app, flags);
  if (auto answer = read_flags(app, "diff", arguments, flags.language)) return *std::move(answer);

  if (flags.files.size() != 2) {
    return mistake("", "diff needs two captures, as in `lastframe diff edge.pcap app.pcap`",
                   help_hint("diff"));
  }
  DiffCommand command{.before = flags.files[0], .after = flags.files[1]};
  if (command.before == "-" && command.after == "-") {
    return mistake("diff", "standard input is named twice", "name a file in place of one");
  }
  if (flags.is_live && (command.before == "-" || command.after == "-")) {
    return mistake("--live", "standard input cannot be followed", "name two files");
  }
  command.format = flags.is_json ? AnswerFormat::json : AnswerFormat::text;
  command.is_live = flags.is_live;
  command.key_logs = flags.key_logs;
  if (auto taken = take_values(flags, command); !taken) return std::unexpected(taken.error());
  return command;
}

}  // namespace lastframe::cli
