#include "cli/check_config_command.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "support/temporary_file.h"

namespace lastframe::cli {
namespace {

struct Run {
  explicit Run(const std::string& file, MistakeFormat format = MistakeFormat::text) {
    std::ostringstream out_stream;
    std::ostringstream err_stream;
    exit_code = run_check_config({file, format}, out_stream, err_stream);
    out = out_stream.str();
    err = err_stream.str();
  }

  int exit_code;
  std::string out;
  std::string err;
};

TEST_CASE("a good file is summed up, one line for each listener") {
  const TemporaryFile file(
      "listeners:\n"
      "  - {name: a, listen: \":1\", upstream: [ws://h, unix:/b]}\n"
      "  - {name: b, listen: \"[::1]:2\", upstream: \"ws://[::2]:3\"}\n");
  const Run run(file.path());
  CHECK(run.exit_code == 0);
  CHECK(run.err == "");
  CHECK(run.out == file.path() +
                       ": no mistakes\n"
                       "  a: :1, reverse -> ws://h:80, then unix:/b\n"
                       "  b: [::1]:2, reverse -> ws://[::2]:3\n");
}

TEST_CASE("mistakes go to standard error, one line each") {
  const TemporaryFile file("listeners: []\nworkers: 0\n");
  const Run run(file.path());
  CHECK(run.exit_code == 2);
  CHECK(run.out == "");
  CHECK(run.err.starts_with(file.path() + ":1: listeners: the list is empty; write "));
  CHECK(run.err.contains("\n" + file.path() + ":2: workers: 0 is out of range; write "));
}

TEST_CASE("mistakes as JSON go to standard output, an empty list for a good file") {
  const TemporaryFile bad("listeners: []\nwork\xff: 0\n");
  const Run run(bad.path(), MistakeFormat::json);
  CHECK(run.exit_code == 2);
  CHECK(run.err == "");
  const auto rows = nlohmann::json::parse(run.out);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0]["file"] == bad.path());
  CHECK(rows[0]["line"] == 1);
  CHECK(rows[0]["key"] == "listeners");
  CHECK(rows[0]["what"] == "the list is empty");
  CHECK(rows[0]["remedy"].get<std::string>().starts_with("write "));
  CHECK(rows[1]["line"] == 2);

  const TemporaryFile good("listeners: [{listen: \":1\", upstream: ws://h}]\n");
  const Run good_run(good.path(), MistakeFormat::json);
  CHECK(good_run.exit_code == 0);
  CHECK(good_run.out == "[]\n");
}

TEST_CASE("a catalogue of the user's own is named, and its mistakes are told with its name") {
  const std::string listeners = "listeners: [{listen: \":1\", upstream: ws://h}]\n";
  const TemporaryFile mine("headings: [{id: h, text: {en: a}}]\n");
  const TemporaryFile good(listeners + "catalogue: [" + mine.path() + "]\n");
  const Run run(good.path());
  CHECK(run.exit_code == 0);
  CHECK(run.out.ends_with("\n  catalogue: " + mine.path() + "\n"));

  const TemporaryFile wrong("headings:\n  - {id: h}\n");
  const TemporaryFile bad(listeners + "catalogue: [" + wrong.path() + ", /nonexistent/b.yaml]\n");
  const Run text(bad.path());
  CHECK(text.exit_code == 2);
  CHECK(text.err.starts_with(bad.path() + ":2: catalogue[1]: "));
  CHECK(text.err.contains("\n" + wrong.path() + ":2: headings[0].text: this key is missing; "));
  const Run json(bad.path(), MistakeFormat::json);
  const auto rows = nlohmann::json::parse(json.out);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0]["file"] == bad.path());
  CHECK(rows[0]["key"] == "catalogue[1]");
  CHECK(rows[1]["file"] == wrong.path());
  CHECK(rows[1]["line"] == 2);
  CHECK(rows[1]["key"] == "headings[0].text");
}

TEST_CASE("a file that is not there is a mistake without a line") {
  const Run text("/nonexistent/a.yaml");
  CHECK(text.exit_code == 2);
  CHECK(text.err.starts_with("/nonexistent/a.yaml: "));
  const Run json("/nonexistent/a.yaml", MistakeFormat::json);
  CHECK(json.exit_code == 2);
  const auto rows = nlohmann::json::parse(json.out);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0]["file"] == "/nonexistent/a.yaml");
  CHECK(rows[0]["line"].is_null());
  CHECK(rows[0]["key"].is_null());
}

}  // namespace
}  // namespace lastframe::cli
