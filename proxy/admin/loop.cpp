#include "admin/loop.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <future>
#include <utility>

#include "core/base/thread_name.h"
#include "net/clock.h"
#include "net/socket_address.h"
#include "net/sockets.h"

namespace lastframe::admin {
namespace {

using std::chrono::seconds;

constexpr int kMostAcceptsPerTurn = 64;

constexpr std::chrono::milliseconds kTick{500};
// Until those who are asked for live sessions have answered.
constexpr seconds kAnswerPatience{3};
// Without a part of the answer being taken.
constexpr seconds kWritePatience{30};

}  // namespace

struct Server::Loop::Timer {
  lws_sorted_usec_list_t entry{};
  Loop* loop = nullptr;
};

Server::Loop::Loop(Door door, const Options& options, Router router, Feed& feed)
    : door_(std::move(door)),
      router_(std::move(router)),
      feed_(feed),
      mailbox_(std::make_shared<Mailbox>([this] {
        if (context_ != nullptr) lws_cancel_service(context_);
      })),
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
    name_thread("admin");
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

// The kernel's queue waits until then.
void Server::Loop::shut_door_until_tick() {
  is_door_shut_ = true;
  lws_rx_flow_control(door_wsi_, 0);
}

void Server::Loop::accept_clients() {
  for (int i = 0; i < kMostAcceptsPerTurn; ++i) {
    if (clients_.size() >= kMostConnections && !make_room()) return shut_door_until_tick();
    if (clients_.size() >= kMostConnections + kMostDying) return;  // those go first
    net::FileDescriptor socket(accept4(door_fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.is_open()) {
      if (net::is_shortage(errno)) shut_door_until_tick();
      return;
    }
    adopt(std::move(socket));
  }
}

void Server::Loop::adopt(net::FileDescriptor socket) {
  const auto local = net::SocketAddress::local_of(socket.get());
  auto owned = std::make_unique<Client>();
  Client& client = *owned;
  const std::uint64_t id = client.id = ++clients_made_;
  client.local_host = local ? local->host_text() : std::string();
  client.since = net::now();
  clients_.emplace(id, std::move(owned));
  lws_adopt_desc_t adopted{};
  adopted.vh = lws_get_vhost_by_name(context_, "default");
  adopted.type = static_cast<lws_adoption_type>(LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP);
  adopted.fd.sockfd = socket.release();
  adopted.opaque = &client;
  lws* wsi = lws_adopt_descriptor_vhost_via_info(&adopted);
  if (wsi != nullptr) {
    client.wsi = wsi;
  } else {
    clients_.erase(id);  // libwebsockets has closed the socket
  }
}

// Whoever waits longest between requests gives way; one that is being answered does not. False:
// there is nobody.
bool Server::Loop::make_room() {
  Client* oldest = nullptr;
  bool is_one_dying = false;
  for (const auto& [id, client] : clients_) {
    if (client->is_told_to_close) is_one_dying = true;
    if (client->state != State::reading || client->is_told_to_close) continue;
    if (oldest == nullptr || client->since < oldest->since) oldest = client.get();
  }
  if (oldest != nullptr) close_soon(*oldest);
  return oldest != nullptr || is_one_dying;
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
  if (!refused && feed_.readers() >= kMostReaders) {
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
