#include "core/catalogue/cause.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace lastframe;

TEST_CASE("every cause has a name of its own, in lower case") {
  std::set<std::string> names;
  for (std::size_t i = 0; i < catalogue::kCauseCount; ++i) {
    const std::string name(catalogue::name(static_cast<catalogue::Cause>(i)));
    CAPTURE(name);
    CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") == std::string::npos);
    CHECK(names.insert(name).second);
  }
  CHECK(catalogue::name(catalogue::Cause::idle_timeout) == "idle_timeout");
  CHECK(catalogue::name(catalogue::Cause::unknown) == "unknown");
}
