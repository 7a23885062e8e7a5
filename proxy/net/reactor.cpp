#include "net/reactor.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "net/clock.h"
#include "net/libwebsockets.h"

namespace lastframe::net {
namespace {

// Tags live in the low bits of the target's address; the wake-up descriptor has no target.
constexpr std::uint64_t kTagBits = 7;

// How long the loop stays in our own epoll set after traffic, before it goes back to sleep in
// libwebsockets. Each return costs a poll and two clock reads, so a busy worker stays inside.
constexpr std::chrono::milliseconds kStay{50};

constexpr int kMostLibwebsocketsLines = 100;

int on_libwebsockets_event(lws* wsi, lws_callback_reasons reason, void*, void*, size_t) {
  if (reason == LWS_CALLBACK_RAW_RX_FILE) {
    static_cast<Reactor*>(lws_get_opaque_user_data(wsi))->dispatch();
  }
  return 0;  // anything else would close the epoll set
}

const std::array<lws_protocols, 2> kProtocols{
    lws_protocols{"reactor", on_libwebsockets_event, 0, 0, 0, nullptr, 0},
    lws_protocols{nullptr, nullptr, 0, 0, 0, nullptr, 0}};

}  // namespace

struct Reactor::Timer {
  lws_sorted_usec_list_t entry{};
  Reactor* reactor = nullptr;
};

std::string libwebsockets_version() {
  const std::string version = lws_get_library_version();  // "4.1.6-" and a commit, if one is known
  return version.substr(0, version.find('-'));
}

// A client of the admin port can make it say things again and again, so there is an end to that.
// libwebsockets takes no more than a function, hence the static.
void quiet_libwebsockets() {
  lws_set_log_level(LLL_ERR | LLL_WARN, [](int, const char* line) {
    static std::atomic<int> said{0};
    const int number = ++said;
    if (number > kMostLibwebsocketsLines) return;
    std::fprintf(stderr, "lastframe: libwebsockets: %s", line);
    if (number < kMostLibwebsocketsLines) return;
    std::fputs("lastframe: libwebsockets: further messages are left out\n", stderr);
  });
}

Reactor::Reactor(Owner& owner) : owner_(owner), timer_(std::make_unique<Timer>()) {
  timer_->reactor = this;
}

std::expected<std::unique_ptr<Reactor>, Error> Reactor::create(Owner& owner) {
  std::unique_ptr<Reactor> reactor(new Reactor(owner));
  reactor->epoll_ = epoll_create1(EPOLL_CLOEXEC);
  reactor->wake_ = FileDescriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (reactor->epoll_ < 0 || !reactor->wake_.is_open()) {
    return std::unexpected(Error{"worker", std::strerror(errno), "raise the limit of open files"});
  }
  lws_context_creation_info info{};
  info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
  info.protocols = kProtocols.data();
  info.gid = static_cast<decltype(info.gid)>(-1);
  info.uid = static_cast<decltype(info.uid)>(-1);
  info.fd_limit_per_thread = 32;  // it holds our epoll set and its own wake-up only
  info.user = reactor.get();
  reactor->context_ = lws_create_context(&info);
  if (reactor->context_ == nullptr) {
    return std::unexpected(Error{"worker", "libwebsockets made no context", ""});
  }
  lws_adopt_desc_t adopted{};
  adopted.vh = lws_get_vhost_by_name(reactor->context_, "default");
  adopted.type = LWS_ADOPT_RAW_FILE_DESC;
  adopted.fd.filefd = reactor->epoll_;
  adopted.vh_prot_name = "reactor";
  adopted.opaque = reactor.get();
  if (lws_adopt_descriptor_vhost_via_info(&adopted) == nullptr) {
    return std::unexpected(Error{"worker", "libwebsockets did not adopt the epoll set", ""});
  }
  epoll_event wake{.events = EPOLLIN, .data = {.u64 = 0}};
  epoll_ctl(reactor->epoll_, EPOLL_CTL_ADD, reactor->wake_.get(), &wake);
  return reactor;
}

Reactor::~Reactor() {
  if (context_ == nullptr) return;
  lws_sul_cancel(&timer_->entry);
  lws_context_destroy(context_);  // closes the epoll set as well
}

void Reactor::run() {
  while (!is_stopping_) lws_service(context_, 0);
}

// libwebsockets sleeps again after a timer's callback: it must be woken to see the flag.
void Reactor::stop() {
  is_stopping_ = true;
  wake();
}

void Reactor::wake() {
  const std::uint64_t one = 1;
  // Fails only when the counter is full: then the wake-up is due anyway.
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof(one));
}

bool Reactor::add(int fd, std::uint32_t events, EventTarget& target, unsigned tag) {
  epoll_event event{.events = events,
                    .data = {.u64 = reinterpret_cast<std::uint64_t>(&target) | tag}};
  return epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0;
}

void Reactor::change(int fd, std::uint32_t events, EventTarget& target, unsigned tag) {
  epoll_event event{.events = events,
                    .data = {.u64 = reinterpret_cast<std::uint64_t>(&target) | tag}};
  epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
}

void Reactor::remove(int fd) { epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr); }

void Reactor::set_alarm(Moment when) {
  if (alarm_ != Moment{} && alarm_ <= when) return;
  alarm_ = when;
  arm();
}

void Reactor::arm() {
  const auto wait = std::max(alarm_ - now(), Moment::duration(1));
  lws_sul_schedule(
      context_, 0, &timer_->entry,
      [](lws_sorted_usec_list_t* entry) { lws_container_of(entry, Timer, entry)->reactor->ring(); },
      wait.count());
}

void Reactor::ring() {
  const Moment rung = now();
  // libwebsockets may still ring for an alarm that has been.
  lateness_ = alarm_ == Moment{} ? Moment::duration::zero() : rung - alarm_;
  alarm_ = Moment{};
  owner_.on_alarm(rung);
  if (owner_.on_batch_end()) wake();
}

int Reactor::wait_timeout() const {
  const Moment::duration stay = kStay;
  if (alarm_ == Moment{}) return static_cast<int>(kStay.count());
  const auto left = std::min(stay, alarm_ - now());
  return std::max(0, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
}

void Reactor::dispatch() {
  std::array<epoll_event, kBatch> events;
  int timeout = 0;
  while (!is_stopping_) {
    const int count = epoll_wait(epoll_, events.data(), kBatch, timeout);
    for (int i = 0; i < count; ++i) {
      const std::uint64_t key = events[static_cast<std::size_t>(i)].data.u64;
      if (key == 0) {
        std::uint64_t wakes = 0;
        [[maybe_unused]] const auto taken = ::read(wake_.get(), &wakes, sizeof(wakes));
        owner_.on_wake();
        continue;
      }
      auto* target = reinterpret_cast<EventTarget*>(key & ~kTagBits);
      target->on_events(static_cast<unsigned>(key & kTagBits),
                        events[static_cast<std::size_t>(i)].events);
    }
    const bool has_more = owner_.on_batch_end();
    const bool is_alarm_due = alarm_ != Moment{} && alarm_ <= now();
    if (is_alarm_due) ring();
    if (count <= 0 && !has_more && !is_alarm_due) return;
    timeout = has_more ? 0 : wait_timeout();
  }
}

}  // namespace lastframe::net
