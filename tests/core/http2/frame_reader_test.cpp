#include "core/http2/frame_reader.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "support/http2_bytes.h"
#include "support/splits.h"

using namespace lastframe;
using namespace lastframe::http2;

namespace {

// One line for each frame: what its header says, and its payload.
std::string read(const test::Split& split) {
  FrameReader reader;
  std::string told;
  test::feed_parts(split, [&](std::string_view bytes) {
    ByteView rest = as_bytes(bytes);
    while (const auto part = reader.next(rest)) {
      if (part->is_first) {
        told += std::to_string(part->frame.type) + " " + std::to_string(part->frame.flags) + " " +
                std::to_string(part->frame.stream) + " " + std::to_string(part->frame.length) + " ";
      }
      told += as_text(part->bytes);
      if (part->is_last) told += "\n";
    }
    CHECK(rest.empty());
  });
  return told;
}

}  // namespace

TEST_CASE("frames are cut wherever their bytes are") {
  const std::string bytes = test::http2_settings() + test::http2_data(5, "hello", kEndStream) +
                            test::http2_frame(FrameType::ping, 0, 0, "12345678");
  test::at_every_split(bytes, [](const test::Split& split) {
    CAPTURE(split.name);
    CHECK(read(split) == "4 0 0 0 \n0 1 5 5 hello\n6 0 0 8 12345678\n");
  });
}

TEST_CASE("the reserved bit is no part of a stream's number, and lengths have 24 bits") {
  const std::string bytes("\xFF\xFF\xFF\x00\x00\xFF\xFF\xFF\xFF", 9);
  const FrameHeader header = decode_frame_header(as_bytes(bytes));
  CHECK(header.length == 0xFFFFFF);
  CHECK(header.stream == 0x7FFFFFFF);
}

TEST_CASE("bytes that nobody saw are skipped within a payload") {
  FrameReader reader;
  const std::string bytes = test::http2_data(1, "0123456789");
  ByteView rest = as_bytes(std::string_view(bytes).substr(0, kFrameHeaderSize));
  REQUIRE(reader.next(rest));
  REQUIRE(reader.open_frame());
  CHECK(reader.payload_left() == 10);
  CHECK_FALSE(reader.skip(4).is_last);
  rest = as_bytes(std::string_view(bytes).substr(kFrameHeaderSize + 4));
  const auto part = reader.next(rest);
  REQUIRE(part);
  CHECK(as_text(part->bytes) == "456789");
  CHECK(part->is_last);
  CHECK(reader.open_frame() == nullptr);
}

TEST_CASE("error codes have the names of RFC 9113 section 7") {
  CHECK(error_name(0) == "NO_ERROR");
  CHECK(error_name(8) == "CANCEL");
  CHECK(error_name(0xD) == "HTTP_1_1_REQUIRED");
  CHECK(error_name(0xE).empty());
  CHECK(known_error_name("CANCEL") == "CANCEL");
  CHECK(known_error_name("cancel").empty());
}

TEST_CASE("a server's first bytes may be settings") {
  const std::string settings = test::http2_settings("\0\3\0\0\0\x64");
  for (std::size_t size = 0; size <= settings.size(); ++size) {
    CAPTURE(size);
    CHECK(may_begin_with_settings(as_bytes(std::string_view(settings).substr(0, size))));
  }
  for (const std::string_view other :
       {std::string_view("HTTP/1.1 101"), std::string_view("\x82\x05hello"),
        std::string_view("\0\0\1\4\0\0\0\0\0", 9), std::string_view("\0\0\0\4\1\0\0\0\0", 9),
        std::string_view("\0\0\0\4\0\0\0\0\1", 9)}) {
    CAPTURE(other);
    CHECK_FALSE(may_begin_with_settings(as_bytes(other)));
  }
}
