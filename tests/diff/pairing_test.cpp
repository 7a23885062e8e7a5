#include "diff/pairing.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include "support/two_taps.h"

namespace lastframe::diff {
namespace {

using namespace std::chrono_literals;
using test::said;
using test::Seen;

constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

Seen connection(const std::string& key, const std::string& accept, const std::string& text,
                std::chrono::microseconds at = 0us) {
  Seen seen;
  seen.request = test::replaced(seen.request, kKey, key);
  seen.response = test::replaced(seen.response, kAccept, accept);
  if (!text.empty()) seen.frames = {said(Endpoint::client, ws::Opcode::text, text)};
  seen.clock = at;
  return seen;
}

std::vector<Trace> traces(const std::vector<Seen>& connections) {
  std::vector<Trace> result;
  for (const Seen& seen : connections) result.push_back(test::trace_of(seen));
  return result;
}

TEST_CASE("a key pairs, whatever else differs") {
  const auto pairing =
      pair_up(traces({connection("k1", "a", "x"), connection("k2", "b", "y")}),
              traces({connection("k2", "c", "x"), connection("k1", "d", "y", 9h)}));
  CHECK(pairing.pairs == std::vector<Pair>{{0, 1, PairedBy::key}, {1, 0, PairedBy::key}});
}

TEST_CASE("a key that is used again pairs in the order of time") {
  const auto pairing =
      pair_up(traces({connection("k", "a", "", 5s), connection("k", "a", "", 1s)}),
              traces({connection("k", "a", "", 2s), connection("k", "a", "", 6s)}));
  CHECK(pairing.pairs == std::vector<Pair>{{0, 1, PairedBy::key}, {1, 0, PairedBy::key}});
}

TEST_CASE("without a common key the answer's value pairs, then what is said, then the shape") {
  const auto pairing = pair_up(
      traces({connection("k1", "same", "one"), connection("k2", "a2", "only here and there"),
              connection("k3", "a3", "12345", 60s)}),
      traces({connection("l3", "b3", "54321", 61s),
              connection("l2", "b2", "only here and there", 500s),
              connection("l1", "same", "three")}));
  CHECK(pairing.pairs == std::vector<Pair>{{0, 2, PairedBy::accept},
                                           {1, 1, PairedBy::content},
                                           {2, 0, PairedBy::shape}});
  CHECK(is_guess(PairedBy::content));
  CHECK(is_guess(PairedBy::shape));
  CHECK_FALSE(is_guess(PairedBy::accept));
}

TEST_CASE("a shape that fits twice pairs nothing") {
  const auto pairing =
      pair_up(traces({connection("k1", "a1", "12345"), connection("k2", "a2", "67890")}),
              traces({connection("l1", "b1", "abcde"), connection("l2", "b2", "fghij")}));
  CHECK(pairing.pairs.empty());
  CHECK(pairing.only_before == std::vector<std::size_t>{0, 1});
  CHECK(pairing.only_after == std::vector<std::size_t>{0, 1});
}

TEST_CASE("of several that fit by their shape the one that asks for the same pairs") {
  const auto asking = [](const std::string& key, const std::string& path) {
    Seen seen = connection(key, key, "");
    seen.request = test::replaced(seen.request, "/chat", path);
    return seen;
  };
  const auto pairing =
      pair_up(traces({asking("k1", "/a"), asking("k2", "/b?x"), asking("k3", "/c")}),
              traces({asking("l3", "/c"), asking("l2", "/b?y"), asking("l1", "/a")}));
  CHECK(pairing.pairs == std::vector<Pair>{{0, 2, PairedBy::shape}, {2, 0, PairedBy::shape}});
  CHECK(pairing.only_before == std::vector<std::size_t>{1});
}

TEST_CASE("a frequent content does not pair against a rare one") {
  const auto both = [](const std::string& key, const std::string& own) {
    Seen seen = connection(key, key, "tick tick");
    seen.frames.push_back(said(Endpoint::client, ws::Opcode::text, own));
    return seen;
  };
  const auto pairing = pair_up(traces({both("k1", "alpha"), both("k2", "beta")}),
                               traces({both("l2", "beta"), both("l1", "alpha")}));
  CHECK(pairing.pairs == std::vector<Pair>{{0, 1, PairedBy::content}, {1, 0, PairedBy::content}});
}

}  // namespace
}  // namespace lastframe::diff
