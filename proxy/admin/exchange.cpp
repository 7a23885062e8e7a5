#include "admin/exchange.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "net/libwebsockets.h"

namespace lastframe::admin {
namespace {

constexpr std::size_t kHeadRoom = 4096;
constexpr std::size_t kPart = 16 * 1024;  // of a body, at one time

std::optional<std::string> field(lws* wsi, lws_token_indexes token) {
  const int length = lws_hdr_total_length(wsi, token);
  if (length <= 0) return std::nullopt;
  std::string value(static_cast<std::size_t>(length) + 1, '\0');
  const int copied = lws_hdr_copy(wsi, value.data(), length + 1, token);
  value.resize(copied > 0 ? static_cast<std::size_t>(copied) : 0);
  return value;
}

std::vector<std::string> query_of(lws* wsi) {
  std::vector<std::string> parts;
  for (int i = 0;; ++i) {
    const int length = lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_URI_ARGS, i);
    if (length <= 0) return parts;
    std::string part(static_cast<std::size_t>(length) + 1, '\0');
    const int copied =
        lws_hdr_copy_fragment(wsi, part.data(), length + 1, WSI_TOKEN_HTTP_URI_ARGS, i);
    part.resize(copied > 0 ? static_cast<std::size_t>(copied) : 0);
    parts.push_back(std::move(part));
  }
}

// libwebsockets keeps the path under the name of the method, decoded and without its "..".
constexpr auto kMethods = std::to_array<std::pair<lws_token_indexes, Method>>({
    {WSI_TOKEN_GET_URI, Method::get},
    {WSI_TOKEN_HEAD_URI, Method::head},
    {WSI_TOKEN_POST_URI, Method::other},
    {WSI_TOKEN_OPTIONS_URI, Method::other},
    {WSI_TOKEN_PUT_URI, Method::other},
    {WSI_TOKEN_PATCH_URI, Method::other},
    {WSI_TOKEN_DELETE_URI, Method::other},
    {WSI_TOKEN_CONNECT, Method::other},
});

std::pair<Method, std::string> method_and_path(lws* wsi) {
  for (const auto& [token, method] : kMethods) {
    if (auto path = field(wsi, token)) return {method, *std::move(path)};
  }
  return {Method::other, {}};
}

}  // namespace

Request read_request(lws* wsi, std::string local_host) {
  auto [method, path] = method_and_path(wsi);
  const auto length = field(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH);
  return {.method = method,
          .path = std::move(path),
          .query = query_of(wsi),
          .host = field(wsi, WSI_TOKEN_HOST),
          .origin = field(wsi, WSI_TOKEN_ORIGIN),
          .authorization = field(wsi, WSI_TOKEN_HTTP_AUTHORIZATION),
          .has_body = (length && *length != "0") ||
                      lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0,
          .asks_for_websocket = lws_hdr_total_length(wsi, WSI_TOKEN_UPGRADE) > 0,
          .local_host = std::move(local_host)};
}

Then then_of(const Request& request) {
  const bool may_have_body = request.method == Method::other || request.has_body;
  return may_have_body ? Then::close : Then::keep;
}

bool Answering::write_head(lws* wsi) {
  std::array<unsigned char, LWS_PRE + kHeadRoom> room;
  unsigned char* const start = room.data() + LWS_PRE;
  unsigned char* const end = room.data() + room.size();
  unsigned char* at = start;
  const std::string content_type(response_.content_type);
  if (lws_add_http_common_headers(wsi, response_.status, content_type.c_str(),
                                  response_.body.size(), &at, end) != 0) {
    return false;
  }
  if (is_last()) response_.fields.emplace_back("connection:", "close");
  for (const auto& [name, value] : response_.fields) {
    const std::string terminated(name);
    if (lws_add_http_header_by_name(wsi, reinterpret_cast<const unsigned char*>(terminated.c_str()),
                                    reinterpret_cast<const unsigned char*>(value.data()),
                                    static_cast<int>(value.size()), &at, end) != 0) {
      return false;
    }
  }
  return lws_finalize_write_http_header(wsi, start, &at, end) == 0;
}

Progress Answering::write(lws* wsi) {
  if (!std::exchange(is_head_written_, true)) {
    if (!write_head(wsi)) return Progress::failed;
    const bool has_body = method_ != Method::head && !response_.body.empty();
    return has_body ? Progress::unfinished : Progress::done;
  }
  const std::size_t size = std::min(kPart, response_.body.size() - written_);
  std::vector<unsigned char> part(LWS_PRE + size);
  std::memcpy(part.data() + LWS_PRE, response_.body.data() + written_, size);
  written_ += size;
  const bool is_end = written_ == response_.body.size();
  if (lws_write(wsi, part.data() + LWS_PRE, size, is_end ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) <
      static_cast<int>(size)) {
    return Progress::failed;
  }
  return is_end ? Progress::done : Progress::unfinished;
}

}  // namespace lastframe::admin
