#include "probe/visit_page.h"

#include <doctest/doctest.h>

#include <string>

using namespace lastframe;
using namespace lastframe::probe;

namespace {

Visit sample() {
  Visit visit{.target = *parse_target("ws://a.example/chat?token=secret"),
              .steps = {},
              .report = std::nullopt};
  visit.steps = {{.name = "resolve",
                  .result = StepResult::good,
                  .took = std::chrono::microseconds(1500),
                  .says = {"10.0.0.7:80", "and \x1b[31m more"}},
                 {.name = "handshake", .result = StepResult::not_reached}};
  return visit;
}

}  // namespace

TEST_CASE("a page has a line for each step, and nothing that disturbs a terminal") {
  const std::string page = text_page(sample(), output::Colour::off);
  CHECK(page.contains("resolve    good         1.5 ms  10.0.0.7:80"));
  CHECK(page.contains("handshake  not reached"));
  CHECK_FALSE(page.contains('\x1b'));
  CHECK_FALSE(page.contains("secret"));
}

TEST_CASE("the JSON of a visit without a record") {
  CHECK(json_text(sample()) ==
        R"({"event":"probe","url":"ws://a.example/chat?token=[redacted, 6 bytes]","ok":false,)"
        R"("steps":[{"step":"resolve","result":"good","duration_s":0.001500,"says":["10.0.0.7:80",)"
        R"("and \u001b[31m more"]},{"step":"handshake","result":"not_reached",)"
        R"("duration_s":0.000000,"says":[]}],"record":null})");
}
