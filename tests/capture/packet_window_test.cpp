#include "capture/packet_window.h"

#include <doctest/doctest.h>

#include <string>

#include "support/splits.h"

using namespace lastframe;

TEST_CASE("what is dropped and what is peeked at does not depend on how the file is cut") {
  const std::string text = "0123456789abcdefghij";
  test::at_every_split(text, [&](const test::Split& split) {
    CAPTURE(split.name);
    capture::PacketWindow window;
    std::string seen;
    std::size_t step = 0;
    test::feed_parts(split, [&](std::string_view part) {
      window.add(as_bytes(part));
      // Three bytes are seen, two are dropped; every third time four more that nobody saw.
      while (const auto bytes = window.peek(3)) {
        seen += std::string(as_text(*bytes)) + "@" + std::to_string(window.position()) + " ";
        window.drop(++step % 3 == 0 ? 6 : 2);
      }
    });
    CHECK(seen == "012@0 234@2 456@4 abc@10 cde@12 efg@14 ");
    CHECK(!window.is_within_something());
  });
}

TEST_CASE("what lies whole in a part is not copied") {
  const std::string part = "abcdef";
  capture::PacketWindow window;
  window.add(as_bytes(part));
  CHECK(window.peek(4)->data() == as_bytes(part).data());
  window.drop(2);
  CHECK(window.peek(4)->data() == as_bytes(part).data() + 2);
}

TEST_CASE("a window knows that something has begun, or is owed") {
  capture::PacketWindow window;
  CHECK(!window.is_within_something());
  window.add(as_bytes("ab"));
  CHECK(!window.peek(3));
  CHECK(window.is_within_something());
  window.drop(2);
  CHECK(!window.is_within_something());
  window.drop(std::uint64_t{1} << 40);
  CHECK(window.is_within_something());
  CHECK(window.position() == (std::uint64_t{1} << 40) + 2);
}

TEST_CASE("what is kept outlives its part") {
  capture::PacketWindow window;
  {
    const std::string part = "abcdef";
    window.add(as_bytes(part));
    window.drop(2);
    window.keep();
  }
  CHECK(window.size() == 4);
  const std::string more = "gh";
  window.add(as_bytes(more));
  CHECK(window.size() == 6);
  CHECK(as_text(*window.peek(6)) == "cdefgh");
}
