// The admin port's thread: libwebsockets' loop, the clients that it has accepted, their time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>

#include "admin/exchange.h"
#include "admin/mailbox.h"
#include "admin/options.h"
#include "admin/router.h"
#include "admin/server.h"
#include "core/base/moment.h"
#include "net/libwebsockets.h"

namespace lastframe::admin {

class Server::Loop {
  // That have been told to close while others come.
  static constexpr std::size_t kMostDying = 32;
  // From the accept or the last answer to the end of the next request's head.
  static constexpr std::chrono::seconds kReadPatience{20};

 public:
  Loop(Door door, const Options& options, Router router, Feed& feed);
  ~Loop();

  std::expected<void, Error> start();
  void reload(const Options& options);

 private:
  enum class State : unsigned char { reading, waiting, writing, following };

  struct Client {
    std::uint64_t id;
    lws* wsi = nullptr;
    std::string local_host;
    Moment since;  // of the state, and while writing of the last progress
    State state = State::reading;
    bool is_told_to_close = false;
    Method method = Method::get;
    Then then = Then::keep;
    std::uint64_t request = 0;  // how many it has made
    std::optional<Answering> answering;
    std::optional<Feed::Reader> reader;  // of the feed, once it follows
  };
  struct Timer;  // wraps lws_sorted_usec_list_t

  static int on_event(lws* wsi, lws_callback_reasons reason, void* session, void* in, size_t size);
  static const lws_protocols kProtocols[];

  std::expected<void, Error> create();
  void run();
  void tick();
  void accept_clients();
  void shut_door_until_tick();
  void adopt(net::FileDescriptor socket);
  bool make_room();
  void close_soon(Client& client);
  void deliver();
  int handle(lws* wsi, lws_callback_reasons reason, Client* client);
  int begin_request(Client& client);
  int write_answer(Client& client);
  int judge_upgrade(Client& client);
  int follow(Client& client);
  void tell_readers();
  int write_news(Client& client);
  void say_goodbye();
  std::shared_ptr<const Options> options();

  Door door_;
  Router router_;
  Feed& feed_;
  std::shared_ptr<Mailbox> mailbox_;  // with those that still owe an answer
  std::mutex options_mutex_;
  std::shared_ptr<const Options> options_;  // with the request in hand

  lws_context* context_ = nullptr;
  int door_fd_ = -1;
  lws* door_wsi_ = nullptr;
  bool is_door_shut_ = false;  // for want of descriptors, until the next tick
  std::unique_ptr<Timer> timer_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Client>> clients_;
  std::uint64_t clients_made_ = 0;
  std::atomic<bool> is_stopping_{false};
  std::thread thread_;
};

}  // namespace lastframe::admin
