#include "core/verdict/recent_requests.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/crowd.h"

namespace lastframe::verdict {
namespace {

using test::at;

// The request that failed came at 10 s, and its connection ended at 10.5 s.
bool is_seen(const std::vector<double>& others, std::string_view client = "192.0.2.1") {
  RecentRequests requests;
  requests.note("192.0.2.1", at(10));
  for (const double other : others) requests.note(client, at(other));
  return requests.has_asked_again("192.0.2.1", at(10), at(10.5));
}

TEST_CASE("a later request of the same client, near the end, is another try") {
  CHECK(is_seen({10.1}));
  CHECK(is_seen({10.5}));
  CHECK(is_seen({12.4}));
  CHECK(is_seen({10}));  // at the same moment, on another connection
  CHECK(is_seen({3, 10.4}));
}

TEST_CASE("what is no other try") {
  CHECK_FALSE(is_seen({}));
  CHECK_FALSE(is_seen({9.9}));   // before it
  CHECK_FALSE(is_seen({12.6}));  // too late
  CHECK_FALSE(is_seen({10.4}, "192.0.2.2"));
  // An address that asks so often stands for many.
  CHECK_FALSE(is_seen({10.1, 10.2, 10.3, 10.4, 10.5}));
  CHECK(is_seen({10.1, 10.2, 10.3, 10.4}));
}

TEST_CASE("nobody's address says nothing") {
  RecentRequests requests;
  requests.note("", at(10));
  requests.note("", at(10.1));
  CHECK_FALSE(requests.has_asked_again("", at(10), at(10.1)));
}

TEST_CASE("the last 64 are remembered") {
  RecentRequests requests;
  requests.note("192.0.2.1", at(10));
  requests.note("192.0.2.1", at(10.1));
  for (int i = 0; i < 62; ++i) requests.note(std::to_string(i), at(10.2));
  CHECK(requests.has_asked_again("192.0.2.1", at(10), at(10.5)));
  requests.note("x", at(10.2));
  requests.note("y", at(10.2));
  CHECK_FALSE(requests.has_asked_again("192.0.2.1", at(10), at(10.5)));
}

}  // namespace
}  // namespace lastframe::verdict
