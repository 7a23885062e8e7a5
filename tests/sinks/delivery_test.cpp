#include "sinks/delivery.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/temporary_folder.h"

namespace lastframe::sinks {
namespace {

using namespace std::chrono_literals;

constexpr Moment kBegin{1000h};
constexpr WallTime kWall{1'800'000'000s};

class ScriptedPoster final : public Poster {
 public:
  void start(HttpRequest request) override {
    REQUIRE_FALSE(is_under_way);
    is_under_way = true;
    requests.push_back(std::move(request));
  }
  std::optional<HttpAnswer> take_answer() override {
    if (!is_under_way || !next) return std::nullopt;
    is_under_way = false;
    return std::exchange(next, std::nullopt);
  }
  void cancel() override { is_under_way = false; }

  bool is_under_way = false;
  std::optional<HttpAnswer> next;
  std::vector<HttpRequest> requests;
};

HttpAnswer status(unsigned number, std::string body = "") {
  return {.status = number, .failure = "", .body = std::move(body)};
}
HttpAnswer refused_connection() {
  return {.status = 0, .failure = "Connection refused", .body = ""};
}

struct Bench {
  explicit Bench(const std::string& folder = "", std::uint64_t spool_size = 1'000'000) {
    options.name = "test";
    options.url = "http://sink.test/in?password=secret";
    options.instance = "i";
    options.batch_records = 2;
    options.batch_interval = 1s;
    options.retry_first = 1s;
    options.retry_most = 8s;
    std::unique_ptr<SinkSpool> spool;
    if (!folder.empty()) spool = *SinkSpool::open(folder, spool_size);
    queue = std::make_unique<SinkQueue>(options);
    delivery =
        std::make_unique<Delivery>(options, *queue, std::move(spool), poster,
                                   [this](const std::string& line) { said.push_back(line); });
  }
  void push(const std::string& name) { queue->push("{\"event\":\"" + name + "\"}", "", now); }
  Moment turn() { return delivery->turn(now, kWall); }
  // One answer to the request that is under way, and what follows at that moment.
  void answer(HttpAnswer with) {
    REQUIRE(poster.is_under_way);
    poster.next = std::move(with);
    turn();
  }
  // Which records the last request had: "ab".
  std::string sent() const {
    std::string names;
    const std::string& body = poster.requests.back().body;
    for (auto at = body.find("event\":\""); at != body.npos; at = body.find("event\":\"", at + 1)) {
      names += body[at + 8];
    }
    return names;
  }

  SinkOptions options;
  std::unique_ptr<SinkQueue> queue;
  ScriptedPoster poster;
  std::vector<std::string> said;
  std::unique_ptr<Delivery> delivery;
  Moment now = kBegin;
};

TEST_CASE("a batch goes out when it is full or its time has come, one after the other") {
  Bench bench;
  CHECK(bench.turn() == kBegin + 60s);
  bench.push("a");
  CHECK(bench.turn() == kBegin + 1s);
  CHECK(bench.poster.requests.empty());
  bench.now += 1s;
  bench.turn();
  CHECK(bench.sent() == "a");
  bench.push("b");
  bench.push("c");
  bench.push("d");
  bench.turn();
  CHECK(bench.poster.requests.size() == 1);
  bench.answer(status(200));
  CHECK(bench.sent() == "bc");
  bench.answer(status(204));
  CHECK(bench.poster.requests.size() == 2);
  CHECK(bench.delivery->counts() == output::SinkCounts{.name = "test",
                                                       .delivered = 3,
                                                       .batches_ok = 2,
                                                       .waiting_records = 1,
                                                       .last_success = kWall});
  CHECK(bench.said.empty());
}

TEST_CASE("a batch that is not taken is the same batch again, later and later, up to a bound") {
  Bench bench;
  bench.push("a");
  bench.push("b");
  bench.turn();
  for (const auto longest : {1s, 2s, 4s, 8s, 8s, 8s}) {
    const auto tries = bench.poster.requests.size();
    bench.answer(refused_connection());
    const Moment next = bench.turn();
    CHECK(next >= bench.now + longest / 2);
    CHECK(next <= bench.now + longest);
    bench.now = next - 1ms;
    bench.turn();
    CHECK(bench.poster.requests.size() == tries);
    bench.now = next;
    bench.turn();
    REQUIRE(bench.poster.requests.size() == tries + 1);
    CHECK(bench.poster.requests.back().body == bench.poster.requests.front().body);
    CHECK(bench.poster.requests.back().batch == bench.poster.requests.front().batch);
  }
  bench.answer(status(200));
  CHECK(bench.delivery->counts().delivered == 2);
  CHECK(bench.delivery->counts().batches_retried == 6);
  // Said once a minute, without the query; and once that it is over.
  REQUIRE(bench.said.size() == 2);
  CHECK(bench.said[0].starts_with("sink test: http://sink.test/in: Connection refused; 2 records"));
  CHECK(bench.said[1] == "sink test: takes records again");
}

TEST_CASE("a receiver that says when to come back is not asked before") {
  Bench bench;
  bench.push("a");
  bench.push("b");
  bench.turn();
  HttpAnswer busy = status(429);
  busy.retry_after = 100s;
  bench.answer(busy);
  CHECK(bench.turn() == bench.now + 60s);
  bench.now += 99s;
  CHECK(bench.turn() == bench.now + 1s);
  bench.now += 1s;
  bench.turn();
  CHECK(bench.poster.requests.size() == 2);
}

TEST_CASE("a refused batch is dropped, counted and said once a minute; the next one goes at once") {
  Bench bench;
  for (int i = 0; i < 3; ++i) {
    bench.push("a");
    bench.push("b");
    bench.turn();
    bench.answer(status(400, "no such table\n"));
  }
  CHECK(bench.delivery->counts().dropped == 6);
  CHECK(bench.delivery->counts().batches_refused == 3);
  REQUIRE(bench.said.size() == 1);
  CHECK(bench.said[0] ==
        "sink test: http://sink.test/in: answered 400: no such table; 2 records dropped");
  bench.now += 60s;
  bench.push("c");
  bench.push("d");
  bench.turn();
  CHECK(bench.sent() == "cd");
  bench.answer(status(400));
  CHECK(bench.said.size() == 2);
}

TEST_CASE("a batch that is too large goes in halves, down to the record that never fits") {
  const test::TemporaryFolder folder;
  for (const bool has_spool : {false, true}) {
    CAPTURE(has_spool);
    Bench bench(has_spool ? folder.file("spool") : "");
    bench.options.batch_records = 4;
    bench.queue = std::make_unique<SinkQueue>(bench.options);
    bench.delivery = std::make_unique<Delivery>(
        bench.options, *bench.queue,
        has_spool ? *SinkSpool::open(folder.file("other"), 1000) : nullptr, bench.poster,
        [&](const std::string& line) { bench.said.push_back(line); });
    for (const char* name : {"a", "b", "c", "d"}) bench.push(name);
    bench.turn();
    if (has_spool) {  // the whole is on the disk by then
      bench.answer(status(503));
      bench.now += 10s;
      bench.turn();
    }
    // Takes one record at a time, but for b.
    std::string taken;
    for (int i = 0; i < 20 && bench.poster.is_under_way; ++i) {
      const std::string sent = bench.sent();
      const bool fits = sent.size() == 1 && sent != "b";
      if (fits) taken += sent;
      bench.answer(status(fits ? 200 : 413));
      bench.now += 1s;
      bench.turn();
    }
    std::ranges::sort(taken);
    CHECK(taken == "acd");
    CHECK(bench.delivery->counts().delivered == 3);
    CHECK(bench.delivery->counts().dropped == 1);
    CHECK(bench.delivery->counts().spool_bytes == 0);
    CHECK(bench.delivery->counts().waiting_records == 0);
  }
}

TEST_CASE("while a receiver is away everything waits on disk, in order, over a restart too") {
  const test::TemporaryFolder folder;
  {
    Bench bench(folder.file("spool"));
    bench.push("a");
    bench.push("b");
    bench.turn();
    bench.answer(refused_connection());
    for (const char* name : {"c", "d", "e", "f", "g"}) bench.push(name);
    bench.turn();
    CHECK(bench.delivery->counts().waiting_records == 1);  // g, which is no whole batch yet
    CHECK(bench.delivery->counts().spool_bytes == 6 * 14);
    bench.delivery->stop(bench.now + 2s);
    bench.turn();  // hopeless: nothing is waited for
    CHECK(bench.delivery->is_over());
    CHECK(bench.delivery->counts().spool_bytes == 7 * 14);
    CHECK(bench.delivery->counts().dropped == 0);
  }
  Bench bench(folder.file("spool"));
  bench.push("h");
  bench.push("i");
  bench.turn();
  std::string order;
  while (bench.poster.is_under_way) {
    order += bench.sent() + " ";
    bench.answer(status(200));
  }
  CHECK(order == "ab cd ef g hi ");
  CHECK(bench.delivery->counts().delivered == 9);
  CHECK(bench.delivery->counts().spool_bytes == 0);
}

TEST_CASE("a stop delivers what is there; what hangs is spooled, without a spool dropped") {
  SUBCASE("in time") {
    Bench bench;
    bench.push("a");
    bench.delivery->stop(bench.now + 2s);
    bench.turn();
    CHECK(bench.sent() == "a");
    CHECK_FALSE(bench.delivery->is_over());
    bench.answer(status(200));
    CHECK(bench.delivery->is_over());
    CHECK(bench.said.empty());
  }
  SUBCASE("hanging, with a spool") {
    const test::TemporaryFolder folder;
    Bench bench(folder.file("spool"));
    bench.push("a");
    bench.delivery->stop(bench.now + 2s);
    CHECK(bench.turn() == bench.now + 2s);
    bench.now += 2s;
    bench.turn();
    CHECK(bench.delivery->is_over());
    CHECK_FALSE(bench.poster.is_under_way);
    CHECK(bench.delivery->counts().spool_bytes == 14);
    CHECK(bench.delivery->counts().dropped == 0);
  }
  SUBCASE("hanging, without one") {
    Bench bench;
    for (const char* name : {"a", "b", "c"}) bench.push(name);
    bench.delivery->stop(bench.now + 2s);
    bench.turn();
    bench.delivery->stop(bench.now + 100s);  // a second stop gives no more time
    bench.now += 2s;
    bench.turn();
    CHECK(bench.delivery->is_over());
    CHECK(bench.delivery->counts().dropped == 3);
    REQUIRE(bench.said.size() == 1);
    CHECK(bench.said[0].ends_with("stopping, and not everything was taken; 3 records dropped"));
  }
}

TEST_CASE("a full spool loses its oldest, counts them and says so") {
  const test::TemporaryFolder folder;
  Bench bench(folder.file("spool"), 3 * 28);
  bench.push("a");
  bench.push("b");
  bench.turn();
  bench.answer(refused_connection());
  for (const char* name : {"c", "d", "e", "f", "g", "h"}) bench.push(name);
  bench.turn();
  // "ab" may be on its way and stays; "cd" gave way.
  CHECK(bench.delivery->counts().dropped == 2);
  CHECK(bench.delivery->counts().spool_bytes == 3 * 28);
  REQUIRE(bench.said.size() == 2);
  CHECK(bench.said[1].ends_with("the spool is full; the oldest 2 records dropped"));
}

TEST_CASE("a spool that cannot be written keeps records in memory, and tries again") {
  const test::TemporaryFolder folder;
  Bench bench(folder.file("spool"));
  std::filesystem::remove_all(folder.file("spool"));
  bench.push("a");
  bench.push("b");
  bench.turn();
  bench.answer(refused_connection());
  bench.push("c");
  bench.push("d");
  bench.turn();
  CHECK(bench.delivery->counts().waiting_records == 4);
  CHECK(bench.delivery->counts().dropped == 0);
  std::filesystem::create_directories(folder.file("spool"));
  bench.now += 1s;
  bench.turn();
  CHECK(bench.delivery->counts().waiting_records <= 2);
  CHECK(bench.delivery->counts().spool_bytes >= 28);
}

TEST_CASE("a damaged file of the spool is counted, said and passed over") {
  const test::TemporaryFolder folder;
  {
    const auto spool = *SinkSpool::open(folder.file("spool"), 1000);
    REQUIRE(spool->add(1, make_batch({"{\"event\":\"a\"}"}), {}).has_value());
    REQUIRE(spool->add(2, make_batch({"{\"event\":\"b\"}"}), {}).has_value());
  }
  for (const auto& file : std::filesystem::directory_iterator(folder.file("spool"))) {
    if (file.path().filename().string().starts_with("0000000000000001")) {
      std::filesystem::resize_file(file.path(), 3);
    }
  }
  Bench bench(folder.file("spool"));
  bench.turn();
  CHECK(bench.sent() == "b");
  bench.answer(status(200));
  CHECK(bench.delivery->counts().dropped == 1);
  CHECK(bench.delivery->counts().delivered == 1);
  REQUIRE(bench.said.size() == 1);
  CHECK(bench.said[0].contains("damaged"));
}

}  // namespace
}  // namespace lastframe::sinks
