#include "core/http2/field_decoder.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "support/hex.h"
#include "support/http2_bytes.h"
#include "support/splits.h"

using namespace lastframe;
using http2::FieldDecoder;

namespace {

// Lines of a section that came in these parts, or "broken".
std::string decode(FieldDecoder& decoder, const test::Split& split) {
  std::string lines;
  std::size_t left = split.parts.size();
  bool is_read = true;
  test::feed_parts(split, [&](std::string_view part) {
    is_read = is_read && decoder.decode(as_bytes(part), --left == 0,
                                        [&](std::string_view name, std::string_view value) {
                                          lines +=
                                              std::string(name) + ": " + std::string(value) + "\n";
                                        });
  });
  return is_read ? lines : "broken";
}

// RFC 7541 appendix C.6: responses with Huffman codes, and a table of 256 bytes that gives entries
// up.
struct Section {
  std::string_view hex;
  std::string_view lines;
};
constexpr Section kSections[]{
    {"488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad1718"
     "63c78f0b97c8e9ae82ae43d3",
     ":status: 302\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\n"
     "location: https://www.example.com\n"},
    {"4883640effc1c0bf",
     ":status: 307\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\n"
     "location: https://www.example.com\n"},
    {"88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7"
     "b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
     ":status: 200\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:22 GMT\n"
     "location: https://www.example.com\ncontent-encoding: gzip\n"
     "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1\n"}};

}  // namespace

TEST_CASE("the sections of RFC 7541 appendix C.6, each cut everywhere") {
  const std::string first = test::hex(kSections[0].hex);
  test::at_every_split(first, [](const test::Split& split) {
    CAPTURE(split.name);
    FieldDecoder decoder;
    REQUIRE(decoder.allow_table(256));
    // The encoder says first that its table is smaller now (RFC 7541 section 4.2).
    test::Split announced = split;
    const std::string update = test::hex("3fe101");
    announced.parts.insert(announced.parts.begin(), update);
    CHECK(decode(decoder, announced) == kSections[0].lines);
    for (const Section& section : {kSections[1], kSections[2]}) {
      const std::string bytes = test::hex(section.hex);
      CHECK(decode(decoder, test::in_parts_of(bytes, 5)) == section.lines);
    }
  });
}

TEST_CASE("what is no HPACK is refused") {
  for (const std::string_view hex : {"ff", "80", "bf", "40", "0003616263", "1fffffffffff0f"}) {
    CAPTURE(hex);
    FieldDecoder decoder;
    const std::string bytes = test::hex(hex);
    CHECK(decode(decoder, test::whole(bytes)) == "broken");
  }
}

TEST_CASE("a table may be as large as the receiver says, up to a mebibyte") {
  FieldDecoder decoder;
  CHECK(decoder.table_limit() == 4096);
  CHECK(decoder.allow_table(65'536));
  CHECK(decoder.table_limit() == 65'536);
  CHECK_FALSE(decoder.allow_table(1024 * 1024 + 1));
  const std::string many = test::hpack_literal("a", std::string(100, 'b'), true);
  for (int i = 0; i < 600; ++i) {
    REQUIRE(decode(decoder, test::whole(many)) == "a: " + std::string(100, 'b') + "\n");
  }
  // The last of them has index 62, and there are 65,536 / (1 + 100 + 32) = 492.
  const std::string last("\xBE", 1);
  CHECK(decode(decoder, test::whole(last)) == "a: " + std::string(100, 'b') + "\n");
}
