#include "admin/feed.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace lastframe::admin {
namespace {

// All that a reader at `place` finds.
std::vector<std::string> read(const Feed& feed, std::uint64_t& place) {
  std::vector<std::string> found;
  while (const Feed::Message message = feed.next(place)) found.push_back(*message);
  return found;
}

TEST_CASE("a reader gets what comes after it, once, in order") {
  Feed feed;
  feed.add("before");
  std::uint64_t place = feed.end();
  CHECK(read(feed, place).empty());
  feed.add("a");
  feed.add("b");
  CHECK(read(feed, place) == std::vector<std::string>{"a", "b"});
  CHECK(read(feed, place).empty());
  feed.add("c");
  CHECK(read(feed, place) == std::vector<std::string>{"c"});
}

TEST_CASE("a slow reader loses the oldest, is told how many, and others lose nothing") {
  Feed feed(3);
  std::uint64_t slow = feed.end();
  std::uint64_t brisk = feed.end();
  for (const char* text : {"1", "2", "3", "4", "5"}) {
    feed.add(text);
    CHECK(read(feed, brisk) == std::vector<std::string>{text});
  }
  CHECK(read(feed, slow) ==
        std::vector<std::string>{R"({"event":"dropped","count":2})", "3", "4", "5"});
  for (int i = 0; i < 10; ++i) feed.add("x");
  CHECK(read(feed, slow) ==
        std::vector<std::string>{R"({"event":"dropped","count":7})", "x", "x", "x"});
}

TEST_CASE("the bytes are bounded, too, but a message alone is kept") {
  Feed feed(100, 10);
  std::uint64_t place = feed.end();
  feed.add("12345");
  feed.add("67890");
  feed.add("abcde");
  CHECK(read(feed, place) ==
        std::vector<std::string>{R"({"event":"dropped","count":1})", "67890", "abcde"});
  feed.add(std::string(50, 'y'));
  CHECK(read(feed, place) == std::vector<std::string>{std::string(50, 'y')});
}

TEST_CASE("a message in a reader's hand outlives its place in the ring") {
  Feed feed(1);
  std::uint64_t place = feed.end();
  feed.add("first");
  const Feed::Message kept = feed.next(place);
  feed.add("second");
  feed.add("third");
  CHECK(*kept == "first");
}

TEST_CASE("news are told once until somebody has caught up") {
  Feed feed;
  int told = 0;
  feed.add("before");
  feed.on_news([&] { ++told; });
  CHECK(told == 0);
  feed.add("a");
  feed.add("b");
  CHECK(told == 1);
  feed.caught_up();
  feed.add("c");
  CHECK(told == 2);
  feed.on_news(nullptr);
  feed.add("d");
  CHECK(told == 2);
}

}  // namespace
}  // namespace lastframe::admin
