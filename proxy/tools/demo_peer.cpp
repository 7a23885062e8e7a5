#include "tools/demo_peer.h"

#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <span>
#include <utility>
#include <variant>

#include "core/base/bytes.h"
#include "core/http/head.h"
#include "core/ws/masking.h"
#include "core/ws/opening_handshake.h"
#include "net/sockets.h"

namespace lastframe::tools {
namespace {

// The nonce of the example in RFC 6455 section 1.3: the demo's bytes are the same in every run.
constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";

// Small frames go out at once, as WebSocket libraries have it; no send waits for ever.
void prepare(int fd, std::chrono::milliseconds patience) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval limit{.tv_sec = patience.count() / 1000, .tv_usec = patience.count() % 1000 * 1000};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

std::string extensions_field(std::string_view extensions) {
  return extensions.empty() ? "" : fmt::format("Sec-WebSocket-Extensions: {}\r\n", extensions);
}

}  // namespace

DemoPeer::DemoPeer(net::FileDescriptor socket, const PeerOptions& options)
    : socket_(std::move(socket)), options_(options) {
  prepare(socket_.get(), options.patience);
}

std::optional<DemoPeer::Request> DemoPeer::read_request() {
  const auto head = read_head(http::MessageKind::request);
  const auto request = head ? http::parse_request_head(*head) : std::nullopt;
  if (!request) return std::nullopt;
  key_ = ws::offer_of(*request).key;
  return Request{.path = std::string(request->target.substr(0, request->target.find('?'))),
                 .is_upgrade = request->fields.has_token("Upgrade", "websocket")};
}

bool DemoPeer::play(const Script& script, std::string_view path) {
  path_ = path;
  for (const Step& step : script) {
    if (std::visit([this](const auto& action) { return perform(action); }, step)) continue;
    socket_.close();
    return false;
  }
  return is_played_to_the_end();
}

// RFC 6455 section 7.1.1: the server ends TCP first, "the client SHOULD wait for the server to
// close the connection".
bool DemoPeer::is_played_to_the_end() {
  if (!socket_.is_open()) return true;
  if (options_.role == Endpoint::server) perform(EndStream{});
  const bool has_ended = perform(AwaitEnd{});
  socket_.close();
  return has_ended;
}

bool DemoPeer::perform(const AskUpgrade& step) {
  return send(
      fmt::format("GET {} HTTP/1.1\r\nHost: demo.test\r\nUpgrade: websocket\r\n"
                  "Connection: Upgrade\r\nSec-WebSocket-Key: {}\r\n"
                  "Sec-WebSocket-Version: 13\r\n{}User-Agent: lastframe-demo\r\n\r\n",
                  path_, kKey, extensions_field(step.extensions)));
}

// What refuses the upgrade, or does not answer it, is seen by the steps that follow.
bool DemoPeer::perform(const AwaitAnswer&) {
  read_head(http::MessageKind::response);
  return true;
}

bool DemoPeer::perform(const SwitchProtocols& step) {
  const std::string accept =
      ws::accept_value(step.accept == AcceptValue::right ? key_ : std::string("another key"));
  return send(
      fmt::format("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                  "Connection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n"
                  "{}Server: lastframe-demo\r\n\r\n",
                  accept, extensions_field(step.extensions)));
}

bool DemoPeer::perform(const Refuse& step) {
  return send(
      fmt::format("HTTP/1.1 {}\r\nServer: lastframe-demo\r\nContent-Length: 0\r\n"
                  "Connection: close\r\n\r\n",
                  step.status));
}

bool DemoPeer::perform(const SendFrame& step) {
  return send(wire_bytes(step.frame, options_.role));
}

bool DemoPeer::perform(const SendBytes& step) { return send(step.bytes); }

bool DemoPeer::perform(const AwaitFrame& step) {
  while (const auto frame = read_frame()) {
    if (frame->header.opcode == step.opcode) return true;
  }
  return false;
}

bool DemoPeer::perform(const AwaitEnd&) {
  while (true) {
    const Received received = receive();
    if (received != Received::bytes) return received == Received::end;
    input_.clear();
  }
}

bool DemoPeer::perform(const EchoUntilClose&) {
  FrameDraft echo;
  while (auto frame = read_frame()) {
    const ws::Opcode opcode = frame->header.opcode;
    if (opcode == ws::Opcode::close) {
      return perform(SendFrame{{.opcode = opcode, .payload = std::move(frame->payload)}});
    }
    if (opcode == ws::Opcode::ping) {
      perform(SendFrame{{.opcode = ws::Opcode::pong, .payload = std::move(frame->payload)}});
    }
    if (ws::is_control(opcode)) continue;
    if (opcode != ws::Opcode::continuation) echo.opcode = opcode;
    if (echo.payload.size() < kMostPayload) echo.payload += frame->payload;
    if (!frame->header.fin) continue;
    perform(SendFrame{echo});
    echo = {};
  }
  return false;
}

bool DemoPeer::perform(const EndStream&) {
  ::shutdown(socket_.get(), SHUT_WR);
  return true;
}

bool DemoPeer::perform(const ResetConnection&) {
  net::reset_and_close(socket_);
  return true;
}

DemoPeer::Received DemoPeer::receive() {
  std::array<pollfd, 2> watched{pollfd{.fd = socket_.get(), .events = POLLIN, .revents = 0},
                                pollfd{.fd = options_.stop, .events = POLLIN, .revents = 0}};
  const int ready =
      poll(watched.data(), watched.size(), static_cast<int>(options_.patience.count()));
  if (ready < 0 && errno == EINTR) return receive();
  if (ready <= 0 || watched[1].revents != 0) return Received::nothing_in_time;
  std::array<char, 16 * 1024> bytes;
  const ssize_t size = recv(socket_.get(), bytes.data(), bytes.size(), 0);
  if (size <= 0) return Received::end;
  input_.append(bytes.data(), static_cast<std::size_t>(size));
  return Received::bytes;
}

std::optional<std::string> DemoPeer::read_head(http::MessageKind kind) {
  http::HeadReader reader(kind, kLongestHead);
  while (true) {
    ByteView rest = as_bytes(input_);
    const http::HeadResult result = reader.read(rest);
    std::optional<std::string> head;
    if (const auto* complete = std::get_if<http::CompleteHead>(&result)) head = complete->text;
    input_.erase(0, input_.size() - rest.size());
    if (head || std::holds_alternative<http::NotHttp>(result)) return head;
    if (receive() != Received::bytes) return std::nullopt;
  }
}

std::optional<DemoPeer::Frame> DemoPeer::read_frame() {
  while (true) {
    ByteView rest = as_bytes(input_);
    bool is_complete = false;
    while (!is_complete) {
      const auto event = parser_.next(rest);
      if (!event) break;
      if (const auto* header = std::get_if<ws::FrameHeader>(&*event)) frame_ = {*header, {}};
      if (const auto* part = std::get_if<ws::PayloadPart>(&*event)) {
        if (frame_.payload.size() < kMostPayload) frame_.payload += as_text(part->bytes);
      }
      is_complete = std::holds_alternative<ws::FrameEnd>(*event);
    }
    input_.erase(0, input_.size() - rest.size());
    if (is_complete) break;
    if (receive() != Received::bytes) return std::nullopt;
  }
  if (frame_.header.masking_key) {
    const std::string masked = frame_.payload;
    ws::unmask(as_bytes(masked), *frame_.header.masking_key, 0,
               std::as_writable_bytes(std::span(frame_.payload)));
  }
  return std::exchange(frame_, {});
}

// A connection that takes no more bytes shows in what is waited for next.
bool DemoPeer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) break;
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace lastframe::tools
