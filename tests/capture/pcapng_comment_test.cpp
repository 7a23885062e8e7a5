#include "capture/pcapng_comment.h"

#include <doctest/doctest.h>

using lastframe::capture::comment_of_record;

TEST_CASE("a record says its code and its cause") {
  CHECK(
      comment_of_record(
          R"({"event":"session_end","close":{"code":1006,"name":"Abnormal Closure","reason":null},)"
          R"("cause":{"id":"idle_timeout","confidence":"likely","party":"hop_behind",)"
          R"("summary":"The \"hop\" behind ended it after 60 s.","evidence":["x"]}})") ==
      "close 1006 (Abnormal Closure); cause: idle_timeout (likely): The \"hop\" behind ended it "
      "after 60 s.");
}

TEST_CASE("what a record lacks is left out") {
  CHECK(comment_of_record("").empty());
  CHECK(comment_of_record(R"({"event":"session_start"})").empty());
  CHECK(comment_of_record(R"({"close":{"code":1000,"name":null},"cause":null})") == "close 1000");
  CHECK(comment_of_record(R"({"close":null,"cause":{"id":"a","summary":"b"}})") == "cause: a: b");
  CHECK(comment_of_record(R"({"close":{"code":)").empty());
}

TEST_CASE("a reason cannot pass for a cause") {
  CHECK(comment_of_record(
            R"({"host":"\"close\":{\"code\":4000}","close":{"code":1000,"name":"Normal Closure",)"
            R"("reason":"\"cause\":{\"id\":\"mine\"}"},"cause":null})") ==
        "close 1000 (Normal Closure)");
}
