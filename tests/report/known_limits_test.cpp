#include "report/known_limits.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "settings/catalogue_file.h"

namespace lastframe::report {
namespace {

const catalogue::Catalogue& rows() {
  static const auto loaded = settings::load_catalogue({});
  REQUIRE(loaded.has_value());
  return **loaded;
}

bool names_product(const std::vector<std::string>& texts, std::string_view product) {
  return std::ranges::any_of(texts,
                             [&](const std::string& text) { return text.starts_with(product); });
}

TimeCluster cluster(Measure measure, double mean) {
  return {.measure = measure,
          .closer = Endpoint::server,
          .code = std::nullopt,
          .count = 1,
          .of = 1,
          .sum = mean,
          .lowest = mean,
          .highest = mean,
          .first = {},
          .last = {}};
}

TEST_CASE("60 s of silence is a famous time-out") {
  const auto texts = known_timeouts(cluster(Measure::idle, 60.03), rows(), 20);
  CHECK(names_product(texts, "nginx: proxy_read_timeout is 60.0 s by default"));
  CHECK(known_timeouts(cluster(Measure::idle, 60.03), rows(), 2).size() == 2);
  CHECK_FALSE(
      names_product(known_timeouts(cluster(Measure::age, 60.03), rows(), 20), "nginx: prox"));
  CHECK(known_timeouts(cluster(Measure::idle, 47.3), rows(), 20).empty());
}

TEST_CASE("a bare end is not that of a product that sends a Close, nor the other way round") {
  TimeCluster with_code = cluster(Measure::idle, 60);
  with_code.code = 4999;
  CHECK(known_timeouts(with_code, rows(), 20).empty());
}

TEST_CASE("limits between what was taken and what was refused are named, the nearest first") {
  const auto texts = known_sizes(1 << 19, (1 << 20) + 1, rows(), 20);
  REQUIRE_FALSE(texts.empty());
  CHECK(texts.front().contains("1048576 bytes (1.0 MiB)"));
  CHECK(known_sizes(1 << 20, (1 << 20) + 1, rows(), 2).size() == 2);
  CHECK(known_sizes(3, 5, rows(), 20).empty());
}

}  // namespace
}  // namespace lastframe::report
