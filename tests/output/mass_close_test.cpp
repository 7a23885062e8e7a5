#include "output/mass_close.h"

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace lastframe::output {
namespace {

using session::MassCloseSeen;

// 40 connections that a server left without a Close, on 2026-11-20 at 19:00:01.
MassCloseSeen crash() {
  MassCloseSeen seen;
  seen.id = 2;
  seen.listener = "chat";
  seen.upstream = "10.0.0.7:9000";
  seen.began = std::chrono::sys_days(std::chrono::year(2026) / 11 / 20) + std::chrono::hours(19) +
               std::chrono::seconds(1);
  seen.duration = std::chrono::milliseconds(250);
  seen.closes = 40;
  seen.usual_per_second = 0.05;
  seen.youngest = std::chrono::milliseconds(1500);
  seen.oldest = std::chrono::minutes(30);
  seen.by_server = 40;
  seen.without_close = 40;
  return seen;
}

TEST_CASE("a mass close as JSON has all its facts") {
  const auto json = nlohmann::json::parse(mass_close_json(crash()));
  CHECK(json["event"] == "mass_close");
  CHECK(json["time"] == "2026-11-20T19:00:01.250000Z");
  CHECK(json["began"] == "2026-11-20T19:00:01.000000Z");
  CHECK(json["listener"] == "chat");
  CHECK(json["upstream"] == "10.0.0.7:9000");
  CHECK(json["mass_close"] == 2);
  CHECK(json["duration_s"] == 0.25);
  CHECK(json["closes"] == 40);
  CHECK(json["usual_per_s"] == 0.05);
  CHECK(json["youngest_s"] == 1.5);
  CHECK(json["oldest_s"] == 1800.0);
  CHECK(json["by_client"] == 0);
  CHECK(json["by_server"] == 40);
  CHECK(json["without_close"] == 40);
  CHECK(json["with_restart_code"] == 0);
  CHECK(json["summary"] ==
        "40 connections to 10.0.0.7:9000 ended within 250 ms, all ended by the server, without a "
        "Close; usual is 3 a minute: a crash, or a reload of a hop that sends no Close");
}

TEST_CASE("the summary says who, how, and what is probable") {
  struct Row {
    std::uint32_t by_client;
    std::uint32_t by_server;
    std::uint32_t without_close;
    std::uint32_t with_restart_code;
    double usual;
    const char* part;
    const char* end;
  };
  for (const Row& row : std::vector<Row>{
           {0, 40, 0, 40, 0, "all ended by the server; usual is fewer than one a minute",
            "the server, or a hop in front of it, is being stopped or reloaded"},
           {40, 0, 0, 40, 12.2, "all ended by the client's side; usual is 12 a second",
            "a hop between the clients and here is being stopped or reloaded"},
           {40, 0, 40, 0, 0.5, "by the client's side, without a Close; usual is 30 a minute",
            "a hop between the clients and here crashed, was reloaded or lost its network"},
           {0, 40, 7, 3, 0, "all ended by the server, 7 without a Close;",
            "the server closed them all"},
           {10, 30, 0, 0, 0, "30 ended by the server, 10 by the client's side;",
            "the server closed them all"},
       }) {
    MassCloseSeen seen = crash();
    seen.by_client = row.by_client;
    seen.by_server = row.by_server;
    seen.without_close = row.without_close;
    seen.with_restart_code = row.with_restart_code;
    seen.usual_per_second = row.usual;
    const std::string summary = nlohmann::json::parse(mass_close_json(seen))["summary"];
    CAPTURE(summary);
    CHECK(summary.contains(row.part));
    CHECK(summary.ends_with(row.end));
  }
}

TEST_CASE("a mass close as text is one line that no name can break") {
  MassCloseSeen seen = crash();
  CHECK(
      mass_close_text(seen, Colour::off) ==
      "19:00:01.250  mass close 2  chat  40 connections to 10.0.0.7:9000 ended within 250 ms, all "
      "ended by the server, without a Close; usual is 3 a minute: a crash, or a reload of a hop "
      "that sends no Close  ages 1.5 s to 30 min");
  CHECK(mass_close_text(seen, Colour::on).contains("\x1b["));
  seen.listener = "a\nb";
  seen.upstream = "unix:/run/\x1b[31m\n";
  const std::string text = mass_close_text(seen, Colour::off);
  CHECK_FALSE(text.contains('\n'));
  CHECK_FALSE(text.contains('\x1b'));
  CHECK_FALSE(mass_close_json(seen).contains('\n'));
}

TEST_CASE("every key is explained in docs/log-format.md") {
  std::ifstream file(LASTFRAME_ROOT "/docs/log-format.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const std::size_t begin = page.find("`mass_close`\n");
  REQUIRE(begin != std::string::npos);
  const std::string part = page.substr(begin, page.find("\n## ", begin) - begin);
  const auto json = nlohmann::json::parse(mass_close_json(crash()));
  for (const auto& [key, value] : json.items()) {
    if (key == "event" || key == "listener") continue;  // of every line
    CAPTURE(key);
    CHECK(part.contains("| `" + key + "` |"));
  }
}

}  // namespace
}  // namespace lastframe::output
