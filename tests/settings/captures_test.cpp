#include "settings/captures.h"

#include <doctest/doctest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include "settings/reading.h"
#include "support/temporary_folder.h"

namespace lastframe::settings {
namespace {

using sinks::CaptureOptions;

TEST_CASE("capture and tap take all their keys") {
  const test::TemporaryFolder folder;
  std::ofstream(folder.file("key")) << "0123456789abcdef\r\n";
  const auto settings = read_settings(
      with_top("capture: {folder: caps, formats: [lastframe], of: [violations], "
               "causes: [idle_timeout], sample: 0.5%, payload: true, redact: [X-User, X-B], "
               "redact_payload: [password, token], "
               "frames: 7, size: 2KiB, memory: 3MiB, file_size: 1MiB, keep: 5MiB}\n"
               "tap: {name: before-1.a_B, digests: true, digest_key_file: key}"),
      folder.file("f.yaml"));
  REQUIRE(settings.has_value());
  CaptureOptions expected;
  expected.files = {.folder = folder.file("caps"),
                    .writes_recording = true,
                    .writes_pcapng = false,
                    .writes_har = false,
                    .file_size = 1 << 20,
                    .keep = 5 << 20};
  // A tap that is compared keeps every connection.
  expected.worth = {.is_abnormal = false,
                    .is_violation = true,
                    .is_all = true,
                    .causes = {"idle_timeout"},
                    .sample = 0.005};
  expected.flight.keeps_payload = true;
  expected.flight.redaction.members = {"password", "token"};
  expected.flight.redaction.headers = {"X-User", "X-B"};
  expected.flight.redaction.query_allow = settings->privacy.query_allow;
  expected.flight.frames = 7;
  expected.flight.bytes = 2048;
  expected.flight.memory = 3 << 20;
  expected.flight.has_digests = true;
  expected.flight.is_whole = true;
  // The end of the line is no part of the key.
  expected.flight.digest_key = capture::digest_key_of("0123456789abcdef");
  expected.tap = "before-1.a_B";
  CHECK(settings->capture == expected);
  CHECK(settings->relay.tap == "before-1.a_B");
}

TEST_CASE("formats are those that are named, and digests stand in recordings only") {
  const Settings settings =
      settings_from(with_top("capture: {folder: caps, formats: [pcapng, har]}"));
  CHECK_FALSE(settings.capture.files.writes_recording);
  CHECK(settings.capture.files.writes_pcapng);
  CHECK(settings.capture.files.writes_har);
  const auto both = read_settings(with_top("capture: {folder: caps, formats: [har]}\n"
                                           "tap: {name: a, digests: true}"),
                                  "f.yaml");
  REQUIRE_FALSE(both.has_value());
  CHECK(both.error().front().what == "digests stand in recordings only");
}

TEST_CASE("without keys, connections are watched and nothing is written") {
  for (const std::string_view text : {"", "capture: {}", "capture: {folder: off}",
                                      "tap: {name: off}", "tap: {digest_key_file: off}"}) {
    CAPTURE(text);
    const Settings settings = settings_from(with_top(text));
    CHECK(settings.capture.is_on);
    CHECK(settings.capture.files.folder == "");
    CHECK(settings.capture.tap == "");
    CHECK_FALSE(settings.capture.flight.keeps_payload);
    CHECK_FALSE(settings.capture.flight.is_whole);
    CHECK(settings.capture.flight.digest_key == capture::kDefaultDigestKey);
  }
  CHECK_FALSE(settings_from(with_top("capture: off")).capture.is_on);
}

TEST_CASE("a folder is found from the file that names it; an absolute one stays") {
  CHECK(read_settings(with_top("capture: {folder: caps}"), "/etc/lastframe/f.yaml")
            ->capture.files.folder == "/etc/lastframe/caps");
  CHECK(settings_from(with_top("capture: {folder: /var/caps}")).capture.files.folder ==
        "/var/caps");
}

TEST_CASE("privacy's allow list counts for what is captured, too") {
  const Settings settings = settings_from(with_top("privacy: {query_allow: [room]}"));
  CHECK(settings.capture.flight.redaction.query_allow == std::vector<std::string>{"room"});
}

TEST_CASE("limits are taken at their ends, and refused beyond them") {
  for (const MistakeRow& row : {
           MistakeRow{"frames: 1"},
           MistakeRow{"frames: 100000"},
           MistakeRow{"frames: 0", "2: capture.frames: "},
           MistakeRow{"frames: 100001", "2: capture.frames: "},
           MistakeRow{"size: 1KiB"},
           MistakeRow{"size: 256KiB"},
           MistakeRow{"size: 1023B", "2: capture.size: "},
           MistakeRow{"size: 257KiB", "2: capture.size: "},
           MistakeRow{"memory: 1MiB"},
           MistakeRow{"memory: 64GiB"},
           MistakeRow{"memory: 1023KiB", "2: capture.memory: "},
           MistakeRow{"memory: 65GiB", "2: capture.memory: "},
           MistakeRow{"file_size: 64KiB"},
           MistakeRow{"file_size: 63KiB", "2: capture.file_size: "},
           MistakeRow{"keep: 1MiB, file_size: 1MiB"},
           MistakeRow{"keep: 1MiB, file_size: 2MiB",
                      "2: capture.keep: it has no room for one file of file_size; "},
           MistakeRow{"sample: 0%"},
           MistakeRow{"sample: 100%"},
           MistakeRow{"sample: 100.1%", "2: capture.sample: \"100.1%\" is no share; write 0% to"},
           MistakeRow{"sample: -1%", "2: capture.sample: \"-1%\" is no share"},
           MistakeRow{"sample: nan%", "2: capture.sample: \"nan%\" is no share"},
           MistakeRow{"sample: 5", "2: capture.sample: "},
           MistakeRow{"sample: \"5 %\"", "2: capture.sample: \"5 %\" is no share"},
           MistakeRow{"sample: \"%\"", "2: capture.sample: \"%\" is no share"},
           MistakeRow{"formats: []", "2: capture.formats: no format stands here; write "},
           MistakeRow{"formats: [pcap]", "2: capture.formats[0]: "},
           MistakeRow{"formats: har", "2: capture.formats: "},
           MistakeRow{"of: [broken]", "2: capture.of[0]: "},
           MistakeRow{"of: []"},
           MistakeRow{"payload: perhaps", "2: capture.payload: "},
           MistakeRow{"redact: X-User", "2: capture.redact: "},
           MistakeRow{"causes: idle_timeout", "2: capture.causes: "},
           MistakeRow{"colour: red", "2: capture.colour: "},
       }) {
    check_mistakes(with_top("capture: {" + std::string(row.text) + "}"), row.said);
  }
  CHECK(mistakes_of(with_top("capture: on")).starts_with("2: capture: "));
}

TEST_CASE("mistakes of a tap are told with their line and a remedy") {
  const test::TemporaryFolder folder;
  std::ofstream(folder.file("short")) << "0123456789abcde\n";
  const std::string with_folder = "capture: {folder: caps}\n";
  for (const MistakeRow& row : {
           MistakeRow{"tap: {name: a b}", "3: tap.name: \"a b\" is no name for a tap; write at"},
           MistakeRow{"tap: {name: \"\"}", "3: tap.name: "},
           MistakeRow{"tap: {name: a/b}", "3: tap.name: \"a/b\" is no name for a tap"},
           MistakeRow{"tap: {digests: maybe}", "3: tap.digests: "},
           MistakeRow{"tap: {digest_key_file: /nowhere/key}", "3: tap.digest_key_file: "},
           MistakeRow{"tap: on", "3: tap: "},
           MistakeRow{"tap: {digests: true}"},
       }) {
    check_mistakes(with_top(with_folder + std::string(row.text)), row.said);
  }
  check_mistakes(with_top("tap: {name: " + std::string(64, 'a') + "}"), "");
  check_mistakes(with_top("tap: {name: " + std::string(65, 'a') + "}"), "2: tap.name: ");
  check_mistakes(with_top("tap: {digest_key_file: " + folder.file("short") + "}"),
                 "2: tap.digest_key_file: \"" + folder.file("short") + "\" holds 15 bytes; ");
}

TEST_CASE("digests need a folder that recordings are written to") {
  for (const std::string_view capture : {"", "capture: off\n", "capture: {folder: off}\n"}) {
    CAPTURE(capture);
    const std::string said = mistakes_of(with_top(std::string(capture) + "tap: {digests: true}"));
    CHECK(said.find("digests need a folder that recordings are written to; write capture: "
                    "{folder: captures}") != std::string::npos);
  }
}

}  // namespace
}  // namespace lastframe::settings
