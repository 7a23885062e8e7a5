#include "net/resolver.h"

#include <netdb.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/base/thread_name.h"
#include "net/clock.h"

namespace lastframe::net {
namespace {

// getaddrinfo sorts by RFC 6724; the families then take turns, so that one dead family costs one
// attempt and not many.
std::vector<SocketAddress> interleaved(const std::vector<SocketAddress>& sorted) {
  std::vector<SocketAddress> first;
  std::vector<SocketAddress> second;
  for (const SocketAddress& address : sorted) {
    (address.family() == sorted.front().family() ? first : second).push_back(address);
  }
  std::vector<SocketAddress> result;
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) result.push_back(first[i]);
    if (i < second.size()) result.push_back(second[i]);
  }
  return result;
}

}  // namespace

Resolution look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (error != 0) {
    return std::unexpected("the name " + host + " does not resolve: " + gai_strerror(error));
  }
  std::vector<SocketAddress> addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    addresses.push_back(SocketAddress::from(entry->ai_addr, entry->ai_addrlen));
  }
  freeaddrinfo(list);
  if (addresses.empty()) return std::unexpected("the name " + host + " has no address");
  return interleaved(addresses);
}

Resolver::~Resolver() { stop(); }

void Resolver::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  has_work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Resolver::set_ttl(std::chrono::milliseconds ttl) {
  const std::lock_guard lock(mutex_);
  ttl_ = ttl;
}

std::optional<Resolution> Resolver::resolve(const std::string& host, Moment now, Done done) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[host];
  if (!entry.addresses.empty() && now < entry.believed_until) return entry.addresses;
  entry.waiting.push_back(std::move(done));
  if (std::exchange(entry.is_asked, true)) return std::nullopt;
  asked_.push_back(host);
  if (threads_.size() < kMostThreads) start_thread();
  if (threads_.empty()) {
    entry.waiting.clear();
    entry.is_asked = false;
    asked_.pop_back();
    return std::unexpected("no thread could be started to resolve " + host);
  }
  has_work_.notify_one();
  return std::nullopt;
}

// Where the system has no room for another thread, those that run do the work.
void Resolver::start_thread() {
  try {
    threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
  }
}

void Resolver::work() {
  name_thread("resolver");
  std::unique_lock lock(mutex_);
  while (true) {
    has_work_.wait(lock, [this] { return is_stopping_ || !asked_.empty(); });
    if (is_stopping_) return;
    const std::string host = std::move(asked_.front());
    asked_.pop_front();
    lock.unlock();
    Resolution resolution = look_up(host);
    finish(host, std::move(resolution));
    lock.lock();
  }
}

void Resolver::finish(const std::string& host, Resolution resolution) {
  std::vector<Done> waiting;
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    Entry& entry = entries_[host];
    entry.is_asked = false;
    waiting = std::exchange(entry.waiting, {});
    if (resolution) {
      entry.addresses = *resolution;
      entry.believed_until = now() + ttl_;
    } else if (!entry.addresses.empty()) {
      resolution = entry.addresses;
    }
  }
  for (const Done& done : waiting) done(resolution);
}

}  // namespace lastframe::net
