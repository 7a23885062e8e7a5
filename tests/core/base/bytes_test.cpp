#include "core/base/bytes.h"

#include <doctest/doctest.h>

#include <string>

namespace lastframe {
namespace {

TEST_CASE("text seen as bytes and back is the same memory") {
  const std::string text("a\0\xFF", 3);
  const ByteView bytes = as_bytes(text);
  REQUIRE(bytes.size() == 3);
  CHECK(bytes[1] == std::byte{0});
  CHECK(bytes[2] == std::byte{0xFF});
  CHECK(as_text(bytes) == text);
  CHECK(as_text(bytes).data() == text.data());
}

TEST_CASE("nothing is as good as any other text") {
  CHECK(as_bytes("").empty());
  CHECK(as_text(ByteView{}).empty());
}

}  // namespace
}  // namespace lastframe
