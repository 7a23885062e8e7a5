// The floor: the least that a relay of this shape can cost on this machine. One recv and one send
// for each read, edge-triggered epoll, nothing looked at, nothing recorded. No product: it knows no
// errors but the end.
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "tests/bench/modes.h"
#include "tests/bench/sockets.h"

namespace bench {
namespace {

constexpr std::uint64_t kListener = 0;

// Away from a page's start, like the proxy's own (docs/benchmarks.md).
struct alignas(4096) ReadBuffer {
  std::array<std::byte, 1024> distance;
  std::array<std::byte, std::size_t{256} * 1024> bytes;
};

struct Leg {
  Fd fd;
  Buffer out;
  bool has_ended = false;
};

// Legs are watched as 2 * pair (the client's) and 2 * pair + 1 (the server's).
struct Pair {
  std::array<Leg, 2> legs;
};

// False: the pair is over.
bool relay(Leg& from, Leg& to, std::uint32_t events, ReadBuffer& buffer) {
  const bool must_see_end = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  while (!from.has_ended && to.out.is_empty()) {
    const Received received = receive(from.fd, buffer.bytes);
    if (received.is_broken) return false;
    if (received.ended) {
      from.has_ended = true;
      shutdown(to.fd.number(), SHUT_WR);
      return !to.has_ended;
    }
    if (received.count == 0) break;
    const auto bytes = std::span<const std::byte>(buffer.bytes).first(received.count);
    const ssize_t sent = send(to.fd.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      to.out.append(bytes);
    } else if (static_cast<std::size_t>(sent) < bytes.size()) {
      to.out.append(bytes.subspan(static_cast<std::size_t>(sent)));
    }
    if (received.count < buffer.bytes.size() && !must_see_end) break;
  }
  return true;
}

bool advance(Pair& pair, std::size_t side, std::uint32_t events, ReadBuffer& buffer) {
  Leg& own = pair.legs[side];
  Leg& other = pair.legs[1 - side];
  if ((events & EPOLLOUT) != 0 && !own.out.is_empty()) {
    if (!send_from(own.fd, own.out)) return false;
    if (own.out.is_empty() && !relay(other, own, EPOLLRDHUP, buffer)) return false;
  }
  return relay(own, other, events, buffer);
}

}  // namespace

int run_bare_relay(std::uint16_t port, std::uint16_t upstream) {
  raise_open_file_limit();
  const Fd listener = listen_on(port);
  Epoll epoll;
  epoll.watch_input(listener, kListener);
  const auto buffer = std::make_unique_for_overwrite<ReadBuffer>();
  std::unordered_map<std::uint64_t, Pair> pairs;
  std::uint64_t last = 0;
  while (true) {
    for (const epoll_event& event : epoll.wait(-1)) {
      if (event.data.u64 == kListener) {
        while (std::optional<Fd> client = accept_from(listener)) {
          std::optional<Fd> server = connect_to(upstream);
          if (!server) continue;
          Pair& pair = pairs[++last];
          pair.legs[0].fd = std::move(*client);
          pair.legs[1].fd = std::move(*server);
          epoll.watch(pair.legs[0].fd, 2 * last);
          epoll.watch(pair.legs[1].fd, 2 * last + 1);
        }
        continue;
      }
      const auto found = pairs.find(event.data.u64 / 2);
      if (found == pairs.end()) continue;
      if (!advance(found->second, event.data.u64 % 2, event.events, *buffer)) pairs.erase(found);
    }
  }
}

}  // namespace bench
