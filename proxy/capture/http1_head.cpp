#include "capture/http1_head.h"

#include "core/http/head.h"

namespace lastframe::capture {
namespace {

constexpr std::string_view kUpgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n";

std::string with_fields(std::string text, const http::Fields& fields) {
  for (const http::Field& field : fields.all()) {
    text.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  return text + "\r\n";
}

}  // namespace

std::string http1_head_of(std::string_view http2_head) {
  if (const auto request = http::parse_request_head(http2_head)) {
    std::string line = "GET ";
    line.append(request->target).append(" HTTP/1.1\r\n").append(kUpgrade);
    return with_fields(std::move(line), request->fields);
  }
  if (const auto response = http::parse_response_head(http2_head)) {
    std::string line = "HTTP/1.1 ";
    if (response->status / 100 == 2) {
      line.append("101 Switching Protocols\r\n").append(kUpgrade);
    } else {
      line.append(std::to_string(response->status)).append("\r\n");
    }
    return with_fields(std::move(line), response->fields);
  }
  return std::string(http2_head);
}

}  // namespace lastframe::capture
