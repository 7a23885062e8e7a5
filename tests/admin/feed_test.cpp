#include "admin/feed.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace lastframe::admin {
namespace {

// All that a reader finds.
std::vector<std::string> read(Feed::Reader& reader) {
  std::vector<std::string> found;
  while (const Feed::Message message = reader.next()) found.push_back(*message);
  return found;
}

TEST_CASE("a reader gets what comes after it, once, in order") {
  Feed feed;
  feed.add("before");
  Feed::Reader reader(feed);
  CHECK(read(reader).empty());
  feed.add("a");
  feed.add("b");
  CHECK(read(reader) == std::vector<std::string>{"a", "b"});
  CHECK(read(reader).empty());
  feed.add("c");
  CHECK(read(reader) == std::vector<std::string>{"c"});
}

TEST_CASE("a slow reader loses the oldest, is told how many, and others lose nothing") {
  Feed feed(3);
  Feed::Reader slow(feed);
  Feed::Reader brisk(feed);
  for (const char* text : {"1", "2", "3", "4", "5"}) {
    feed.add(text);
    CHECK(read(brisk) == std::vector<std::string>{text});
  }
  CHECK(read(slow) == std::vector<std::string>{R"({"event":"dropped","count":2})", "3", "4", "5"});
  for (int i = 0; i < 10; ++i) feed.add("x");
  CHECK(read(slow) == std::vector<std::string>{R"({"event":"dropped","count":7})", "x", "x", "x"});
}

TEST_CASE("readers and what they lost are counted, also when they are gone") {
  Feed feed(1);
  CHECK(feed.readers() == 0);
  {
    Feed::Reader slow(feed);
    Feed::Reader slower(feed);
    CHECK(feed.readers() == 2);
    for (const char* text : {"1", "2", "3"}) feed.add(text);
    CHECK(feed.dropped() == 0);  // nobody has missed them yet
    CHECK(read(slow).size() == 2);
    CHECK(feed.dropped() == 2);
    CHECK(read(slower).size() == 2);
  }
  CHECK(feed.readers() == 0);
  CHECK(feed.dropped() == 4);
}

TEST_CASE("the bytes are bounded, too, but a message alone is kept") {
  Feed feed(100, 10);
  Feed::Reader reader(feed);
  feed.add("12345");
  feed.add("67890");
  feed.add("abcde");
  CHECK(read(reader) ==
        std::vector<std::string>{R"({"event":"dropped","count":1})", "67890", "abcde"});
  feed.add(std::string(50, 'y'));
  CHECK(read(reader) == std::vector<std::string>{std::string(50, 'y')});
}

TEST_CASE("a message in a reader's hand outlives its place in the ring") {
  Feed feed(1);
  Feed::Reader reader(feed);
  feed.add("first");
  const Feed::Message kept = reader.next();
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
