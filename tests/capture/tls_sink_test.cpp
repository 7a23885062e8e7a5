#include "capture/tls_sink.h"

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "support/input_notes.h"
#include "support/temporary_folder.h"
#include "support/tls_traffic.h"

using namespace lastframe;
using capture::Pace;
using capture::TlsKeyLogs;
using capture::TlsSink;
using test::InputNotes;
using test::TlsTraffic;

namespace {

constexpr std::uint64_t kId = 7;

// What a reader of packets would tell of this traffic, a millisecond apart.
class Feed {
 public:
  explicit Feed(capture::InputSink& sink, std::uint64_t id = kId) : sink_(sink), id_(id) {
    sink_.on_start({.id = id, .client = "192.0.2.1:5000", .server = "192.0.2.2:443"});
  }

  void give(const session::Input& input) {
    now_ += std::chrono::milliseconds(1);
    sink_.on_input(id_, now_, input);
  }
  void say(Endpoint from, std::string_view bytes) {
    const std::string copy(bytes);
    give(session::BytesRelayed{.direction = direction_from(from), .bytes = as_bytes(copy)});
  }
  void say(const std::vector<test::TlsSaid>& said) {
    for (const test::TlsSaid& each : said) say(each.sender, each.bytes);
  }
  void end(Endpoint endpoint, session::EndKind how = session::EndKind::fin) {
    give(session::StreamEnded{.endpoint = endpoint, .how = how});
  }
  void finish() { give(session::Finished{}); }

 private:
  capture::InputSink& sink_;
  std::uint64_t id_;
  Moment now_{};
};

void talk(TlsTraffic& traffic) {
  traffic.shake_hands();
  traffic.say(Endpoint::client, "question");
  traffic.say(Endpoint::server, "answer");
}

const std::string kEstablished =
    "7 input " + std::to_string(session::Input(session::TlsEstablished{}).index());

std::vector<std::string> behind_handshake(std::vector<std::string> more) {
  std::vector<std::string> all{kEstablished, kEstablished, "7 client_to_server question",
                               "7 server_to_client answer"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

// The same, told without and with a sink between.
template <typename Give>
std::array<InputNotes, 2> told(const std::string& key_log, Give&& give) {
  std::array<InputNotes, 2> notes;
  Feed bare(notes[0]);
  give(bare);
  TlsKeyLogs logs;
  if (!key_log.empty()) logs.take(as_bytes(key_log));
  TlsSink sink(notes[1], logs);
  Feed feed(sink);
  give(feed);
  return notes;
}

}  // namespace

TEST_CASE("what is no TLS passes as it is, at once") {
  const auto notes = told("", [](Feed& feed) {
    feed.say(Endpoint::client, "GET / HTTP/1.1\r\n\r\n");
    feed.say(Endpoint::server, "\x16\x03\x03");
    feed.give(session::BytesMissed{.direction = Direction::client_to_server, .count = 5});
    feed.end(Endpoint::client);
    feed.end(Endpoint::server, session::EndKind::reset);
    feed.finish();
  });
  CHECK(notes[1].lines == notes[0].lines);
  CHECK(notes[1].lines.size() == 7);
}

TEST_CASE("of TLS whose keys are known the plain text is told, and its ends as they were") {
  for (const bool has_close_notify : {true, false}) {
    CAPTURE(has_close_notify);
    TlsTraffic traffic;
    talk(traffic);
    if (has_close_notify) traffic.close(Endpoint::client);
    const auto notes = told(traffic.key_log, [&](Feed& feed) {
      feed.say(traffic.said);
      feed.end(Endpoint::client);
      feed.end(Endpoint::server, session::EndKind::reset);
      feed.finish();
    });
    CHECK(notes[1].facts() ==
          behind_handshake({has_close_notify ? "7 client fin" : "7 client tls_truncated",
                            "7 server reset", "7 finished"}));
    CHECK(notes[1].flaws.empty());
  }
}

TEST_CASE("without its keys TLS is told as without this, at the same times, and why it is sealed") {
  TlsTraffic traffic;
  talk(traffic);
  traffic.close(Endpoint::client);
  for (const std::string key_log : {"", "# another one's\n"}) {
    const auto notes = told(key_log, [&](Feed& feed) {
      feed.say(traffic.said);
      feed.end(Endpoint::client);
      feed.end(Endpoint::server);
      feed.finish();
    });
    REQUIRE(notes[1].flaws.size() == 1);
    CHECK(notes[1].flaws[0].kind == capture::FlawKind::not_decrypted);
    CHECK(notes[1].flaws[0].text.starts_with(
        "192.0.2.1:5000 to 192.0.2.2:443 is not decrypted: no key log "));
    auto lines = notes[1].lines;
    std::erase_if(lines, [](const std::string& line) { return line.starts_with("7 flaw"); });
    CHECK(lines == notes[0].lines);
  }
}

TEST_CASE("a handshake that fails in clear text is told as without this") {
  TlsTraffic traffic;
  traffic.shake_hands();
  const auto notes = told(traffic.key_log, [&](Feed& feed) {
    feed.say(Endpoint::client, traffic.said[0].bytes);
    feed.say(Endpoint::server, std::string("\x15\x03\x03\x00\x02\x02\x28", 7));
    feed.end(Endpoint::server);
    feed.finish();
  });
  CHECK(notes[1].lines == notes[0].lines);
}

TEST_CASE("an alert within the encrypted handshake is a failure of TLS") {
  TlsTraffic traffic;
  SSL_set_verify(traffic.ssl(Endpoint::server), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                 nullptr);
  traffic.shake_hands();
  const auto notes = told(traffic.key_log, [&](Feed& feed) {
    feed.say(traffic.said);
    feed.end(Endpoint::server);
    feed.finish();
  });
  const std::string failed =
      "7 input " + std::to_string(session::Input(session::TlsFailed{}).index());
  CHECK(notes[1].facts() == std::vector<std::string>{kEstablished, kEstablished, failed,
                                                     "7 server error", "7 finished"});
}

TEST_CASE("lost bytes are told as missed text, and those of the handshake stay sealed") {
  TlsTraffic traffic;
  talk(traffic);
  const std::size_t size = traffic.said.size();
  const auto notes = told(traffic.key_log, [&](Feed& feed) {
    for (std::size_t i = 0; i + 2 < size; ++i) feed.say({traffic.said[i]});
    // The question is lost, and something that nobody saw.
    const std::size_t lost = traffic.said[size - 2].bytes.size();
    feed.give(session::BytesMissed{.direction = Direction::client_to_server, .count = lost + 22});
    feed.say({traffic.said[size - 1]});
    feed.end(Endpoint::client);
    feed.finish();
  });
  const std::vector<std::string> expected{
      kEstablished,
      kEstablished,
      "7 server_to_client answer",
      "7 client_to_server missed " + std::to_string(8 + 22 + 22),
      "7 client fin",
      "7 finished"};
  CHECK(notes[1].facts() == expected);
  const auto early = told(traffic.key_log, [&](Feed& feed) {
    feed.say({traffic.said[0]});
    feed.give(session::BytesMissed{.direction = Direction::server_to_client, .count = 9});
    feed.say(traffic.said[1].sender, traffic.said[1].bytes.substr(9));
    feed.finish();
  });
  REQUIRE(early[1].flaws.size() == 1);
  CHECK(early[1].flaws[0].text.ends_with(
      "packets of its handshake are missing from the capture, or it begins behind them"));
}

TEST_CASE("live, a connection waits for its secrets, and its text has the times of its packets") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("keys");
  std::ofstream(path) << "# soon\n";
  TlsTraffic traffic;
  talk(traffic);
  TlsKeyLogs expected_logs;
  expected_logs.take(as_bytes(traffic.key_log));
  InputNotes expected;
  TlsSink known(expected, expected_logs);
  Feed known_feed(known);
  known_feed.say(traffic.said);
  known_feed.end(Endpoint::client);

  TlsKeyLogs logs({}, Pace::live);
  REQUIRE(logs.add(path));
  InputNotes notes;
  TlsSink sink(notes, logs);
  Feed feed(sink);
  feed.say(traffic.said);
  CHECK(notes.lines.size() == 1);
  std::ofstream(path, std::ios::app) << traffic.key_log;
  feed.end(Endpoint::client);
  CHECK(notes.lines == expected.lines);
  CHECK(notes.flaws.empty());
}

TEST_CASE("live, a connection whose secrets never come is told when it is over") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("keys");
  std::ofstream(path) << "# never\n";
  TlsTraffic traffic;
  talk(traffic);
  TlsKeyLogs logs({}, Pace::live);
  REQUIRE(logs.add(path));
  InputNotes notes;
  TlsSink sink(notes, logs);
  Feed feed(sink);
  feed.say(traffic.said);
  feed.finish();
  CHECK(notes.count(capture::FlawKind::not_decrypted) == 1);
  CHECK(notes.streams[kId][0] == traffic.stream(Endpoint::client));
  CHECK(notes.streams[kId][1] == traffic.stream(Endpoint::server));
}

TEST_CASE("a capture that begins within TLS is told as such") {
  InputNotes notes;
  TlsKeyLogs logs;
  TlsSink sink(notes, logs);
  Feed feed(sink);
  sink.on_flaw({.kind = capture::FlawKind::joined_late, .connection = kId, .text = "late"});
  feed.say(Endpoint::server, std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
  feed.finish();
  REQUIRE(notes.flaws.size() == 2);
  CHECK(notes.flaws[1].text.ends_with("is not decrypted: the capture begins behind its handshake"));
}

TEST_CASE("a connection that goes on behind the file is told as far as it is known") {
  TlsTraffic traffic;
  talk(traffic);
  for (const bool is_known : {true, false}) {
    InputNotes notes;
    TlsKeyLogs logs;
    if (is_known) logs.take(as_bytes(traffic.key_log));
    TlsSink sink(notes, logs);
    Feed feed(sink);
    // Unknown: within the client's hello.
    if (is_known) feed.say(traffic.said);
    if (!is_known) feed.say(Endpoint::client, traffic.said[0].bytes.substr(0, 50));
    sink.on_flaw({.kind = capture::FlawKind::still_open, .connection = kId, .text = "open"});
    CHECK(notes.flaws.back().kind == capture::FlawKind::still_open);
    CHECK(notes.streams[kId][0] == (is_known ? "question" : traffic.said[0].bytes.substr(0, 50)));
  }
}

TEST_CASE("what waits is bounded, for each connection and for all") {
  InputNotes notes;
  TlsKeyLogs logs;
  TlsSink sink(notes, logs, {.held_of_one = 64 * 1024, .held = 256 * 1024});
  // Records that never end a hello.
  const std::string hello("\x16\x03\x01\x40\x00\x01\x00\xFF\xFF", 9);
  std::vector<Feed> feeds;
  for (std::uint64_t id = 1; id <= 20; ++id) {
    feeds.emplace_back(sink, id);
    feeds.back().say(Endpoint::client, hello + std::string(30'000, 'x'));
  }
  std::size_t told = 0;
  for (const auto& [id, streams] : notes.streams) told += streams[0].empty() ? 0 : 1;
  CHECK(told >= 12);
  CHECK(notes.count(capture::FlawKind::not_decrypted) == told);
  InputNotes alone_notes;
  TlsSink alone(alone_notes, logs, {.held_of_one = 64 * 1024, .held = 256 * 1024});
  Feed feed(alone);
  for (int i = 0; i < 20; ++i) feed.say(Endpoint::client, i == 0 ? hello : std::string(4096, 'x'));
  CHECK(alone_notes.streams[kId][0].size() == hello.size() + 19 * 4096);
}
