#include "capture/http1_head.h"

#include "core/http/head_text.h"

namespace lastframe::capture {
namespace {

constexpr std::string_view kUpgrade = "\r\nUpgrade: websocket\r\nConnection: Upgrade";

}  // namespace

std::string http1_head_of(std::string_view http2_head) {
  if (const auto request = http::parse_request_head(http2_head)) {
    std::string line = "GET ";
    line.append(request->target).append(" HTTP/1.1").append(kUpgrade);
    return http::head_text(line, request->fields);
  }
  if (const auto response = http::parse_response_head(http2_head)) {
    std::string line = "HTTP/1.1 ";
    if (response->status / 100 == 2) {
      line.append("101 Switching Protocols").append(kUpgrade);
    } else {
      line.append(std::to_string(response->status));
    }
    return http::head_text(line, response->fields);
  }
  return std::string(http2_head);
}

}  // namespace lastframe::capture
