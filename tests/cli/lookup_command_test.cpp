#include "cli/lookup_command.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/captured_run.h"

namespace lastframe::cli {
namespace {

using test::CapturedRun;

CapturedRun looked_up(const std::string& text, AnswerFormat format = AnswerFormat::text,
                      const Surroundings& surroundings = test::sample_surroundings()) {
  return {run_lookup, LookupCommand{text, format, {}}, surroundings};
}

TEST_CASE("a text that is known is found, as lines or as a JSON object") {
  const CapturedRun page = looked_up("keepalive ping timeout");
  CHECK(page.exit_code == 0);
  CHECK(page.err == "");
  CHECK(page.out.starts_with("1. \"keepalive ping timeout\" (reason, "));
  const CapturedRun json = looked_up("keepalive ping timeout", AnswerFormat::json);
  CHECK(json.exit_code == 0);
  CHECK(json.out.find('\n') == json.out.size() - 1);
  CHECK(nlohmann::json::parse(json.out)["matches"][0]["id"] == "python_websockets_keepalive");
}

TEST_CASE("nothing found is exit code 1, and still an answer") {
  const CapturedRun page = looked_up("quetzalcoatl");
  CHECK(page.exit_code == 1);
  CHECK(page.out == "Nothing known matches \"quetzalcoatl\".\n");
  CHECK(page.err == "");
  const CapturedRun json = looked_up("quetzalcoatl", AnswerFormat::json);
  CHECK(json.exit_code == 1);
  CHECK(nlohmann::json::parse(json.out)["matches"].empty());
}

TEST_CASE("each mistake of a catalogue is said in a line") {
  const CapturedRun run = looked_up("keepalive", AnswerFormat::text, test::broken_surroundings());
  CHECK(run.exit_code == 2);
  CHECK(run.out == "");
  CHECK(run.err == "lastframe: built in:1: codes: no list\nlastframe: built in:2: id: no\n");
}

}  // namespace
}  // namespace lastframe::cli
