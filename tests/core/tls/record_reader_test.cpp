#include "core/tls/record_reader.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>

#include "support/hex.h"
#include "support/splits.h"
#include "support/tls_bytes.h"

namespace lastframe::tls {
namespace {

using test::hex;

// "22:abc." for each record: its type and its fragment; the dot stands where it ends, "!" where no
// record begins.
std::string read_by(RecordReader& reader, const test::Split& split) {
  std::string said;
  test::feed_parts(split, [&](std::string_view part) {
    ByteView input = as_bytes(part);
    while (const auto event = reader.next(input)) {
      if (const auto* begin = std::get_if<RecordBegin>(&*event)) {
        said += std::to_string(std::to_underlying(begin->type)) + ':';
      } else if (const auto* piece = std::get_if<FragmentPart>(&*event)) {
        said += as_text(piece->bytes);
        if (piece->is_last) said += '.';
      } else {
        said += '!';
      }
    }
    CHECK(input.empty());
  });
  return said;
}

TEST_CASE("a stream is cut into records, at every split") {
  struct Row {
    std::string_view name;
    std::string bytes;
    std::string_view said;
    bool is_mid_record;
  };
  const auto rows = std::to_array<Row>({
      {"nothing", "", "", false},
      {"a record", test::tls_record(22, "abc"), "22:abc.", false},
      {"each type",
       test::tls_record(20, "a") + test::tls_record(21, "b") + test::tls_record(23, "c") +
           test::tls_record(24, "d"),
       "20:a.21:b.23:c.24:d.", false},
      {"any minor version", test::tls_record(22, "a", 0) + test::tls_record(22, "b", 255),
       "22:a.22:b.", false},
      {"empty application data (RFC 5246 section 6.2.1)", test::tls_record(23, ""), "23:.", false},
      {"the same, and more", test::tls_record(23, "") + test::tls_record(23, "a"), "23:.23:a.",
       false},
      {"cut in a header", hex("16 0303 00"), "", true},
      {"cut behind a header", hex("16 0303 0003"), "22:", true},
      {"cut in a fragment", hex("16 0303 0003 6162"), "22:ab", true},
      {"a type below", hex("13 0303 0001 61"), "!", false},
      {"a type above", hex("19 0303 0001 61"), "!", false},
      {"HTTP", "HTTP/1.1 400 Bad Request\r\n", "!", false},
      {"another version", hex("16 0201 0001 61"), "!", false},
      {"an empty handshake record", hex("16 0303 0000 16"), "!", false},
      {"an empty alert record", hex("15 0303 0000 16"), "!", false},
      {"a fragment over 2^14 + 2048 bytes (RFC 5246 section 6.2.3)", hex("17 0303 4801 61"), "!",
       false},
      {"something else behind a record", test::tls_record(23, "a") + "HTTP", "23:a.!", false},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    test::at_every_split(row.bytes, [&](const test::Split& split) {
      CAPTURE(split.name);
      RecordReader reader;
      CHECK(read_by(reader, split) == row.said);
      CHECK(reader.is_mid_record() == row.is_mid_record);
    });
  }
}

TEST_CASE("a fragment may have 2^14 + 2048 bytes, for it may be encrypted") {
  const std::string fragment(kLongestFragment, 'x');
  RecordReader reader;
  CHECK(read_by(reader, test::in_parts_of(test::tls_record(23, fragment), 1000)) ==
        "23:" + fragment + '.');
}

TEST_CASE("the first byte that fits no record is enough to tell") {
  RecordReader reader;
  ByteView input = as_bytes("H");
  const auto event = reader.next(input);
  REQUIRE(event.has_value());
  CHECK(std::holds_alternative<NoRecord>(*event));
}

}  // namespace
}  // namespace lastframe::tls
