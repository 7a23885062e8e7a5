#include "cli/report_command.h"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "support/captured_run.h"
#include "support/log_lines.h"
#include "support/temporary_folder.h"

namespace lastframe::cli {
namespace {

using test::CapturedRun;

std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class Logs {
 public:
  std::string add(const std::string& name, const std::string& text) {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }
  std::string path(const std::string& name) const { return folder_.file(name); }

 private:
  test::TemporaryFolder folder_;
};

TEST_CASE("logs are summed up in each format") {
  Logs logs;
  ReportCommand command;
  command.logs = {logs.add("a", test::LogLine{}.text() + "\n"),
                  logs.add("b", test::silent_end(60).text() + "\n")};
  const CapturedRun text(run_report, command);
  CHECK(text.exit_code == 0);
  CHECK(text.err == "");
  CHECK(text.out.starts_with("Closes are not normal: 1 of 2 connections"));
  command.format = ReportFormat::json;
  const CapturedRun json(run_report, command);
  CHECK(nlohmann::json::parse(json.out)["connections"]["all"] == 2);
  CHECK(json.out.ends_with("}\n"));
  command.format = ReportFormat::html;
  CHECK(CapturedRun(run_report, command).out.starts_with("<!DOCTYPE html>"));
  command.format = ReportFormat::json;
  command.file = logs.path("report.json");
  const CapturedRun filed(run_report, command);
  CHECK(filed.exit_code == 0);
  CHECK(filed.out == "");
  CHECK(content(*command.file) == json.out);
}

TEST_CASE("one log that cannot be read does not keep the others from being summed up") {
  Logs logs;
  ReportCommand command;
  command.logs = {logs.path("missing"), logs.add("a", test::LogLine{}.text() + "\n")};
  const CapturedRun run(run_report, command);
  CHECK(run.exit_code == 2);
  CHECK(run.err.contains("missing: this log cannot be read: No such file or directory"));
  CHECK(run.out.starts_with("Closes are normal"));
}

TEST_CASE("no log, no record and no place for the report are errors with a remedy") {
  Logs logs;
  ReportCommand command;
  command.logs = {logs.path("missing")};
  CapturedRun run(run_report, command);
  CHECK(run.exit_code == 2);
  CHECK(run.out == "");
  CHECK(run.err.contains("report: no log could be read; name files"));
  command.logs = {logs.add("empty", ""), logs.add("other", "{\"event\":\"else\"}\nx\n")};
  run = CapturedRun(run_report, command);
  CHECK(run.exit_code == 2);
  CHECK(run.out == "");
  CHECK(run.err.contains("other:2: this line is no record"));
  CHECK(run.err.contains("report: no record in these logs; name JSON lines"));
  command.logs = {logs.add("a", test::LogLine{}.text() + "\n")};
  command.file = logs.path("no/such/folder");
  run = CapturedRun(run_report, command);
  CHECK(run.exit_code == 2);
  CHECK(run.err.contains("the report cannot be written: No such file or directory"));
}

TEST_CASE("each mistake of a catalogue is said in a line") {
  ReportCommand command;
  command.logs = {"x"};
  const CapturedRun run(run_report, command, test::broken_surroundings());
  CHECK(run.exit_code == 2);
  CHECK(run.err == "lastframe: built in:1: codes: no list\nlastframe: built in:2: id: no\n");
}

}  // namespace
}  // namespace lastframe::cli
