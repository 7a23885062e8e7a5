#include <iterator>
#include <utility>

#include "admin/loop.h"

namespace lastframe::admin {
namespace {

// Heads of requests: of all fields together. libwebsockets turns away what is longer.
constexpr unsigned short kMostHead = 8 * 1024;

// On every answer, those that libwebsockets gives by itself included.
const lws_protocol_vhost_options kFields[] = {
    lws_protocol_vhost_options{nullptr, nullptr, "content-security-policy:",
                               "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
                               "form-action 'none'"},
    lws_protocol_vhost_options{&kFields[0], nullptr, "x-content-type-options:", "nosniff"},
    lws_protocol_vhost_options{&kFields[1], nullptr, "x-frame-options:", "DENY"},
    lws_protocol_vhost_options{&kFields[2], nullptr, "referrer-policy:", "no-referrer"},
    lws_protocol_vhost_options{&kFields[3], nullptr, "cache-control:", "no-store"},
};

// A reader of the feed is pinged after 30 s of silence and given up after 45 s: dead ones would
// keep their place.
const lws_retry_bo_t kReaderPolicy = {nullptr, 0, 0, 30, 45, 0};

Error start_error(std::string what) {
  return {"", std::move(what), "raise the limit of open files, or turn the admin port off"};
}

}  // namespace

// The first one is what HTTP requests and WebSockets without a subprotocol get.
const lws_protocols Server::Loop::kProtocols[] = {
    {"lastframe-admin", &Loop::on_event, 0, 4096, 0, nullptr, 0},
    {"door", &Loop::on_event, 0, 0, 0, nullptr, 0},
    {nullptr, nullptr, 0, 0, 0, nullptr, 0},
};

std::expected<void, Error> Server::Loop::create() {
  lws_context_creation_info info{};
  info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
  info.protocols = kProtocols;
  info.gid = static_cast<decltype(info.gid)>(-1);
  info.uid = static_cast<decltype(info.uid)>(-1);
  info.fd_limit_per_thread = kMostConnections + 2 * kMostDying;
  info.max_http_header_data = kMostHead;
  info.max_http_header_pool = kMostConnections + 2 * kMostDying;
  info.timeout_secs = 10;
  info.timeout_secs_ah_idle = static_cast<unsigned>(kReadPatience.count());
  info.keepalive_timeout = static_cast<int>(kReadPatience.count());
  info.retry_and_idle_policy = &kReaderPolicy;
  info.headers = &kFields[std::size(kFields) - 1];
  info.user = this;
  context_ = lws_create_context(&info);
  if (context_ == nullptr) {
    return std::unexpected(start_error("libwebsockets made no context"));
  }
  lws_adopt_desc_t door{};
  door.vh = lws_get_vhost_by_name(context_, "default");
  door.type = LWS_ADOPT_RAW_FILE_DESC;
  door_fd_ = door_.socket.release();  // closed with the context
  door.fd.filefd = door_fd_;
  door.vh_prot_name = "door";
  door_wsi_ = lws_adopt_descriptor_vhost_via_info(&door);
  if (door_wsi_ == nullptr) {
    return std::unexpected(start_error("libwebsockets did not adopt the listening socket"));
  }
  return {};
}

}  // namespace lastframe::admin
