#include "tools/arrived_records.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>

using namespace lastframe;
using namespace lastframe::tools;
using namespace std::chrono_literals;

namespace {

session::SessionReport report_of(const std::string& client, std::uint16_t code) {
  session::SessionReport report;
  report.texts.set(session::Text::client, client);
  report.code = ws::CloseCode{code};
  return report;
}

}  // namespace

TEST_CASE("a record is found by its client's address, once") {
  ArrivedRecords records;
  records.add(report_of("127.0.0.1:1", 1000));
  records.add(report_of("127.0.0.1:2", 1008));
  const auto outcome = records.wait_for("127.0.0.1:2", 0ms);
  REQUIRE(outcome.has_value());
  CHECK(outcome->code == 1008);
  CHECK_FALSE(records.wait_for("127.0.0.1:2", 0ms).has_value());
  CHECK(records.wait_for("127.0.0.1:1", 0ms).has_value());
}

TEST_CASE("a record that comes later is waited for") {
  ArrivedRecords records;
  std::thread later([&] { records.add(report_of("127.0.0.1:1", 1011)); });
  CHECK(records.wait_for("127.0.0.1:1", 5s).has_value());
  later.join();
}

TEST_CASE("records that nobody asks for do not pile up") {
  ArrivedRecords records;
  for (std::size_t i = 0; i <= ArrivedRecords::kMostKept; ++i) {
    records.add(report_of(std::to_string(i), 1000));
  }
  CHECK_FALSE(records.wait_for("0", 0ms).has_value());
  CHECK(records.wait_for("1", 0ms).has_value());
}
