#include "cli/diff_command.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "support/diff_pcap.h"
#include "support/temporary_file.h"

namespace lastframe::cli {
namespace {

using test::said;
using test::Seen;

Seen chat(std::string_view text) {
  return {.frames = {said(Endpoint::client, ws::Opcode::text, "hello"),
                     said(Endpoint::server, ws::Opcode::text, text)}};
}

struct Run {
  Run(const Seen& before, const Seen& after, DiffCommand command = {})
      : Run(test::pcap_of_seen({before}), test::pcap_of_seen({after}), std::move(command)) {}
  Run(const std::string& before, const std::string& after, DiffCommand command = {}) {
    const TemporaryFile first(before);
    const TemporaryFile second(after);
    command.before = first.path();
    command.after = second.path();
    std::ostringstream out_stream;
    std::ostringstream err_stream;
    exit_code = run_diff(command, output::Colour::off, out_stream, err_stream);
    out = out_stream.str();
    err = err_stream.str();
  }

  int exit_code = 0;
  std::string out;
  std::string err;
};

TEST_CASE("captures of the same bytes are transparent") {
  const Run run(chat("world"), chat("world"));
  CHECK(run.exit_code == kExitDone);
  CHECK(run.err.empty());
  CHECK(run.out.starts_with("1 connection was found in both captures, 1 transparent."));
}

TEST_CASE("a changed payload is named, with the exit code 1") {
  const Run run(chat("wOrld"), chat("world"), {.names = std::array<std::string, 2>{"edge", "app"}});
  CHECK(run.exit_code == kExitFoundSomething);
  CHECK(run.out.find("[altered] The hop between edge and app changed a payload") !=
        std::string::npos);
}

TEST_CASE("the exit code is that of the severity that is asked for") {
  Seen via = chat("world");
  via.request = test::with_header(via.request, "Via: 1.1 hop");
  using enum diff::Severity;
  CHECK(Run(chat("world"), via).exit_code == kExitDone);
  CHECK(Run(chat("world"), via, {.fail_on = reframed}).exit_code == kExitFoundSomething);
  CHECK(Run(chat("wOrld"), chat("world"), {.fail_on = corrupted}).exit_code == kExitDone);
  CHECK(Run(chat("world"), chat("world"), {.fail_on = reframed}).exit_code == kExitDone);
}

TEST_CASE("JSON is one object") {
  const Run run(chat("wOrld"), chat("world"), {.format = AnswerFormat::json});
  const auto json = nlohmann::json::parse(run.out);
  CHECK(json["severity"] == "altered");
  CHECK(json["captures"]["before"]["name"] == "BEFORE");
  CHECK(json["connections"][0]["findings"][0]["kind"] == "payload_changed");
}

TEST_CASE("captures that have no connection in common are an error") {
  Seen other;
  other.request = test::replaced(other.request, "dGhl", "aGhl");
  other.response = test::replaced(other.response, "s3pP", "S3pP");
  const Run run(chat("world"), other);
  CHECK(run.exit_code == kExitBadUsage);
  CHECK(run.err.find("no connection of one capture was found in the other; take both") !=
        std::string::npos);
}

TEST_CASE("a file that is no capture is an error") {
  const Run run("nothing", "nothing");
  CHECK(run.exit_code == kExitBadUsage);
  CHECK(run.err.find("this is no capture") != std::string::npos);
}

}  // namespace
}  // namespace lastframe::cli
