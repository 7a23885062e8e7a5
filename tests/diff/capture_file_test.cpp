#include "diff/capture_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

#include "diff/trace_collector.h"
#include "support/diff_pcap.h"
#include "support/temporary_file.h"

namespace lastframe::diff {
namespace {

struct Reading {
  std::vector<Trace> traces;
  TraceCollector collector{[this](Trace trace) { traces.push_back(std::move(trace)); }};
};

std::string error_of(std::string_view content) {
  Reading reading;
  const TemporaryFile file(content);
  auto capture = CaptureFile::open(file.path(), reading.collector);
  REQUIRE(capture.has_value());
  if (const auto read = capture->read_on(); !read) return to_text(read.error());
  const auto finished = capture->finish();
  return finished ? "" : to_text(finished.error());
}

TEST_CASE("a packet capture is read, and read on when it has grown") {
  const test::Seen seen{
      .frames = {test::said(Endpoint::server, ws::Opcode::text, "from the capture")}};
  const std::string bytes = test::pcap_of_seen({seen});
  for (const std::size_t cut :
       {std::size_t{0}, std::size_t{2}, std::size_t{30}, bytes.size() / 2}) {
    Reading reading;
    const TemporaryFile file(bytes.substr(0, cut));
    auto capture = CaptureFile::open(file.path(), reading.collector);
    REQUIRE(capture.has_value());
    CHECK(capture->read_on() == (cut > 0));
    CHECK(capture->read_on() == false);
    const int more = ::open(file.path().c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    const std::string rest = bytes.substr(cut);
    CHECK(::write(more, rest.data(), rest.size()) == static_cast<ssize_t>(rest.size()));
    ::close(more);
    CHECK(capture->read_on() == true);
    REQUIRE(capture->finish().has_value());
    reading.collector.finish();
    REQUIRE(reading.traces.size() == 1);
    const DirectionTrace& down = reading.traces[0].direction(Direction::server_to_client);
    REQUIRE(down.items.size() == 1);
    CHECK(down.sample(down.items[0]) == "from the capture");
  }
}

TEST_CASE("a connection is the same within a tunnel of CONNECT, and behind a PROXY header") {
  const test::Seen seen{.frames = {test::said(Endpoint::server, ws::Opcode::text, "hello")}};
  const auto trace_of = [&](const std::vector<test::SaidBefore>& before) {
    Reading reading;
    const TemporaryFile file(test::pcap_of_seen({seen}, before));
    auto capture = CaptureFile::open(file.path(), reading.collector);
    REQUIRE(capture.has_value());
    CHECK(capture->read_on() == true);
    REQUIRE(capture->finish().has_value());
    reading.collector.finish();
    REQUIRE(reading.traces.size() == 1);
    return std::move(reading.traces[0]);
  };
  const Trace plain = trace_of({});
  const Trace inside =
      trace_of({{Direction::client_to_server,
                 "PROXY TCP4 203.0.113.9 192.0.2.2 50122 80\r\nCONNECT a:80 HTTP/1.1\r\n\r\n"},
                {Direction::server_to_client, "HTTP/1.1 200 Connection established\r\n\r\n"}});
  CHECK(plain.stage == Stage::open);
  CHECK(inside.stage == Stage::open);
  CHECK(inside.request == plain.request);
  CHECK(inside.response == plain.response);
  CHECK(inside.client == "203.0.113.9:50122");
  CHECK(inside.server == "a:80");
  for (const Direction direction : kDirections) {
    CHECK(inside.direction(direction).bytes == plain.direction(direction).bytes);
  }
}

TEST_CASE("what cannot be compared is said, and what to name instead") {
  CHECK(error_of("").find("this capture is empty; name a packet capture") != std::string::npos);
  CHECK(error_of("hello").find("this is no capture") != std::string::npos);
  CHECK(error_of(std::string(10'000, 'x')).find("this is no capture") != std::string::npos);
  CHECK(error_of("{\"event\":\"session_end\"}\n").find("a session log") != std::string::npos);
  CHECK(error_of("{\"log\":{\"entries\":[]}}").empty());
}

TEST_CASE("a file that is not there, or is a folder, is an error") {
  Reading reading;
  const auto missing = CaptureFile::open("/nonexistent/x.pcap", reading.collector);
  REQUIRE_FALSE(missing.has_value());
  CHECK(to_text(missing.error()).starts_with("/nonexistent/x.pcap: this capture cannot be read"));
  auto folder = CaptureFile::open("/tmp", reading.collector);
  REQUIRE(folder.has_value());
  const auto read = folder->read_on();
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().remedy == "name the files in it");
}

}  // namespace
}  // namespace lastframe::diff
