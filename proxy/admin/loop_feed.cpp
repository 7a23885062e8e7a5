#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>
#include <vector>

#include "admin/loop.h"
#include "net/clock.h"

namespace lastframe::admin {
namespace {

constexpr std::chrono::milliseconds kGoodbyePatience{200};

}  // namespace

int Server::Loop::follow(Client& client) {
  client.state = State::following;
  client.reader.emplace(feed_);
  return 0;
}

void Server::Loop::tell_readers() {
  feed_.caught_up();
  for (const auto& [id, client] : clients_) {
    if (client->state == State::following) lws_callback_on_writable(client->wsi);
  }
}

// One message each time that the socket takes bytes: a reader that does not read keeps one here.
int Server::Loop::write_news(Client& client) {
  if (is_stopping_) {
    std::string reason = "the proxy stops";
    lws_close_reason(client.wsi, LWS_CLOSE_STATUS_GOINGAWAY,
                     reinterpret_cast<unsigned char*>(reason.data()), reason.size());
    return -1;
  }
  const Feed::Message message = client.reader->next();
  if (!message) return 0;
  std::vector<unsigned char> frame(LWS_PRE + message->size());
  std::memcpy(frame.data() + LWS_PRE, message->data(), message->size());
  if (lws_write(client.wsi, frame.data() + LWS_PRE, message->size(), LWS_WRITE_TEXT) < 0) return -1;
  lws_callback_on_writable(client.wsi);
  return 0;
}

// Readers are told by a Close; those that do not take it at once go without.
void Server::Loop::say_goodbye() {
  tell_readers();
  const Moment until = net::now() + kGoodbyePatience;
  while (feed_.readers() > 0 && net::now() < until) lws_service(context_, 0);
}

}  // namespace lastframe::admin
