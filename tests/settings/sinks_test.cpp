#include "settings/sinks.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <string>

#include "settings/reading.h"
#include "support/temporary_folder.h"

namespace lastframe::settings {
namespace {

using namespace std::chrono_literals;
using sinks::RecordNames;
using sinks::SinkFormat;
using sinks::SinkOptions;

std::string with_sink(const std::string& keys) {
  return with_top("log: {http: [{name: a, url: \"http://h/\"" + (keys.empty() ? "" : ", " + keys) +
                  "}]}");
}

SinkOptions sink_from(const std::string& keys) {
  const Settings settings = settings_from(with_sink(keys));
  REQUIRE(settings.sinks.size() == 1);
  return settings.sinks[0];
}

TEST_CASE("a sink takes all its keys") {
  const test::TemporaryFolder folder;
  std::ofstream(folder.file("password")) << "secret\n";
  std::ofstream(folder.file("ca.pem")) << "pem";
  const auto settings = read_settings(
      with_top(
          "log: {http: [{name: a-B_1, url: \"https://h:1/x?y={batch}\", format: loki, names: "
          "ecs, level: violations, instance: east, user: writer, password_file: password, ca: "
          "ca.pem, verify: false, batch: {records: 5, bytes: 1KiB, interval: 2s}, timeout: 3s, "
          "retry: {first: 10ms, most: 1h}, queue: 7, spool: {folder: spool, size: 3MiB}}]}"),
      folder.file("f.yaml"));
  REQUIRE(settings.has_value());
  SinkOptions expected;
  expected.name = "a-B_1";
  expected.url = "https://h:1/x?y={batch}";
  expected.format = SinkFormat::loki;
  expected.names = RecordNames::ecs;
  expected.level = sinks::SinkLevel::violations;
  expected.instance = "east";
  expected.user = "writer";
  expected.password_file = folder.file("password");
  expected.ca_file = folder.file("ca.pem");
  expected.is_verified = false;
  expected.batch_records = 5;
  expected.batch_bytes = 1024;
  expected.batch_interval = 2s;
  expected.timeout = 3s;
  expected.retry_first = 10ms;
  expected.retry_most = 1h;
  expected.queue = 7;
  expected.spool_folder = folder.file("spool");
  expected.spool_size = 3 * 1024 * 1024;
  CHECK(settings->sinks == std::vector{expected});
}

TEST_CASE("name and url are enough, and the machine's name is the instance") {
  std::array<char, 256> host{};
  REQUIRE(gethostname(host.data(), host.size() - 1) == 0);
  SinkOptions expected;
  expected.name = "a";
  expected.url = "http://h/";
  expected.instance = host.data();
  CHECK(sink_from("") == expected);
  CHECK(sink_from("spool: off") == expected);
  CHECK(sink_from("batch: {}, retry: {}") == expected);
  CHECK(settings_from(with_top("log: {http: []}")).sinks.empty());
}

TEST_CASE("each format has its usual names") {
  CHECK(sink_from("format: json_lines").names == RecordNames::lastframe);
  CHECK(sink_from("format: clickhouse").names == RecordNames::lastframe);
  CHECK(sink_from("format: loki").names == RecordNames::lastframe);
  CHECK(sink_from("format: elasticsearch").names == RecordNames::ecs);
  CHECK(sink_from("format: otlp").names == RecordNames::opentelemetry);
  CHECK(sink_from("format: elasticsearch, names: lastframe").names == RecordNames::lastframe);
  CHECK(sink_from("names: opentelemetry").names == RecordNames::opentelemetry);
}

TEST_CASE("a mistake in a sink is told with its line, its key and what would be right") {
  const test::TemporaryFolder folder;
  std::ofstream(folder.file("empty")) << "\n";
  std::ofstream(folder.file("two")) << "a\nb\n";
  std::ofstream(folder.file("good")) << "a\n";
  const auto rows = std::to_array<MistakeRow>({
      {"format: xml", "2: log.http[0].format: \"xml\" is not known here; write one of json_lines"},
      {"format: otlp, names: ecs",
       "2: log.http[0].names: otlp always has the names of opentelemetry; leave this key out"},
      {"format: clickhouse, names: ecs", "2: log.http[0].names: clickhouse always has"},
      {"level: frames", "2: log.http[0].level: \"frames\" is not known here"},
      {"user: u", "2: log.http[0].password_file: this key is missing"},
      {"token_file: /nonexistent/t", "2: log.http[0].token_file: "},
      {"ca: /nonexistent/ca.pem", "2: log.http[0].ca: "},
      {"verify: 5", "2: log.http[0].verify: "},
      {"batch: {records: 0}", "2: log.http[0].batch.records: 0 is out of range"},
      {"batch: {bytes: 1B}", "2: log.http[0].batch.bytes: 1B is out of range"},
      {"batch: {interval: 0s}", "2: log.http[0].batch.interval: 0s is out of range"},
      {"batch: {size: 5}", "2: log.http[0].batch.size: this key is not known"},
      {"timeout: 10ms", "2: log.http[0].timeout: 10ms is out of range"},
      {"retry: {first: 1m}", "2: log.http[0].retry: first, 1m, is longer than most, 30s"},
      {"queue: 0", "2: log.http[0].queue: 0 is out of range"},
      {"spool: here", "2: log.http[0].spool: "},
      {"spool: {size: 2MiB}", "2: log.http[0].spool.folder: this key is missing"},
      {"spool: {folder: s, size: 1MiB}",
       "2: log.http[0].spool: size, 1MiB, has no room for two batches of 1MiB; write more"},
      {"compress: true", "2: log.http[0].compress: this key is not known"},
  });
  for (const MistakeRow& row : rows) check_mistakes(with_sink(std::string(row.text)), row.said);
  const auto lists = std::to_array<MistakeRow>({
      {"log: {http: off}", "2: log.http: "},
      {"log: {http: [{url: \"http://h/\"}]}", "2: log.http[0].name: this key is missing"},
      {"log: {http: [{name: a}]}", "2: log.http[0].url: this key is missing"},
      {"log: {http: [{name: a b, url: \"http://h/\"}]}",
       "2: log.http[0].name: \"a b\" is no name for a sink"},
      {"log: {http: [{name: a, url: \"ftp://h/\"}]}", "2: log.http[0].url: ftp is not how a sink"},
      {"log: {http: [{name: a, url: \"http://u:p@h/\"}]}",
       "2: log.http[0].url: a user or a password stands in the url; write user: and "
       "password_file:"},
      {"log: {http: [{name: a, url: \"http://h/\"}, {name: a, url: \"http://h/\"}]}",
       "2: log.http[1]: \"a\" is the name of another sink"},
  });
  for (const MistakeRow& row : lists) check_mistakes(with_top(row.text), row.said);
  const auto files = std::to_array<MistakeRow>({
      {"empty", "2: log.http[0].token_file: "},
      {"two", "2: log.http[0].token_file: "},
      {"good", ""},
  });
  for (const MistakeRow& row : files) {
    check_mistakes(with_sink("token_file: \"" + folder.file(row.text) + "\""), row.said);
  }
  check_mistakes(with_sink("token_file: \"" + folder.file("good") +
                           "\", user: u, password_file: \"" + folder.file("good") + "\""),
                 "2: log.http[0].user: there is a token_file as well");
}

}  // namespace
}  // namespace lastframe::settings
