#include "cli/report_arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "cli/flags.h"
#include "cli/help.h"

namespace lastframe::cli {
namespace {

constexpr std::uint64_t kMostRows = 1000;

struct ReportFlags {
  std::optional<std::string> format, top;
  bool is_json = false;
  LanguageFlag language;
};

void add_flags(CLI::App& app, ReportCommand& command, ReportFlags& flags) {
  app.add_option("LOG", command.logs, "JSON lines as the proxy writes them; - is standard input")
      ->type_name("");
  app.add_option("--format", flags.format, "default: text")->type_name("text|json|html");
  app.add_flag("--json", flags.is_json, "the same as --format json");
  app.add_option("--output", command.file, "where the report goes (default: standard output)")
      ->type_name("FILE");
  app.add_option("--top", flags.top, "rows of each table (default: 10)")->type_name("N");
  app.add_option("--catalogue", command.knowledge.files,
                 "your own rows too; may be given several times")
      ->type_name("FILE")
      ->allow_extra_args(false);
  flags.language.add_to(app, kLanguageOfRecords);
}

std::expected<ReportFormat, Error> format_of(const ReportFlags& flags) {
  static constexpr auto kFormats = std::to_array<std::string_view>({"text", "json", "html"});
  if (!flags.format) return flags.is_json ? ReportFormat::json : ReportFormat::text;
  const auto known = one_of("--format", *flags.format, kFormats);
  if (!known) return std::unexpected(known.error());
  const auto format = static_cast<ReportFormat>(*known);
  if (flags.is_json && format != ReportFormat::json) {
    return mistake("--json", "--format says otherwise", "leave one of the two out");
  }
  return format;
}

}  // namespace

Result parse_report(std::span<const std::string> arguments) {
  CLI::App app("Merges session logs into one summary: what is wrong, why, and what to do.",
               "lastframe report");
  ReportCommand command;
  ReportFlags flags;
  app.footer(kReportExamples);
  add_flags(app, command, flags);
  if (auto answer = read_flags(app, "report", arguments, flags.language)) return *std::move(answer);

  if (command.logs.empty()) {
    return mistake("", "report needs a log, as in `lastframe report closes.jsonl`",
                   help_hint("report"));
  }
  if (std::ranges::count(command.logs, "-") > 1) {
    return mistake("report", "standard input is named twice", "write - once");
  }
  if (command.file && command.file->empty()) {
    return mistake("--output", "the path is empty", "write a path, or leave it out");
  }
  const auto format = format_of(flags);
  if (!format) return std::unexpected(format.error());
  command.format = *format;
  if (!flags.top) return command;
  const auto top = number("--top", *flags.top, 1, kMostRows);
  if (!top) return std::unexpected(top.error());
  command.top = *top;
  return command;
}

}  // namespace lastframe::cli
