#include "core/ws/mask_fault.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "support/hex.h"
#include "support/seeds.h"

namespace lastframe::ws {
namespace {

constexpr MaskingKey kKey{std::byte{0x37}, std::byte{0xFA}, std::byte{0x21}, std::byte{0x3D}};
constexpr MaskingKey kOtherKey{std::byte{0xC2}, std::byte{0x05}, std::byte{0x9B}, std::byte{0x70}};

std::string masked(std::string_view text, const MaskingKey& key, std::uint64_t offset) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bytes += static_cast<char>(static_cast<std::byte>(text[i]) ^ key[(offset + i) % 4]);
  }
  return bytes;
}

constexpr std::string_view kText = R"({"type":"subscribe","channel":"orders","since":12345678})";

TEST_CASE("each wrong handling of a mask leaves its trace, at every place in the payload") {
  for (std::uint64_t offset = 0; offset < 5; ++offset) {
    CAPTURE(offset);
    CHECK(mask_fault(as_bytes(kText), kKey, offset) == MaskFault::not_masked);
    const std::string again = masked(masked(kText, kKey, offset), kOtherKey, offset);
    CHECK(mask_fault(as_bytes(again), kKey, offset) == MaskFault::masked_again);
    const std::string still = masked(kText, kKey, offset);
    CHECK(mask_fault(as_bytes(still), std::nullopt, offset) == MaskFault::still_masked);
  }
}

TEST_CASE("what is no such fault has no trace") {
  // Text in Latin-1, masked as it should be, and not masked where it should not be.
  std::string latin;
  while (latin.size() < kMaskWindow) latin += "d\xE9j\xE0 vu, na\xEFve ";
  CHECK(mask_fault(as_bytes(masked(latin, kKey, 0)), kKey, 0) == MaskFault::none);
  CHECK(mask_fault(as_bytes(latin), std::nullopt, 0) == MaskFault::none);
  // Too little to tell.
  CHECK(mask_fault(as_bytes(kText.substr(0, kMaskWindow / 2 - 1)), kKey, 0) == MaskFault::none);
  CHECK(mask_fault({}, std::nullopt, 0) == MaskFault::none);
}

TEST_CASE("property: random bytes hardly ever look like a wrong mask") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  int found = 0;
  for (int run = 0; run < 20'000; ++run) {
    const std::string bytes = test::random_bytes(random, kMaskWindow / 2);
    if (mask_fault(as_bytes(bytes), kKey, 0) != MaskFault::none) ++found;
    if (mask_fault(as_bytes(bytes), std::nullopt, 0) != MaskFault::none) ++found;
  }
  CHECK(found == 0);
}

TEST_CASE("each fault has a name, and a sentence where there is something to say") {
  CHECK(name(MaskFault::none) == "none");
  CHECK(sentence(MaskFault::none).empty());
  for (const MaskFault fault :
       {MaskFault::not_masked, MaskFault::masked_again, MaskFault::still_masked}) {
    CHECK(name(fault).find("mask") != std::string_view::npos);
    CHECK(sentence(fault).find("mask") != std::string_view::npos);
  }
}

}  // namespace
}  // namespace lastframe::ws
