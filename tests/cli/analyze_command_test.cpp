#include "cli/analyze_command.h"

#include <doctest/doctest.h>

#include <fstream>
#include <optional>
#include <string>

#include "support/captured_run.h"
#include "support/temporary_file.h"

namespace lastframe::cli {
namespace {

using test::CapturedRun;

std::string end_with(const std::string& violations) {
  return R"({"event":"session_end","close":{"code":1000,"name":"normal_closure"},"violations":[)" +
         violations + "]}\n";
}

int exit_code_of(const std::string& log, std::optional<ws::Severity> fail_on) {
  const TemporaryFile file(log);
  AnalyzeCommand command;
  command.files = {file.path()};
  command.fail_on = fail_on;
  return CapturedRun(run_analyze, command).exit_code;
}

TEST_CASE("the exit code says whether a rule of the asked severity or a worse one was broken") {
  using ws::Severity;
  const std::string fine = end_with("");
  const std::string deviation = end_with(R"({"severity":"deviation"})");
  struct Row {
    std::string log;
    std::optional<Severity> fail_on;
    int exit_code;
  };
  for (const Row& row : {
           Row{fine, Severity::info, 0},
           Row{deviation, Severity::violation, 0},
           Row{deviation, Severity::deviation, 1},
           Row{deviation, Severity::info, 1},
           Row{deviation, std::nullopt, 0},
           Row{end_with(R"({"severity":"violation"})"), Severity::violation, 1},
           Row{end_with(R"({"severity":"info"})"), Severity::deviation, 0},
       }) {
    CAPTURE(row.log);
    CHECK(exit_code_of(row.log, row.fail_on) == row.exit_code);
  }
}

TEST_CASE("records go to standard output, the summary to standard error") {
  const TemporaryFile file(end_with("") + end_with(R"({"severity":"info"})"));
  AnalyzeCommand command;
  command.files = {file.path()};
  command.format = output::LogFormat::json;
  const CapturedRun json(run_analyze, command);
  CHECK(json.exit_code == 0);
  CHECK(json.out == end_with("") + end_with(R"({"severity":"info"})"));
  CHECK(json.err == "analyzed: 0 connections, 2 records, 1 with broken rules; 1000: 2\n");
  command.format = output::LogFormat::text;
  CHECK(CapturedRun(run_analyze, command).out.find("1000 normal_closure") != std::string::npos);
}

TEST_CASE("a file that cannot be read costs the exit code, and the others are read") {
  const TemporaryFile file(end_with(R"({"severity":"violation"})"));
  AnalyzeCommand command;
  command.files = {"/nowhere/a.lfr", file.path()};
  command.format = output::LogFormat::json;
  const CapturedRun run(run_analyze, command);
  CHECK(run.exit_code == 2);
  CHECK(run.out == end_with(R"({"severity":"violation"})"));
  CHECK(run.err.starts_with("lastframe: /nowhere/a.lfr: this file cannot be read: No such file"));
}

TEST_CASE("a catalogue that is not there ends the command before it reads anything") {
  AnalyzeCommand command;
  command.files = {"/nowhere/a.lfr"};
  command.knowledge.files = {"/nowhere/rows.yaml"};
  const CapturedRun run(run_analyze, command, test::broken_surroundings());
  CHECK(run.exit_code == 2);
  CHECK(run.out == "");
  CHECK(run.err.find("/nowhere/rows.yaml") != std::string::npos);
  CHECK(run.err.find("analyzed") == std::string::npos);
}

}  // namespace
}  // namespace lastframe::cli
