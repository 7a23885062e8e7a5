#include "admin/loop.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <future>
#include <iterator>
#include <utility>

#include "net/clock.h"
#include "net/socket_address.h"
#include "net/sockets.h"

namespace lastframe::admin {
namespace {

using std::chrono::seconds;

// Heads of requests: of all fields together. libwebsockets turns away what is longer.
constexpr unsigned short kMostHead = 8 * 1024;

constexpr std::chrono::milliseconds kTick{500};
// From the accept or the last answer to the end of the next request's head.
constexpr seconds kReadPatience{20};
// Until those who are asked for live sessions have answered.
constexpr seconds kAnswerPatience{3};
// Without a part of the answer being taken.
constexpr seconds kWritePatience{30};

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

struct Server::Loop::Timer {
  lws_sorted_usec_list_t entry{};
  Loop* loop = nullptr;
};

// The first one is what HTTP requests and WebSockets without a subprotocol get.
const lws_protocols Server::Loop::kProtocols[] = {
    {"lastframe-admin", &Loop::on_event, 0, 4096, 0, nullptr, 0},
    {"door", &Loop::on_event, 0, 0, 0, nullptr, 0},
    {nullptr, nullptr, 0, 0, 0, nullptr, 0},
};

Server::Loop::Loop(Door door, const Options& options, Router router, Feed& feed)
    : door_(std::move(door)),
      router_(std::move(router)),
      feed_(feed),
      mailbox_(std::make_shared<Mailbox>([this] { lws_cancel_service(context_); })),
      options_(std::make_shared<const Options>(options)),
      timer_(std::make_unique<Timer>()) {
  timer_->loop = this;
}

Server::Loop::~Loop() {
  is_stopping_ = true;
  feed_.on_news(nullptr);
  mailbox_->wake();
  if (thread_.joinable()) thread_.join();
  if (!door_.socket_file.empty()) unlink(door_.socket_file.c_str());
}

// A context is made, run and destroyed in one thread (libwebsockets asks for that).
std::expected<void, Error> Server::Loop::start() {
  std::promise<std::expected<void, Error>> is_ready;
  auto ready = is_ready.get_future();
  thread_ = std::thread([this, &is_ready] {
    auto created = create();
    const bool is_created = created.has_value();
    is_ready.set_value(std::move(created));
    if (is_created) run();
    mailbox_->close();
    if (context_ == nullptr) return;
    lws_sul_cancel(&timer_->entry);
    lws_context_destroy(context_);
  });
  return ready.get();
}

std::expected<void, Error> Server::Loop::create() {
  lws_context_creation_info info{};
  info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
  info.protocols = kProtocols;
  info.gid = static_cast<decltype(info.gid)>(-1);
  info.uid = static_cast<decltype(info.uid)>(-1);
  info.fd_limit_per_thread = kMostConnections + 64;  // some die while others come
  info.max_http_header_data = kMostHead;
  info.max_http_header_pool = kMostConnections + 64;
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

void Server::Loop::run() {
  tick();
  feed_.on_news([mailbox = mailbox_] { mailbox->wake(); });
  while (!is_stopping_) lws_service(context_, 0);
  say_goodbye();
}

void Server::Loop::reload(const Options& options) {
  auto fresh = std::make_shared<const Options>(options);
  const std::lock_guard lock(options_mutex_);
  options_ = std::move(fresh);
}

std::shared_ptr<const Options> Server::Loop::options() {
  const std::lock_guard lock(options_mutex_);
  return options_;
}

void Server::Loop::tick() {
  const Moment now = net::now();
  if (std::exchange(is_door_shut_, false)) lws_rx_flow_control(door_wsi_, 1);
  for (const auto& [id, client] : clients_) {
    const bool is_late = (client->state == State::reading && now - client->since > kReadPatience) ||
                         (client->state == State::writing && now - client->since > kWritePatience);
    if (is_late) close_soon(*client);
    if (client->state == State::waiting && now - client->since > kAnswerPatience) {
      mailbox_->post({client->id, client->request,
                      [] { return refusal(503, "a worker has not answered", "ask again"); }});
    }
  }
  lws_sul_schedule(
      context_, 0, &timer_->entry,
      [](lws_sorted_usec_list_t* entry) { lws_container_of(entry, Timer, entry)->loop->tick(); },
      std::chrono::microseconds(kTick).count());
}

void Server::Loop::close_soon(Client& client) {
  if (std::exchange(client.is_told_to_close, true)) return;
  lws_set_timeout(client.wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
}

void Server::Loop::accept_clients() {
  for (int i = 0; i < 64; ++i) {
    net::FileDescriptor socket(accept4(door_fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.is_open()) {
      if (net::is_shortage(errno)) {
        is_door_shut_ = true;  // the kernel's queue waits
        lws_rx_flow_control(door_wsi_, 0);
      }
      return;
    }
    if (!adopt(std::move(socket))) return;
  }
}

bool Server::Loop::adopt(net::FileDescriptor socket) {
  if (clients_.size() >= kMostConnections) make_room();
  if (clients_.size() >= kMostConnections + 32) return true;  // it is closed
  const auto local = net::SocketAddress::local_of(socket.get());
  auto client = std::make_unique<Client>();
  client->id = ++clients_made_;
  client->local_host = local ? local->host_text() : std::string();
  client->since = net::now();
  lws_adopt_desc_t adopted{};
  adopted.vh = lws_get_vhost_by_name(context_, "default");
  adopted.type = static_cast<lws_adoption_type>(LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP);
  adopted.fd.sockfd = socket.release();
  adopted.opaque = client.get();
  Client& kept = *clients_.emplace(client->id, std::move(client)).first->second;
  const std::uint64_t id = kept.id;
  lws* wsi = lws_adopt_descriptor_vhost_via_info(&adopted);
  if (wsi == nullptr) {
    clients_.erase(id);  // libwebsockets has closed the socket
    return true;
  }
  kept.wsi = wsi;
  return true;
}

// Whoever waits longest between requests gives way; one that is being answered does not.
void Server::Loop::make_room() {
  Client* oldest = nullptr;
  for (const auto& [id, client] : clients_) {
    if (client->state != State::reading || client->is_told_to_close) continue;
    if (oldest == nullptr || client->since < oldest->since) oldest = client.get();
  }
  if (oldest != nullptr) close_soon(*oldest);
}

int Server::Loop::on_event(lws* wsi, lws_callback_reasons reason, void*, void*, size_t) {
  if (wsi == nullptr) return 0;
  auto* loop = static_cast<Loop*>(lws_context_user(lws_get_context(wsi)));
  try {
    return loop->handle(wsi, reason, static_cast<Client*>(lws_get_opaque_user_data(wsi)));
  } catch (...) {
    return -1;  // out of memory: this client goes without an answer
  }
}

int Server::Loop::handle(lws* wsi, lws_callback_reasons reason, Client* client) {
  if (reason == LWS_CALLBACK_RAW_RX_FILE) {
    accept_clients();
    return 0;  // anything else would close the door
  }
  if (reason == LWS_CALLBACK_EVENT_WAIT_CANCELLED) {
    deliver();
    tell_readers();
  }
  if (client == nullptr) return 0;
  switch (static_cast<int>(reason)) {
    case LWS_CALLBACK_HTTP:
      client->wsi = wsi;
      return begin_request(*client);
    case LWS_CALLBACK_HTTP_WRITEABLE:
      return write_answer(*client);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
      client->wsi = wsi;
      return judge_upgrade(*client);
    case LWS_CALLBACK_ESTABLISHED:
      return follow(*client);
    case LWS_CALLBACK_SERVER_WRITEABLE:
      return write_news(*client);
    case LWS_CALLBACK_WSI_DESTROY:
      clients_.erase(client->id);
      return 0;
    default:
      return 0;
  }
}

int Server::Loop::begin_request(Client& client) {
  const Request request = read_request(client.wsi, client.local_host);
  client.state = State::waiting;
  client.since = net::now();
  client.method = request.method;
  client.then = then_of(request);
  ++client.request;
  router_.answer(request, *options(),
                 [mailbox = mailbox_, id = client.id,
                  number = client.request](std::function<Response()> response) {
                   mailbox->post({id, number, std::move(response)});
                 });
  deliver();  // what was answered at once
  return 0;
}

void Server::Loop::deliver() {
  for (Mailbox::Letter& letter : mailbox_->take()) {
    const auto found = clients_.find(letter.connection);
    if (found == clients_.end()) continue;
    Client& client = *found->second;
    if (client.request != letter.request || client.state != State::waiting) continue;
    client.answering.emplace(letter.response(), client.method, client.then);
    client.state = State::writing;
    lws_callback_on_writable(client.wsi);
  }
}

int Server::Loop::write_answer(Client& client) {
  if (!client.answering) return 0;
  const Progress progress = client.answering->write(client.wsi);
  client.since = net::now();
  if (progress == Progress::failed) return -1;
  if (progress == Progress::unfinished) {
    lws_callback_on_writable(client.wsi);
    return 0;
  }
  const bool is_last = client.answering->is_last();
  client.answering.reset();
  client.state = State::reading;
  return is_last || lws_http_transaction_completed(client.wsi) != 0 ? -1 : 0;
}

int Server::Loop::judge_upgrade(Client& client) {
  const Request request = read_request(client.wsi, client.local_host);
  auto refused = router_.upgrade_refusal(request, *options());
  if (!refused && readers() >= kMostReaders) {
    refused = refusal(503, "too many readers follow the feed", "close one of them");
    refused->fields.emplace_back("retry-after:", "10");
  }
  if (!refused) return 0;
  Answering answering(*std::move(refused), request.method, Then::close);
  Progress progress = Progress::unfinished;
  while (progress == Progress::unfinished) progress = answering.write(client.wsi);
  client.since = net::now();
  return -1;
}

}  // namespace lastframe::admin
