#include "admin/message.h"

#include "output/json.h"

namespace lastframe::admin {

Response refusal(unsigned status, std::string_view error, std::string_view remedy) {
  Response response{.status = status, .content_type = kJson, .body = {}};
  output::JsonWriter json(response.body);
  json.begin_object()
      .field("status", status)
      .field("error", error)
      .field("remedy", remedy)
      .end_object();
  response.body += '\n';
  return response;
}

}  // namespace lastframe::admin
