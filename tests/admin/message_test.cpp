#include "admin/message.h"

#include <doctest/doctest.h>

namespace lastframe::admin {
namespace {

TEST_CASE("a refusal is JSON with what is wrong and what would be right") {
  const Response response = refusal(404, "no \"such\" path", "see /");
  CHECK(response.status == 404);
  CHECK(response.content_type == "application/json");
  CHECK(response.body ==
        "{\"status\":404,\"error\":\"no \\\"such\\\" path\",\"remedy\":\"see /\"}\n");
}

}  // namespace
}  // namespace lastframe::admin
