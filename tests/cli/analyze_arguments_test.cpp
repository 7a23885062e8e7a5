#include "cli/analyze_arguments.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

namespace lastframe::cli {
namespace {

AnalyzeCommand parsed(const std::vector<std::string>& arguments) {
  const auto command = parse_arguments(arguments);
  REQUIRE(command.has_value());
  REQUIRE(std::holds_alternative<AnalyzeCommand>(*command));
  return std::get<AnalyzeCommand>(*command);
}

TEST_CASE("each flag of analyze is taken") {
  const AnalyzeCommand plain = parsed({"analyze", "a", "-"});
  CHECK(plain.files == std::vector<std::string>{"a", "-"});
  CHECK(plain.level == output::LogLevel::closes);
  CHECK(plain.format == output::LogFormat::automatic);
  CHECK(plain.fail_on == ws::Severity::violation);
  const AnalyzeCommand full =
      parsed({"analyze", "--log-level", "frames", "--json", "--fail-on", "info", "--catalogue",
              "rows.yaml", "--key-log", "one.log", "--key-log", "two.log", "a"});
  CHECK(full.key_logs == std::vector<std::string>{"one.log", "two.log"});
  CHECK(plain.key_logs.empty());
  CHECK(full.files == std::vector<std::string>{"a"});
  CHECK(full.level == output::LogLevel::frames);
  CHECK(full.format == output::LogFormat::json);
  CHECK(full.fail_on == ws::Severity::info);
  CHECK(full.knowledge.files == std::vector<std::string>{"rows.yaml"});
  CHECK(parsed({"analyze", "a", "--log-format", "text"}).format == output::LogFormat::text);
  CHECK(parsed({"analyze", "a", "--log-format", "json", "--json"}).format ==
        output::LogFormat::json);
  CHECK(parsed({"analyze", "a", "--fail-on", "deviation"}).fail_on == ws::Severity::deviation);
  CHECK(parsed({"analyze", "a", "--fail-on", "never"}).fail_on == std::nullopt);
}

TEST_CASE("mistakes of analyze say what to write") {
  struct Row {
    std::vector<std::string> arguments;
    std::string said;
  };
  for (const Row& row : {
           Row{{"analyze"}, "analyze needs a file"},
           Row{{"analyze", "-", "a", "-"}, "standard input is named twice"},
           Row{{"analyze", "a", "--log-level", "all"}, "--log-level"},
           Row{{"analyze", "a", "--log-format", "xml"}, "--log-format"},
           Row{{"analyze", "a", "--fail-on", "always"}, "--fail-on"},
           Row{{"analyze", "a", "--log-format", "text", "--json"}, "--json"},
           Row{{"analyze", "a", "--follow"}, "--follow"},
       }) {
    CAPTURE(row.said);
    const auto command = parse_arguments(row.arguments);
    REQUIRE_FALSE(command.has_value());
    CHECK(to_text(command.error()).find(row.said) != std::string::npos);
    CHECK_FALSE(command.error().remedy.empty());
  }
}

}  // namespace
}  // namespace lastframe::cli
