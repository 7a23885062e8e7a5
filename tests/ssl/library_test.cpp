#include "ssl/library.h"

#include <doctest/doctest.h>

namespace lastframe::ssl {
namespace {

TEST_CASE("OpenSSL's version is a number") { CHECK(library_version().starts_with("3.")); }

}  // namespace
}  // namespace lastframe::ssl
