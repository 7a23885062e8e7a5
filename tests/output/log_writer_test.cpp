#include "output/log_writer.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/sample_report.h"
#include "support/temporary_folder.h"
#include "support/waiting.h"

namespace lastframe::output {
namespace {

using test::TemporaryFolder;
using test::wait_until;

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

LogFile opened(const std::string& path) {
  auto file = LogFile::open(path);
  REQUIRE(file.has_value());
  return std::move(*file);
}

session::SessionReport report_with(std::uint64_t id) {
  session::SessionReport report = full_report();
  report.id = id;
  return report;
}

TEST_CASE("what the levels say grows from level to level") {
  for (const LogLevel level :
       {LogLevel::closes, LogLevel::violations, LogLevel::messages, LogLevel::frames}) {
    const session::Interest interest = interest_of({.level = level});
    CHECK_FALSE(interest.starts);
    CHECK(interest.violations == (level >= LogLevel::violations));
    CHECK(interest.messages == (level >= LogLevel::messages));
    CHECK(interest.frames == (level == LogLevel::frames));
  }
  CHECK(interest_of({.starts = true}).starts);
  CHECK(interest_of({}, true).violations);
}

struct Told final : RecordTap {
  void on_record(const session::SessionReport* report, std::string_view json) override {
    auto seen = nlohmann::json::parse(json).at("event").get<std::string>();
    CHECK((report != nullptr) == (seen == "session_end"));
    events.push_back(std::move(seen));
  }
  std::vector<std::string> events;
};

TEST_CASE("taps are given JSON of what ends and what breaks a rule, whatever the log says") {
  const std::vector<std::string> all{"violation", "session_end", "mass_close"};
  for (const LogFormat format : {LogFormat::json, LogFormat::text}) {
    for (const LogLevel level : {LogLevel::closes, LogLevel::violations, LogLevel::frames}) {
      CAPTURE(static_cast<int>(format));
      CAPTURE(static_cast<int>(level));
      const TemporaryFolder folder;
      Told one;
      Told other;
      LogWriter writer(opened(folder.file("a.log")), {.format = format, .level = level}, {},
                       {&one, &other});
      const auto observer = writer.make_observer();
      const session::SessionLabel label{.id = 1,
                                        .attempt = 1,
                                        .listener = "chat",
                                        .upstream = "",
                                        .client = "",
                                        .accepted_wall = {},
                                        .accepted = {}};
      if (interest_of({.level = level}).frames) observer->on_frame(label, {}, {});
      observer->on_violation(label, {}, {});
      observer->on_session_end(report_with(1));
      observer->on_mass_close({});
      writer.finish();
      CHECK(one.events == all);
      CHECK(other.events == all);
      const std::size_t lines =
          3 - (level == LogLevel::closes ? 1 : 0) + (level == LogLevel::frames ? 1 : 0);
      CHECK(lines_of(folder.file("a.log")).size() == lines);
    }
  }
}

TEST_CASE("a record is written soon, without anything else happening") {
  const TemporaryFolder folder;
  LogWriter writer(opened(folder.file("a.log")), {});
  const auto observer = writer.make_observer();
  for (std::uint64_t id = 1; id <= 3; ++id) {
    observer->on_session_end(report_with(id));
    wait_until("the line", [&] { return lines_of(folder.file("a.log")).size() == id; });
  }
}

TEST_CASE("a file gets JSON by default, and text when asked for") {
  const TemporaryFolder folder;
  for (const LogFormat format : {LogFormat::automatic, LogFormat::json, LogFormat::text}) {
    const std::string path = folder.file(std::to_string(static_cast<int>(format)));
    {
      LogWriter writer(opened(path), {.format = format});
      writer.make_observer()->on_session_end(full_report());
    }
    const auto lines = lines_of(path);
    REQUIRE(lines.size() == 1);
    CHECK(nlohmann::json::accept(lines[0]) == (format != LogFormat::text));
    CHECK_FALSE(lines[0].contains('\x1b'));
  }
}

TEST_CASE("everything that was told is written before the writer is gone") {
  const TemporaryFolder folder;
  constexpr std::uint64_t kRecords = 30'000;  // more than 16 MiB of lines
  std::uint64_t ended = 0;
  std::uint64_t dropped = 1;
  {
    LogWriter writer(opened(folder.file("a.log")), {},
                     [&](const session::SessionReport&) { ++ended; });
    const auto observer = writer.make_observer();
    for (std::uint64_t id = 1; id <= kRecords; ++id) observer->on_session_end(report_with(id));
    dropped = writer.dropped_lines();
  }
  CHECK(dropped == 0);
  CHECK(lines_of(folder.file("a.log")).size() == kRecords);
  CHECK(ended == kRecords);
}

TEST_CASE("many threads push, and each one's lines are whole and in order") {
  const TemporaryFolder folder;
  constexpr unsigned kThreads = 4;
  constexpr unsigned kLines = 5'000;
  {
    LogWriter writer(opened(folder.file("a.log")), {.level = LogLevel::messages});
    std::vector<std::thread> threads;
    for (unsigned number = 0; number < kThreads; ++number) {
      threads.emplace_back([observer = writer.make_observer(), number] {
        const session::SessionLabel label{.id = number,
                                          .attempt = 1,
                                          .listener = "l",
                                          .upstream = "u",
                                          .client = "c",
                                          .accepted_wall = {},
                                          .accepted = {}};
        for (unsigned i = 1; i <= kLines; ++i) {
          observer->on_message(label, Moment{},
                               {.direction = Direction::client_to_server,
                                .opcode = ws::Opcode::text,
                                .is_compressed = false,
                                .size = 1,
                                .fragments = 1,
                                .message = i});
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  std::array<std::uint64_t, kThreads> last{};
  for (const std::string& line : lines_of(folder.file("a.log"))) {
    const auto message = nlohmann::json::parse(line);
    const auto thread = std::stoul(message["session"].get<std::string>(), nullptr, 16);
    REQUIRE(message["message"] == last.at(thread) + 1);
    ++last.at(thread);
  }
  for (const std::uint64_t count : last) CHECK(count == kLines);
}

TEST_CASE("observers may be made while others push") {
  const TemporaryFolder folder;
  {
    LogWriter writer(opened(folder.file("a.log")), {});
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&writer] {
        const auto observer = writer.make_observer();
        for (std::uint64_t id = 0; id < 100; ++id) observer->on_session_end(report_with(id));
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  CHECK(lines_of(folder.file("a.log")).size() == 800);
}

TEST_CASE("a log that takes nothing holds up no worker, and what is lost is counted") {
  std::array<int, 2> pipe{};
  REQUIRE(pipe2(pipe.data(), O_CLOEXEC) == 0);
  std::chrono::steady_clock::duration slowest{};
  {
    LogWriter writer(opened("/proc/self/fd/" + std::to_string(pipe[1])), {});
    const auto observer = writer.make_observer();
    // More than may wait in the file's store and in the queue together.
    constexpr std::uint64_t kMost = 400'000;
    for (std::uint64_t id = 0; id < kMost && writer.dropped_lines() == 0; ++id) {
      const auto begin = std::chrono::steady_clock::now();
      observer->on_session_end(report_with(id));
      slowest = std::max(slowest, std::chrono::steady_clock::now() - begin);
    }
    CHECK(writer.dropped_lines() > 0);
  }
  CHECK(slowest < std::chrono::seconds(2));
  close(pipe[0]);
  close(pipe[1]);
}

TEST_CASE("the file is opened anew when asked, although nothing is logged") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.log");
  LogWriter writer(opened(path), {});
  const auto observer = writer.make_observer();
  observer->on_session_end(report_with(1));
  wait_until("the first line", [&] { return lines_of(path).size() == 1; });
  std::filesystem::rename(path, folder.file("a.log.1"));
  writer.reopen();
  wait_until("the new file", [&] { return std::filesystem::exists(path); });
  observer->on_session_end(report_with(2));
  wait_until("the second line", [&] { return lines_of(path).size() == 1; });
  CHECK(lines_of(folder.file("a.log.1")).size() == 1);
}

TEST_CASE("a writer that has nothing to write sleeps") {
  const TemporaryFolder folder;
  LogWriter writer(opened(folder.file("a.log")), {});
  writer.make_observer()->on_session_end(report_with(1));
  wait_until("the line", [&] { return lines_of(folder.file("a.log")).size() == 1; });
  const auto cpu_time = [] {
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
  };
  const auto before = cpu_time();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  CHECK(cpu_time() - before < std::chrono::milliseconds(60));
}

TEST_CASE("the observer tells starts, frames and violations as lines of their own") {
  const TemporaryFolder folder;
  {
    LogWriter writer(opened(folder.file("a.log")), {.level = LogLevel::frames, .starts = true});
    const auto observer = writer.make_observer();
    const session::SessionLabel label{.id = 1,
                                      .attempt = 1,
                                      .listener = "l",
                                      .upstream = "u",
                                      .client = "c",
                                      .accepted_wall = {},
                                      .accepted = {}};
    observer->on_session_start(full_report());
    observer->on_frame(label, Moment{},
                       {.direction = Direction::client_to_server,
                        .header = {},
                        .frame = 1,
                        .message = 1,
                        .offset = 0});
    observer->on_violation(label, Moment{}, full_report().violations.front());
    observer->on_session_end(full_report());
    observer->on_mass_close({});
  }
  std::vector<std::string> events;
  for (const std::string& line : lines_of(folder.file("a.log"))) {
    events.push_back(nlohmann::json::parse(line)["event"]);
  }
  CHECK(events == std::vector<std::string>{"session_start", "frame", "violation", "session_end",
                                           "mass_close"});
}

}  // namespace
}  // namespace lastframe::output
