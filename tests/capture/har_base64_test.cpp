#include "capture/har_base64.h"

#include <doctest/doctest.h>

#include <random>

#include "support/seeds.h"

namespace lastframe::test {
namespace {

using capture::base64_of;
using capture::from_base64;

TEST_CASE("the test vectors of RFC 4648 section 10") {
  struct Row {
    std::string_view bytes;
    std::string_view text;
  };
  for (const Row& row :
       {Row{"", ""}, Row{"f", "Zg=="}, Row{"fo", "Zm8="}, Row{"foo", "Zm9v"},
        Row{"foob", "Zm9vYg=="}, Row{"fooba", "Zm9vYmE="}, Row{"foobar", "Zm9vYmFy"}}) {
    CAPTURE(row.bytes);
    CHECK(base64_of(row.bytes) == row.text);
    CHECK(from_base64(row.text) == row.bytes);
  }
}

TEST_CASE("padding may be missing, and the alphabet for URLs is taken too") {
  CHECK(from_base64("Zg") == "f");
  CHECK(from_base64("-_8") == "\xFB\xFF");
  CHECK(from_base64("+/8=") == "\xFB\xFF");
}

TEST_CASE("what is no base64 has no value") {
  for (const std::string_view text :
       {"Z", "Zm9vY", "Zm 9v", "Zg===", "Z=g=", "\xC3\xA9==", "Zm9\n"}) {
    CAPTURE(text);
    CHECK_FALSE(from_base64(text));
  }
}

TEST_CASE("property: any bytes come back") {
  CAPTURE(seed());
  std::mt19937 random(seed());
  for (int i = 0; i < 300; ++i) {
    const std::string bytes = random_bytes(random, below(random, 70));
    CHECK(from_base64(base64_of(bytes)) == bytes);
  }
}

}  // namespace
}  // namespace lastframe::test
