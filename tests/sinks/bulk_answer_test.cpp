#include "sinks/bulk_answer.h"

#include <doctest/doctest.h>

#include <string>

namespace lastframe::sinks {
namespace {

TEST_CASE("a bulk answer without errors is all taken, whatever else it says") {
  const auto answer = read_bulk_answer(R"({"took":3,"errors":false,"items":[]})", 2);
  REQUIRE(answer.has_value());
  CHECK(*answer == BulkAnswer{});
}

TEST_CASE("each item has its own fate") {
  const auto answer = read_bulk_answer(
      R"({"errors":true,"items":[{"create":{"status":201}},)"
      R"({"create":{"status":429,"error":{"type":"es_rejected_execution_exception",)"
      R"("reason":"full"}}},{"create":{"status":409,"error":{"type":"version_conflict"}}},)"
      R"({"create":{"status":400,"error":{"type":"mapper_parsing_exception","reason":"no"}}},)"
      R"({"create":{"status":503}}]})",
      5);
  REQUIRE(answer.has_value());
  CHECK(*answer == BulkAnswer{.again = {1, 4},
                              .refused = 1,
                              .why = "an item was answered 429: es_rejected_execution_exception: "
                                     "full"});
}

TEST_CASE("what is no bulk answer about these items is none") {
  for (const char* body :
       {"", "<html>", "{}", "[]", R"({"errors":5})", R"({"errors":true})",
        R"({"errors":true,"items":[]})", R"({"errors":true,"items":[{"create":{}}]})",
        R"({"errors":true,"items":[5]})", R"({"errors":true,"items":[{}]})"}) {
    CAPTURE(body);
    CHECK_FALSE(read_bulk_answer(body, 1).has_value());
  }
}

TEST_CASE("an OTLP receiver may take a part, and says how many it did not") {
  CHECK(read_partial_success(R"({"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"x"}})",
                             10) == PartialSuccess{3, "x"});
  CHECK(read_partial_success(R"({"partialSuccess":{"rejectedLogRecords":3}})", 2) ==
        PartialSuccess{2, ""});
  for (const char* body : {"", "{}", "x", R"({"partialSuccess":{}})", R"({"partialSuccess":5})",
                           R"({"partialSuccess":{"rejectedLogRecords":"0"}})",
                           R"({"partialSuccess":{"rejectedLogRecords":"many"}})"}) {
    CAPTURE(body);
    CHECK(read_partial_success(body, 10) == PartialSuccess{});
  }
}

}  // namespace
}  // namespace lastframe::sinks
