#include "core/proxying/proxy_status.h"

#include <doctest/doctest.h>

#include <string>

namespace lastframe::proxying {
namespace {

TEST_CASE("each refusal has an error, and each such error is read back") {
  for (const Refusal refusal :
       {Refusal::not_allowed, Refusal::name_not_resolved, Refusal::refused, Refusal::unreachable,
        Refusal::timed_out, Refusal::tls_failed, Refusal::other}) {
    const std::string error(proxy_status_error(refusal));
    CHECK(refusal_in_proxy_status("lastframe; error=" + error) == refusal);
    CHECK(refusal_in_proxy_status("a;x=1;error=" + error + ";details=\"d\", b; error=x") ==
          refusal);
    CHECK(refusal_in_proxy_status("ok, b ; error=" + error) == refusal);
  }
}

TEST_CASE("what names no error that is known is no refusal") {
  for (const std::string_view field :
       {"", "lastframe", "lastframe; error=", "error=dns_error", "a; details=error=dns_error",
        "a; error=new_word, b; error=dns_error", ";;;", "a;error"}) {
    CAPTURE(field);
    CHECK_FALSE(refusal_in_proxy_status(field));
  }
}

}  // namespace
}  // namespace lastframe::proxying
