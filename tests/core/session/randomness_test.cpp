#include "core/session/randomness.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>

namespace lastframe::session {
namespace {

TEST_CASE("names, words and numbers that people write do not look random") {
  const auto names = std::to_array<const char*>({
      "",
      "a",
      "graphql-transport-ws",
      "notification-subscription-service-v2",
      "NotificationSubscriptionServiceV2",
      "com_example_chat_ServiceRegistry",
      "internationalization-and-localization",
      "donaudampfschifffahrtsgesellschaft",
      "12345678901234567890123456789012",
      "2026-11-20-19-00-01-234567",
      "0000000000000000000000",
      "room-42-user-17-channel-3-lobby",
      "--------------------------------",
      "THIS_IS_A_LONG_CONSTANT_NAME",
      "application-configuration-2024-11-20",
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  });
  for (const std::string name : names) {
    CAPTURE(name);
    CHECK_FALSE(looks_random(name));
  }
}

TEST_CASE("credentials in the forms that services hand out look random") {
  const auto credentials = std::to_array<const char*>({
      "3c6ee24d2f0a8b6e1d9f7c5b4a392817",
      "3C6EE24D2F0A8B6E1D9F7C5B4A392817",
      "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
      "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
      "lv_VI97HAXpY6yYWAAAC",
      "01ARZ3NDEKTSV4RRFFQ69G5FAV",
      "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
      "session-token-of-user-7f3b2c1d9e8f7a6b5c4d",
  });
  for (const std::string credential : credentials) {
    CAPTURE(credential);
    CHECK(looks_random(credential));
  }
}

TEST_CASE("a string of 19 characters is short enough to stay, one of 20 is not") {
  const std::string random = "3c6e24d2f0a8b6e1d9f7";
  CHECK(random.size() == 20);
  CHECK(looks_random(random));
  CHECK_FALSE(looks_random(random.substr(1)));
}

TEST_CASE("property: nearly every random string of 32 characters is found, in each alphabet") {
  constexpr unsigned kSeed = 7519;
  constexpr int kRounds = 5000;
  CAPTURE(kSeed);
  std::mt19937 random(kSeed);
  const auto alphabets = std::to_array<std::string_view>({
      "0123456789abcdef",
      "0123456789ABCDEFGHJKMNPQRSTVWXYZ",
      "0123456789abcdefghijklmnopqrstuvwxyz",
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_",
  });
  for (const std::string_view alphabet : alphabets) {
    CAPTURE(alphabet);
    int found = 0;
    for (int round = 0; round < kRounds; ++round) {
      std::string text(32, ' ');
      std::ranges::generate(text, [&] { return alphabet[random() % alphabet.size()]; });
      found += looks_random(text) ? 1 : 0;
    }
    CHECK(found >= kRounds * 99 / 100);
  }
}

}  // namespace
}  // namespace lastframe::session
