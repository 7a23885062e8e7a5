#include "core/ws/stray_sample.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

#include "support/hex.h"

namespace lastframe::ws {
namespace {

TEST_CASE("sizes are said in words, and as a lower bound where no end was seen") {
  CHECK(in_bytes(0) == "0 bytes");
  CHECK(in_bytes(1) == "1 byte");
  CHECK(in_bytes(18446744073709551615ull) == "18446744073709551615 bytes");
  CHECK(amount({.bytes = "abc", .length = 3}) == "3 bytes");
  CHECK(amount({.bytes = "abc", .length = 70000}) == "70000 bytes");
  CHECK(amount({.bytes = "abc"}) == "at least 3 bytes");
}

TEST_CASE("a sample without its first bytes is shorter by them") {
  const StraySample sample{.bytes = "abc", .length = 10};
  CHECK(sample.behind(2).bytes == "c");
  CHECK(sample.behind(2).length == 8u);
  CHECK_FALSE(sample.is_all());
  const StraySample whole{.bytes = "abc", .length = 3};
  CHECK(whole.behind(3).is_all());
  const StraySample endless{.bytes = "abc", .length = std::nullopt};
  CHECK_FALSE(endless.behind(1).length.has_value());
}

TEST_CASE("each of the 256 bytes is escaped unless it is printable ASCII and no backslash") {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    const bool is_plain = byte >= 0x20 && byte <= 0x7E && byte != '\\';
    constexpr std::string_view kDigits = "0123456789abcdef";
    const std::string escape = std::string("\\x") + kDigits[byte / 16] + kDigits[byte % 16];
    CHECK(escaped(text, 1) == (is_plain ? text : escape));
  }
  CHECK(escaped("abcd", 4) == "abcd");
  CHECK(escaped("abcde", 4) == "abcd...");
}

TEST_CASE("words are found in any case of letters") {
  CHECK(begins_with("<!DOCTYPE html>", "<!doctype"));
  CHECK_FALSE(begins_with("<!DOC", "<!doctype"));
  CHECK(find_word("a </HTML>", "</html>") == 2);
  CHECK(find_word("a </HTM", "</html>") == std::string_view::npos);
  CHECK(find_word("", "a") == std::string_view::npos);
}

// RFC 6455 section 5.2, for both senders: the second byte says which.
TEST_CASE("a frame can begin with some bytes and not with others") {
  struct Row {
    std::string_view name;
    std::string_view bytes;
    bool is_frame;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"5.7: a text of a server", "81 05 48 65 6c 6c 6f", true},
      {"5.7: a text of a client", "81 85 37 fa 21 3d 7f 9f 4d 51 58", true},
      {"5.7: a first fragment", "01 03 48 65 6c", true},
      {"5.7: a last fragment", "80 02 6c 6f", true},
      {"5.7: 256 bytes", "82 7e 01 00", true},
      {"5.7: a ping", "89 05 48", true},
      {"a compressed text", "c1 07 f2", true},
      {"half a header", "82 7e 01", true},
      {"the first byte of a header", "81", true},
      {"nothing", "", false},
      {"a fragmented ping", "09 00", false},
      {"a ping of 126 bytes", "89 7e 00 7e", false},
      {"a length in two bytes that needs one", "82 7e 00 7d", false},
      {"RSV2", "a1 00", false},
      {"RSV1 on a ping", "c9 00", false},
      {"an A: RSV1 on a first fragment", "41 00", false},
      {"opcode 3", "83 00", false},
      {"top bit of the length", "82 7f 80 00 00 00 00 00 00 00", false},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    CHECK(begins_with_frame(test::hex(row.bytes)) == row.is_frame);
  }
}

}  // namespace
}  // namespace lastframe::ws
