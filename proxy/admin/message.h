// A request to the admin port and its answer, as plain facts: whoever judges them knows no socket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lastframe::admin {

enum class Method : unsigned char { get, head, other };

struct Request {
  Method method = Method::get;
  std::string path;                // decoded, without the query
  std::vector<std::string> query;  // "name=value", decoded
  std::optional<std::string> host;
  std::optional<std::string> origin;
  std::optional<std::string> authorization;
  bool has_body = false;
  bool asks_for_websocket = false;
  std::string local_host;  // the numeric address that the client reached; empty on a unix socket
};

inline constexpr std::string_view kPlainText = "text/plain; charset=utf-8";
inline constexpr std::string_view kJson = "application/json";
inline constexpr std::string_view kHtml = "text/html; charset=utf-8";

struct Response {
  unsigned status = 200;
  std::string_view content_type = kPlainText;  // of static life
  std::string body;
  std::vector<std::pair<std::string_view, std::string>> fields{};  // names end in a colon

  bool operator==(const Response&) const = default;
};

// {"status":404,"error":"...","remedy":"..."}: what is wrong, and what would be right.
Response refusal(unsigned status, std::string_view error, std::string_view remedy);

}  // namespace lastframe::admin
