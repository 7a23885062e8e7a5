#include "output/exposition.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>

#include "support/exposition_text.h"

namespace lastframe::output {
namespace {

using test::value_of;

constexpr std::array<std::uint64_t, 2> kBounds{100'000, 29'000'000};

TEST_CASE("without samples there is no text") { CHECK(Exposition().text().empty()); }

TEST_CASE("a family has its help, its type and its labels in the table's order") {
  Exposition exposition;
  exposition.add(Metric::closes, {"chat", "ws://a:1", "1000", "client", "true"}, 3.0);
  CHECK(exposition.text() ==
        "# HELP lastframe_closes_total WebSocket connections that ended.\n"
        "# TYPE lastframe_closes_total counter\n"
        "lastframe_closes_total{listener=\"chat\",upstream=\"ws://a:1\",code=\"1000\","
        "initiator=\"client\",clean=\"true\"} 3\n");
}

TEST_CASE("equal labels are added up, others stand apart") {
  Exposition exposition;
  for (const double value : {1.0, 2.0}) exposition.add(Metric::connections_active, {"a"}, value);
  exposition.add(Metric::connections_active, {"b"}, 4.0);
  const std::string text = exposition.text();
  CHECK(value_of(text, "lastframe_connections_active{listener=\"a\"}") == 3);
  CHECK(value_of(text, "lastframe_connections_active{listener=\"b\"}") == 4);
}

TEST_CASE("a counter at zero is absent, a gauge at zero is there") {
  Exposition exposition;
  exposition.add(Metric::mass_closes, {"a", ""}, 0.0);
  exposition.add(Metric::connections_active, {"a"}, 0.0);
  const std::string text = exposition.text();
  CHECK(text.find("mass_closes") == std::string::npos);
  CHECK(value_of(text, "lastframe_connections_active{listener=\"a\"}") == 0);
}

TEST_CASE("names of the configuration cannot break out of a label") {
  Exposition exposition;
  exposition.add(Metric::connections_active, {"a\"} 1\nb \\"}, 1.0);
  CHECK(value_of(exposition.text(), R"(lastframe_connections_active{listener="a\"} 1\nb \\"})") ==
        1);
}

TEST_CASE("a histogram is cumulative, in its unit, and merged") {
  Histogram<kBounds> one;
  one.observe(100'000);
  one.observe(40'000'000);
  Histogram<kBounds> two;
  two.observe(250'000);
  Exposition exposition;
  exposition.add(Metric::connection_duration, {"a"}, one, kMicroseconds);
  exposition.add(Metric::connection_duration, {"a"}, two, kMicroseconds);
  const std::string text = exposition.text();
  const std::string name = "lastframe_connection_duration_seconds";
  CHECK(value_of(text, name + "_bucket{listener=\"a\",le=\"0.1\"}") == 1);
  CHECK(value_of(text, name + "_bucket{listener=\"a\",le=\"29\"}") == 2);
  CHECK(value_of(text, name + "_bucket{listener=\"a\",le=\"+Inf\"}") == 3);
  CHECK(value_of(text, name + "_count{listener=\"a\"}") == 3);
  CHECK(value_of(text, name + "_sum{listener=\"a\"}") == 40.35);
}

TEST_CASE("a histogram without values is absent") {
  Exposition exposition;
  exposition.add(Metric::connection_duration, {"a"}, Histogram<kBounds>(), kMicroseconds);
  CHECK(exposition.text().empty());
}

TEST_CASE("large counts keep all their digits") {
  Exposition exposition;
  exposition.add(Metric::payload_bytes, {"a", "client_to_server"},
                 std::uint64_t{9'007'199'254'740'991});  // 2^53 - 1
  CHECK(exposition.text().find("} 9007199254740991\n") != std::string::npos);
}

}  // namespace
}  // namespace lastframe::output
