#include "core/proxying/credentials.h"

#include <doctest/doctest.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace lastframe::proxying {
namespace {

TEST_CASE("credentials are known as a whole, or not at all") {
  const auto known = std::to_array<std::string>({"ann:secret", "bob:", "carl:pass:word"});
  struct Row {
    std::string shown;
    bool is_known;
  };
  const auto rows = std::to_array<Row>({
      {"ann:secret", true},
      {"bob:", true},
      {"carl:pass:word", true},
      {"ann:secre", false},
      {"ann:secrets", false},
      {"ann:Secret", false},
      {"Ann:secret", false},
      {"ann:", false},
      {"ann", false},
      {"bob:secret", false},
      {"", false},
      {":", false},
      {std::string("ann:secret\0", 11), false},
      {std::string("bob:\0", 5), false},
  });
  for (const Row& row : rows) {
    CAPTURE(row.shown);
    CHECK(is_known(known, row.shown) == row.is_known);
  }
  CHECK_FALSE(is_known({}, ""));
}

TEST_CASE("Basic credentials are read from their field (RFC 7617 section 2)") {
  struct Row {
    std::string_view value;
    std::optional<std::string_view> expected;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin:open sesame"},  // section 2
      {"Basic dGVzdDoxMjPCow==", "test:123\xC2\xA3"},                 // section 2.1
      {"basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin:open sesame"},
      {"BASIC   QWxhZGRpbjpvcGVuIHNlc2FtZQ", "Aladdin:open sesame"},
      {"Basic ", ""},
      {"Basic", std::nullopt},
      {"Basic Q", std::nullopt},
      {"Basic QWxh ZGRp", std::nullopt},
      {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ===", std::nullopt},
      {"Basic QW=h", std::nullopt},
      {"Basic QW-h", std::nullopt},
      {"Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==", std::nullopt},
      {"", std::nullopt},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.value);
    CHECK(basic_credentials(row.value) == row.expected);
  }
}

// RFC 4648 section 10.
TEST_CASE("base64 is read with its padding or without") {
  struct Row {
    std::string_view encoded;
    std::string_view bytes;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"", ""},
      {"Zg==", "f"},
      {"Zm8=", "fo"},
      {"Zm9v", "foo"},
      {"Zm9vYg==", "foob"},
      {"Zm9vYmE=", "fooba"},
      {"Zm9vYmFy", "foobar"},
      {"Zg", "f"},
      {"Zm8", "fo"},
      {"+/+/", "\xFB\xFF\xBF"},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.encoded);
    CHECK(basic_credentials("Basic " + std::string(row.encoded)) == row.bytes);
  }
}

}  // namespace
}  // namespace lastframe::proxying
