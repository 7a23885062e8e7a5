#include "settings/sections.h"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "settings/reading.h"
#include "support/temporary_file.h"
#include "support/temporary_folder.h"

namespace lastframe::settings {
namespace {

using namespace std::chrono_literals;

TEST_CASE("every section takes its keys") {
  const TemporaryFile key("0123456789abcdef\n");
  const Settings settings = settings_from(with_top(
      "workers: 4\n"
      "drain_timeout: 1h\n"
      "limits: {connections: 100, pending_per_direction: 4KiB, pending_total: 64KiB, watched_head: "
      "1KiB, inflate_memory: 0B, inflate_message: 1MiB}\n"
      "analysis: {resynchronise: true}\n"
      "dns: {ttl: 5m}\n"
      "log: {file: a.jsonl, format: json, level: frames, starts: true}\n"
      "privacy: {query_allow: [room], user: {cookie: sid}, trust_forwarded_from: [10.0.0.0/8],\n"
      "          user_key_file: \"" +
      key.path() +
      "\"}\n"
      "metrics: {codes: [4999, 4000]}\n"
      "admin: {listen: off}\n"));
  CHECK(settings.metrics.codes == std::vector<std::uint16_t>{4999, 4000});
  CHECK(settings.relay.workers == 4);
  CHECK(settings.relay.drain_timeout == 1h);
  CHECK(settings.relay.limits == net::Limits{100, 4096, 65536, 1024, 0, 1048576});
  CHECK(settings.relay.dns_ttl == 5min);
  CHECK(settings.relay.after_break == session::AfterBreak::resynchronise);
  CHECK(settings.log ==
        output::LogOptions{"a.jsonl", output::LogFormat::json, output::LogLevel::frames, true});
  session::PrivacyOptions privacy;
  privacy.query_allow = {"room"};
  privacy.user = session::UserSource{session::UserSource::Kind::cookie, "sid"};
  privacy.user_key = "0123456789abcdef";
  privacy.trust_forwarded_from = {*session::parse_address_range("10.0.0.0/8")};
  CHECK(settings.privacy == privacy);
}

TEST_CASE("words that stand for a default give the default") {
  const Settings expected = settings_from(with_top(""));
  CHECK(expected.relay.workers == 0);
  CHECK(expected.relay.drain_timeout == 25s);
  CHECK(expected.log == output::LogOptions{});
  CHECK(
      settings_from(with_top("workers: auto\n"
                             "limits: {connections: auto}\n"
                             "log: {file: \"-\", format: auto, level: closes, starts: false}\n"
                             "privacy: {user: off, user_key_file: off, trust_forwarded_from: []}\n"
                             "admin: off\n")) == expected);
  CHECK(settings_from(with_top(
            "limits: {}\nanalysis: {}\ndns: {}\nlog: {}\nprivacy: {}\nmetrics: {}\nadmin: {}\n")) ==
        expected);
}

TEST_CASE("each log level and each kind of user can be named") {
  using output::LogLevel;
  CHECK(settings_from(with_top("log: {level: violations}")).log.level == LogLevel::violations);
  CHECK(settings_from(with_top("log: {level: messages}")).log.level == LogLevel::messages);
  CHECK(settings_from(with_top("log: {format: text}")).log.format == output::LogFormat::text);
  using session::UserSource;
  const auto user = [](std::string_view source) {
    return settings_from(with_top("privacy: {user: {" + std::string(source) + "}}")).privacy.user;
  };
  CHECK(user("header: X-User") == UserSource{UserSource::Kind::header, "X-User"});
  CHECK(user("query: u v") == UserSource{UserSource::Kind::query, "u v"});
}

TEST_CASE("a mistake in a section is told with its line, its key and what would be right") {
  const auto rows = std::to_array<MistakeRow>({
      {"workers: 1"},
      {"workers: 1024"},
      {"workers: 0", "2: workers: 0 is out of range; write a number from 1 to 1024, or auto"},
      {"workers: 1025", "2: workers: 1025 is out of range"},
      {"workers: 08", "2: workers: 08 starts with a zero"},
      {"workers: \"4\"", "2: workers: the text \"4\" stands here"},
      {"drain_timeout: 0s"},
      {"drain_timeout: 24h"},
      {"drain_timeout: 86401s", "2: drain_timeout: 86401s is out of range"},
      {"drain_timeout: 25", "2: drain_timeout: \"25\" has no unit"},
      {"limits: 5", "2: limits: a single value stands here"},
      {"limits: {connections: 1}"},
      {"limits: {connections: 10000000}"},
      {"limits: {connections: 0}", "2: limits.connections: 0 is out of range"},
      {"limits: {connections: 10000001}", "2: limits.connections: 10000001 is out of range"},
      {"limits: {pending_per_direction: 4095B}",
       "2: limits.pending_per_direction: 4095B is out of range"},
      {"limits: {pending_per_direction: 1GiB, pending_total: 1GiB}"},
      {"limits: {pending_per_direction: 1GiB}",
       "2: limits.pending_per_direction: pending_total, 256MiB, is less than "
       "pending_per_direction, 1GiB"},
      {"limits: {pending_total: 128KiB}",
       "2: limits.pending_total: pending_total, 128KiB, is less than pending_per_direction, "
       "256KiB"},
      {"limits: {pending_total: 1024GiB}"},
      {"limits: {pending_total: 1025GiB}", "2: limits.pending_total: 1025GiB is out of range"},
      {"limits: {watched_head: 1MiB}"},
      {"limits: {inflate_memory: 65GiB}", "2: limits.inflate_memory: 65GiB is out of range"},
      {"limits: {inflate_message: 1KiB}", "2: limits.inflate_message: 1KiB is out of range"},
      {"limits: {watched_head: 2MiB}", "2: limits.watched_head: 2MiB is out of range"},
      {"limits: {watched_head: 256kb}", "2: limits.watched_head: \"256kb\" is not a size"},
      {"limits: {pending: 1MiB}",
       "2: limits.pending: this key is not known; known here: connections"},
      {"dns: {ttl: 0s}"},
      {"dns: {ttl: 25h}", "2: dns.ttl: 25h is out of range"},
      {"dns: 30s", "2: dns: a single value stands here; write keys such as {ttl: 30s}"},
      {"log: {file: 5}", "2: log.file: 5 is a number, not a text"},
      {"log: {file: \"\"}", "2: log.file: the text is empty"},
      {"log: {format: xml}",
       "2: log.format: \"xml\" is not known here; write one of auto, json, text"},
      {"log: {level: close}", "2: log.level: \"close\" is not known here; did you mean closes?"},
      {"log: {starts: yes}", "2: log.starts: \"yes\" is not true or false"},
      {"log:", "2: log: nothing stands here"},
      {"metrics: {codes: []}"},
      {"metrics: [4001]",
       "2: metrics: a list stands here; write keys such as {codes: [4001, 4408]}"},
      {"metrics: {codes: 4001}", "2: metrics.codes: a single value stands here"},
      {"metrics: {codes: [1000]}",
       "2: metrics.codes[0]: 1000 is out of range; write a number from 4000 to 4999"},
      {"metrics: {codes: [4001, 5000]}", "2: metrics.codes[1]: 5000 is out of range"},
      {"metrics: {codes: [4001, 4002, 4001]}",
       "2: metrics.codes[2]: 4001 stands here twice; write it once"},
      {"metrics: {codes: [x]}", "2: metrics.codes[0]: \"x\" is not a whole number"},
      {"metrics: {code: [4001]}", "2: metrics.code: this key is not known; did you mean codes?"},
      {"privacy: yes", "2: privacy: a single value stands here"},
      {"privacy: {query_allow: []}"},
      {"privacy: {query_allow: v}", "2: privacy.query_allow: a single value stands here"},
      {"privacy: {query_allow: [v, 5]}", "2: privacy.query_allow[1]: 5 is a number, not a text"},
      {"privacy: {user: {}}",
       "2: privacy.user: 0 sources of the user stand here; write off, or one of"},
      {"privacy: {user: {header: A, cookie: B}}",
       "2: privacy.user: 2 sources of the user stand here"},
      {"privacy: {user: {header: \"X User\"}}",
       "2: privacy.user.header: no header can be called \"X User\""},
      {"privacy: {user: X-User}", "2: privacy.user: a single value stands here"},
      {"privacy: {user_key_file: /nonexistent}",
       "2: privacy.user_key_file: \"/nonexistent\" cannot be read"},
      {"privacy: {user_key_file: /}", "2: privacy.user_key_file: \"/\" is not a file"},
      {"privacy: {trust_forwarded_from: [10.0.0.1/8]}",
       "2: privacy.trust_forwarded_from[0]: \"10.0.0.1/8\""},
      {"catalogue: []"},
      {"catalogue: a.yaml", "2: catalogue: a single value stands here; write a list such as "},
      {"catalogue: [5]", "2: catalogue[0]: 5 is a number, not a text"},
      {"catalogue: [/nonexistent/a.yaml]",
       "2: catalogue[0]: \"/nonexistent/a.yaml\" cannot be read: "},
      {"catalogue: [/]", "2: catalogue[0]: \"/\" is not a file; write the path of a file"},
  });
  for (const MistakeRow& row : rows) check_mistakes(with_top(row.text), row.said);
}

TEST_CASE("paths of catalogue files begin at the folder of the configuration") {
  const test::TemporaryFolder folder;
  std::ofstream(folder.file("mine.yaml")) << "{}\n";
  const std::string text = with_top("catalogue: [mine.yaml, " + folder.file("mine.yaml") + "]");
  const auto settings = read_settings(text, folder.file("lastframe.yaml"));
  REQUIRE(settings.has_value());
  CHECK(settings->catalogue_files ==
        std::vector{folder.file("mine.yaml"), folder.file("mine.yaml")});
  CHECK_FALSE(read_settings(text, "lastframe.yaml").has_value());
}

TEST_CASE(
    "the key log's path begins at the folder of the configuration, and nothing is made there") {
  const test::TemporaryFolder folder;
  const auto read = [&](const std::string& path) {
    return read_settings(with_top("tls_key_log: " + path), folder.file("lastframe.yaml"));
  };
  CHECK(read("off").value().relay.tls_key_log == "");
  CHECK(read("keys.log").value().relay.tls_key_log == folder.file("keys.log"));
  CHECK_FALSE(std::filesystem::exists(folder.file("keys.log")));
  REQUIRE_FALSE(read("none/keys.log").has_value());
  CHECK(
      to_text(read("none/keys.log").error().at(0)).contains("/none\" is no folder; write a file"));
  REQUIRE_FALSE(read(".").has_value());
  CHECK(to_text(read(".").error().at(0)).contains("is a folder; write the path of a file"));
  CHECK_FALSE(read("5").has_value());
}

TEST_CASE("a key log that is there is refused by the check, too, where the relay would refuse it") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("keys.log");
  std::ofstream(path) << "CLIENT_RANDOM\n";
  const auto read = [&] {
    return read_settings(with_top("tls_key_log: keys.log"), folder.file("lastframe.yaml"));
  };
  using std::filesystem::perms;
  std::filesystem::permissions(path, perms::owner_read | perms::owner_write);
  CHECK(read().has_value());
  std::filesystem::permissions(path, perms::owner_read | perms::owner_write | perms::others_read);
  REQUIRE_FALSE(read().has_value());
  const std::string said = to_text(read().error().at(0));
  CHECK(said.contains("tls_key_log: the key log"));
  CHECK(said.contains("may be read by others: its mode is 0604; `chmod 600 FILE`"));
  std::filesystem::remove(path);
  std::filesystem::create_symlink("elsewhere", path);
  CHECK(to_text(read().error().at(0)).contains("is not a file"));
}

TEST_CASE("a key of 16 to 4096 bytes is taken, its line ends are not part of it") {
  const auto read = [](const std::string& content) {
    const TemporaryFile file(content);
    return read_settings(with_top("privacy: {user_key_file: \"" + file.path() + "\"}"), "f.yaml");
  };
  CHECK(read(std::string(16, 'k')).value().privacy.user_key == std::string(16, 'k'));
  CHECK(read(std::string(16, 'k') + "\r\n").value().privacy.user_key == std::string(16, 'k'));
  CHECK(read(std::string(4096, 'k')).has_value());
  CHECK_FALSE(read(std::string(15, 'k') + "\n\n").has_value());
  CHECK_FALSE(read(std::string(4097, 'k')).has_value());
  CHECK_FALSE(read("").has_value());
}

TEST_CASE("32 close codes may be told apart, and no more") {
  const auto listing = [](int count) {
    std::string codes = "4000";
    for (int i = 1; i < count; ++i) codes += ", " + std::to_string(4000 + i);
    return with_top("metrics: {codes: [" + codes + "]}");
  };
  CHECK(settings_from(listing(32)).metrics.codes.size() == 32);
  check_mistakes(listing(33),
                 "2: metrics.codes: 33 codes stand here; list the 32 that matter most; "
                 "the others are counted as 4xxx");
}

}  // namespace
}  // namespace lastframe::settings
