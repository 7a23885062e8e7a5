#include "cli/demo_command.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/temporary_file.h"
#include "tools/demo_scenario.h"

using namespace lastframe;
using namespace lastframe::cli;

namespace {

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// One of the standard streams goes to a file as long as this lives.
class Redirected {
 public:
  Redirected(std::FILE* stream, int fd) : stream_(stream), fd_(fd), before_(::dup(fd)) {
    std::fflush(stream_);
    std::FILE* file = std::fopen(file_.path().c_str(), "w");
    ::dup2(::fileno(file), fd_);
    std::fclose(file);
  }
  ~Redirected() {
    std::fflush(stream_);
    ::dup2(before_, fd_);
    ::close(before_);
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;

  std::vector<std::string> lines() const {
    std::fflush(stream_);
    return lines_of(file_.path());
  }

 private:
  TemporaryFile file_{""};
  std::FILE* stream_;
  int fd_;
  int before_;
};

struct Said {
  int exit_code = -1;
  std::vector<std::string> out;
  std::vector<std::string> diagnostics;
};

Said run(const DemoCommand& command) {
  const Redirected out(stdout, STDOUT_FILENO);
  const Redirected diagnostics(stderr, STDERR_FILENO);
  const int exit_code = run_demo(command);
  return {exit_code, out.lines(), diagnostics.lines()};
}

DemoCommand command_with(std::optional<std::uint64_t> rounds, output::LogFormat format) {
  return {.rounds = rounds, .log = {.file = {}, .level = {}, .format = format}};
}

std::size_t records_of_a_round() {
  std::size_t count = 0;
  for (const auto& scenario : tools::demo_scenarios()) count += scenario.expected ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("a round in JSON: a line for each record, the summary last") {
  const Said said = run(command_with(1, output::LogFormat::json));
  CHECK(said.exit_code == kExitDone);
  REQUIRE(said.out.size() == records_of_a_round() + 1);
  std::size_t count = 0;
  for (const std::string& line : said.out) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    REQUIRE_FALSE(json.is_discarded());
    CHECK((json["event"] == "summary") == (&line == &said.out.back()));
    if (json["event"] != "summary") continue;
    CHECK(json["connections"] == records_of_a_round());
    for (const auto& close : json["closes"]) count += close["count"].get<std::size_t>();
  }
  CHECK(count == records_of_a_round());
}

TEST_CASE("the intro goes to standard error, with the ready lines of both listeners") {
  const Said said = run(command_with(1, output::LogFormat::json));
  int listening = 0;
  for (const std::string& line : said.diagnostics) {
    CAPTURE(line);
    CHECK_FALSE(line.starts_with("lastframe: "));
    if (line.starts_with("listening demo 127.0.0.1:") ||
        line.starts_with("listening unreachable 127.0.0.1:")) {
      ++listening;
    }
  }
  CHECK(listening == 2);
}

TEST_CASE("two rounds in text: every line once more, and a table without colours") {
  const Said said = run(command_with(2, output::LogFormat::text));
  CHECK(said.exit_code == kExitDone);
  const auto end = std::ranges::find(said.out, "");
  const auto records = std::ranges::count_if(said.out.begin(), end,
                                             [](const auto& l) { return !l.starts_with(' '); });
  const auto causes = std::ranges::count_if(
      said.out.begin(), end, [](const auto& l) { return l.starts_with("    cause  "); });
  CHECK(records == static_cast<std::ptrdiff_t>(2 * records_of_a_round()));
  CHECK(causes == records);
  REQUIRE(said.out.end() - end > 1);
  CHECK((end + 1)->starts_with(" code  name"));
  CHECK(said.out.back().find(std::to_string(records)) != std::string::npos);
  for (const std::string& line : said.out) CHECK(line.find('\x1b') == std::string::npos);
}

TEST_CASE("records go to the file that --log names, the summary to standard output") {
  const TemporaryFile file("");
  DemoCommand command = command_with(1, output::LogFormat::json);
  command.log.file = file.path();
  const Said said = run(command);
  CHECK(said.exit_code == kExitDone);
  CHECK(said.out.size() == 1);
  CHECK(lines_of(file.path()).size() == records_of_a_round());
}

TEST_CASE("SIGINT ends an endless demo with its summary, and exit code 0") {
  sigset_t interrupt;
  sigset_t before;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  pthread_sigmask(SIG_BLOCK, &interrupt, &before);
  ::kill(::getpid(), SIGINT);  // waits until the demo looks for it
  const Said said = run(command_with(std::nullopt, output::LogFormat::json));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  CHECK(said.exit_code == kExitDone);
  REQUIRE(said.out.size() == 1);
  CHECK(said.out.front() == R"({"event":"summary","connections":0,"closes":[]})");
}

TEST_CASE("a log that cannot be opened is a start that is not possible") {
  DemoCommand command = command_with(1, output::LogFormat::json);
  command.log.file = "/nonexistent/folder/log";
  const Said said = run(command);
  CHECK(said.exit_code == kExitBadUsage);
  CHECK(said.out.empty());
  REQUIRE(said.diagnostics.size() == 1);
  CHECK(said.diagnostics.front().starts_with("lastframe: log file /nonexistent/folder/log"));
}
