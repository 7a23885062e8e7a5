#include "output/likeness.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace lastframe::output {
namespace {

constexpr std::string_view kKnown = "no close frame received or sent";

TEST_CASE("texts are compared by their words in lower case") {
  CHECK(words_of("  \"RSV1 must be clear\"!  ") == "rsv1 must be clear");
  CHECK(words_of("idle_timeout") == "idle timeout");
  CHECK(words_of("[ERR] é") == "err é");
  CHECK(words_of("...") == "");
}

TEST_CASE("the more two texts have in common, the more they are alike") {
  const unsigned equal = likeness("No close frame received, or sent.", kKnown);
  const unsigned pasted =
      likeness("ConnectionClosedError: no close frame received or sent", kKnown);
  const unsigned part = likeness("no close frame received", kKnown);
  const unsigned typo = likeness("no close frame recieved or sent", kKnown);
  const unsigned words = likeness("received no frame that would close", kKnown);
  CHECK(equal == kLikenessOfEquals);
  CHECK(equal > pasted);
  CHECK(pasted >= kLikenessOfParts);
  CHECK(part >= kLikenessOfParts);
  CHECK(equal > typo);
  CHECK(typo >= kLikenessOfParts);
  CHECK(part > words);
  CHECK(words < kLikenessOfParts);
  CHECK(words > 0);
}

TEST_CASE("a whole text with a typo is more alike than one word of it") {
  CHECK(likeness("keepalive ping timout", "keepalive ping timeout") >
        likeness("keepalive ping timout", "keepalive"));
  CHECK(likeness("ngnix", "nginx") >= kLikenessOfParts);
  // One word of many is not taken for another one.
  CHECK(likeness("no close frame received", "Reserved") < kLikenessOfParts);
  CHECK(likeness("error: keepalive ping timout", "keepalive ping timeout") >= kLikenessOfParts);
}

TEST_CASE("texts that share nothing that says something are not alike") {
  CHECK(likeness("", kKnown) == 0);
  CHECK(likeness(kKnown, "") == 0);
  CHECK(likeness("of the or to", kKnown) == 0);
  CHECK(likeness("completely unrelated words", kKnown) == 0);
  CHECK(likeness("websocket error", "a websocket error for others") > 0);
  // A short word inside another text says nothing.
  CHECK(likeness("go away now please", "go") == 0);
}

TEST_CASE("a text of any size and any bytes can be asked for") {
  CHECK(likeness(std::string(1 << 20, 'x'), kKnown) == 0);
  CHECK(likeness(std::string(1 << 20, ' '), kKnown) == 0);
  CHECK(likeness("\xFF\xFE\x80", kKnown) == 0);
}

}  // namespace
}  // namespace lastframe::output
