// The server half of the load pair: answers the upgrade, sends every data frame back unmasked, and
// answers Close with Close and a FIN.
#include <strings.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tests/bench/modes.h"
#include "tests/bench/sockets.h"

namespace bench {
namespace {

constexpr std::uint64_t kListener = 0;
constexpr std::size_t kReceiveSize = 256 * 1024;
constexpr std::size_t kSmallReceiveSize = 4 * 1024;  // 4,000 idle connections stay cheap
constexpr std::size_t kLongestHead = 16 * 1024;
constexpr std::string_view kDeflate = "permessage-deflate";  // the offer that is accepted

enum class State { upgrading, open, closing };
enum class Life { goes_on, is_over };

struct Connection {
  explicit Connection(Fd accepted) : fd(std::move(accepted)) {}

  Fd fd;
  State state = State::upgrading;
  bool has_deflate = false;
  Buffer in;
  Buffer out;
  std::size_t expected = 0;  // bytes that the frame under way still lacks
};

std::string_view header_value(std::string_view head, std::string_view name_and_colon) {
  for (std::size_t line = head.find("\r\n"); line != head.npos; line = head.find("\r\n", line)) {
    line += 2;
    if (head.size() - line < name_and_colon.size()) break;
    if (strncasecmp(head.data() + line, name_and_colon.data(), name_and_colon.size()) != 0) {
      continue;
    }
    const std::size_t begin = head.find_first_not_of(' ', line + name_and_colon.size());
    const std::size_t end = head.find("\r\n", line);
    if (begin != head.npos && end != head.npos && begin < end) {
      return head.substr(begin, end - begin);
    }
  }
  return {};
}

Life answer_upgrade(Connection& connection) {
  const std::string_view received = as_text(connection.in.bytes());
  const std::size_t end = received.find("\r\n\r\n");
  if (end == received.npos) {
    return received.size() > kLongestHead ? Life::is_over : Life::goes_on;
  }
  const std::string_view key = header_value(received.substr(0, end + 2), "Sec-WebSocket-Key:");
  if (key.empty()) return Life::is_over;
  connection.has_deflate =
      header_value(received.substr(0, end + 2), "Sec-WebSocket-Extensions:") == kDeflate;
  std::string answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: " +
      accept_value(key) + "\r\n";
  if (connection.has_deflate) {
    answer += "Sec-WebSocket-Extensions: " + std::string(kDeflate) + "\r\n";
  }
  answer += "\r\n";
  connection.out.append(as_bytes(answer));
  connection.in.consume(end + 4);
  connection.state = State::open;
  return Life::goes_on;
}

/// Frame by frame, so that a message comes back with the fragments that it had on arrival. A
/// compressed one goes back as it is: all of them together are what a compressor of ours had sent.
Life echo_frames(Connection& connection) {
  while (connection.state == State::open) {
    const std::optional<FrameHeader> header = parse_header(connection.in.bytes());
    if (!header) break;
    const unsigned allowed = connection.has_deflate ? kRsv1 : 0;
    if (!header->masking_key || (header->reserved_bits & ~allowed) != 0) return Life::is_over;
    const std::size_t frame_size = header->size + header->payload_length;
    if (connection.in.bytes().size() < frame_size) {
      connection.expected = frame_size - connection.in.bytes().size();
      return Life::goes_on;
    }
    FrameHeader echo = *header;
    echo.masking_key.reset();
    append_header(connection.out, echo);
    const std::span<std::byte> room = connection.out.room(header->payload_length);
    const auto payload = connection.in.bytes().subspan(header->size, header->payload_length);
    mask_copy(room.first(payload.size()), payload, *header->masking_key);
    connection.out.added(payload.size());
    connection.in.consume(frame_size);
    if (header->opcode == kClose) connection.state = State::closing;
  }
  connection.expected = 0;
  return Life::goes_on;
}

Life advance(Connection& connection, std::uint32_t events) {
  const bool must_see_end = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  bool may_have_more = true;
  while (may_have_more) {
    const std::size_t wanted = std::max(connection.expected, kSmallReceiveSize);
    std::span<std::byte> room = connection.in.room(wanted);
    room = room.first(std::min(room.size(), kReceiveSize));
    const Received received = receive(connection.fd, room);
    if (received.ended || received.is_broken) return Life::is_over;
    connection.in.added(received.count);
    may_have_more = received.may_have_more || (must_see_end && received.count > 0);
    if (connection.state == State::upgrading && answer_upgrade(connection) == Life::is_over) {
      return Life::is_over;
    }
    if (echo_frames(connection) == Life::is_over) return Life::is_over;
  }
  if (!send_from(connection.fd, connection.out)) return Life::is_over;
  if (connection.state == State::closing && connection.out.is_empty()) {
    // The socket itself is closed when the client's FIN comes, so nothing unread turns into a RST.
    shutdown(connection.fd.number(), SHUT_WR);
  }
  return Life::goes_on;
}

}  // namespace

int run_echo_server(std::uint16_t port) {
  raise_open_file_limit();
  const Fd listener = listen_on(port);
  Epoll epoll;
  epoll.watch_input(listener, kListener);
  std::unordered_map<std::uint64_t, Connection> connections;
  std::uint64_t last_id = kListener;
  std::printf("{\"port\": %u}\n", static_cast<unsigned>(port_of(listener)));
  std::fflush(stdout);
  while (true) {
    for (const epoll_event& event : epoll.wait(-1)) {
      if (event.data.u64 == kListener) {
        while (std::optional<Fd> fd = accept_from(listener)) {
          const auto [place, _] = connections.try_emplace(++last_id, std::move(*fd));
          epoll.watch(place->second.fd, place->first);
        }
        continue;
      }
      const auto found = connections.find(event.data.u64);
      if (found == connections.end()) continue;
      if (advance(found->second, event.events) == Life::is_over) connections.erase(found);
    }
  }
}

}  // namespace bench
