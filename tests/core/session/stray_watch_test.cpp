#include "core/session/stray_watch.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "core/ws/mask_fault.h"
#include "core/ws/stray_bytes.h"
#include "support/splits.h"

namespace lastframe::session {
namespace {

constexpr std::string_view kPage =
    "HTTP/1.1 502 Bad Gateway\r\nServer: nginx\r\nContent-Length: 9\r\n\r\ntoo late\n";

std::vector<StraySeen> seen(const StrayWatch& watch, std::uint64_t end, bool is_cut) {
  std::vector<StraySeen> result;
  watch.report(Endpoint::server, end, is_cut, result);
  return result;
}

TEST_CASE("what stands where a frame should begin is recognised, however it comes") {
  test::at_every_split(kPage, [&](const test::Split& split) {
    CAPTURE(split.name);
    StrayWatch watch;
    watch.begin_break({.offset = 100, .frame = 4, .bytes = {}});
    std::uint64_t at = 100;
    test::feed_parts(split, [&](std::string_view part) {
      watch.take(as_bytes(part), at);
      at += part.size();
    });
    const auto found = seen(watch, 100 + kPage.size(), false);
    REQUIRE(found.size() == 1);
    CHECK(found[0].side == Endpoint::server);
    CHECK(found[0].frame == 4);
    CHECK(found[0].offset == 100);
    CHECK_FALSE(found[0].is_inside_frame);
    CHECK(found[0].kind == "http_response");
    CHECK(found[0].summary.find("502") != std::string::npos);
  });
}

TEST_CASE("what is shown of a page keeps no credential, and all else") {
  constexpr std::string_view kToken = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
  const std::string token(kToken);
  for (const std::string& head :
       {"HTTP/1.1 502 " + token + "\r\n\r\n", "HTTP/1.1 502 Bad\r\nServer: " + token + "\r\n\r\n",
        "HTTP/1.1 502 Bad\r\nVia: 1.1 " + token + "\r\n\r\n",
        "GET / HTTP/1.1\r\nUser-Agent: " + token + "\r\n\r\n"}) {
    CAPTURE(head);
    StrayWatch watch;
    watch.begin_break({.offset = 0, .frame = 1, .bytes = head});
    const auto found = seen(watch, head.size(), false);
    REQUIRE(found.size() == 1);
    const std::string text = found[0].summary + found[0].shown;
    CHECK(text.find(kToken.substr(10, 12)) == std::string::npos);
    CHECK(text.find("[redacted random, 43 bytes]") != std::string::npos);
  }
  StrayWatch harmless;
  harmless.begin_break({.offset = 0, .frame = 1, .bytes = std::string(kPage)});
  CHECK(seen(harmless, kPage.size(), false)[0].shown ==
        "HTTP/1.1 502 Bad Gateway | Server: nginx | Content-Length: 9");
}

TEST_CASE("a response inside a frame counts where the frame is cut short by it") {
  StrayWatch watch;
  watch.begin_interruption({.offset = 50, .frame = 3, .bytes = std::string(kPage)});
  CHECK(watch.has_interruption());
  CHECK(seen(watch, 120, false).empty());
  // The stream ended inside the frame.
  REQUIRE(seen(watch, 120, true).size() == 1);
  CHECK(seen(watch, 120, true)[0].is_inside_frame);
  // Or what follows is no frame: the response explains that, too.
  watch.begin_break({.offset = 80, .frame = 4, .bytes = "Gateway"});
  REQUIRE(seen(watch, 120, false).size() == 1);
  CHECK(seen(watch, 120, false)[0].offset == 50);
  // And not where the next frame begins as it should.
  StrayWatch other;
  other.begin_interruption({.offset = 50, .frame = 3, .bytes = std::string(kPage)});
  other.forget_interruption();
  CHECK_FALSE(other.has_interruption());
  CHECK(seen(other, 120, true).empty());
}

TEST_CASE("only the first break and the first faulty text are kept") {
  StrayWatch watch;
  watch.begin_break({.offset = 1, .frame = 1, .bytes = "<html>"});
  watch.begin_break({.offset = 9, .frame = 2, .bytes = "{}"});
  REQUIRE(seen(watch, 20, false).size() == 1);
  CHECK(seen(watch, 20, false)[0].offset == 1);
}

TEST_CASE("the mask of a faulty text is looked into, within its frame") {
  const std::string text = R"({"type":"subscribe","channel":"orders","since":12345678})";
  const ws::MaskingKey key{std::byte{0xC2}, std::byte{5}, std::byte{0x9B}, std::byte{0x70}};
  const auto watch_of = [&](std::uint64_t left) {
    StrayWatch watch;
    watch.begin_text_fault({.excerpt = {.offset = 6, .frame = 1, .bytes = {}},
                            .payload_offset = 0,
                            .payload_left = left,
                            .key = key});
    watch.take(as_bytes(text), 6);
    return watch;
  };
  const auto found = seen(watch_of(text.size()), 6 + text.size(), false);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == "not_masked");
  CHECK(found[0].summary == sentence(ws::MaskFault::not_masked));
  CHECK(seen(watch_of(10), 6 + text.size(), false).empty());
}

TEST_CASE("bytes that are read again, or lie elsewhere, stand in an excerpt once") {
  StrayWatch watch;
  watch.begin_break({.offset = 100, .frame = 4, .bytes = std::string(kPage.substr(0, 10))});
  watch.take(as_bytes(kPage.substr(0, 30)), 100);
  watch.take(as_bytes(kPage.substr(5, 20)), 105);
  watch.take(as_bytes(kPage), 1000);
  watch.take(as_bytes(kPage.substr(30)), 130);
  StrayWatch whole;
  whole.begin_break({.offset = 100, .frame = 4, .bytes = std::string(kPage)});
  CHECK(seen(watch, 100 + kPage.size(), false) == seen(whole, 100 + kPage.size(), false));
}

TEST_CASE("excerpts are bounded") {
  StrayWatch watch;
  watch.begin_break({.offset = 0, .frame = 1, .bytes = {}});
  for (std::uint64_t i = 0; i < 1000; ++i) watch.take(as_bytes(kPage), i * kPage.size());
  REQUIRE(seen(watch, 100'000, false).size() == 1);
  CHECK(seen(watch, 100'000, false)[0].shown.size() <= 4 * ws::kStrayWindow);
}

}  // namespace
}  // namespace lastframe::session
