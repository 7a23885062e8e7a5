#include "probe/wire.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include "net/clock.h"
#include "net/sockets.h"

namespace lastframe::probe {
namespace {

using session::EndKind;

constexpr std::size_t kReadSize = std::size_t{64} * 1024;

}  // namespace

Wire::Wire(net::FileDescriptor socket, const WireOptions& options)
    : socket_(std::move(socket)), options_(options) {}

Wire::Ready Wire::wait(short events, Moment deadline) const {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - net::now()).count();
    std::array<pollfd, 2> watched{pollfd{.fd = socket_.get(), .events = events, .revents = 0},
                                  pollfd{.fd = options_.stop, .events = POLLIN, .revents = 0}};
    const auto most = static_cast<int>(std::clamp<long>(left, 0, 1'000'000));
    const int ready = ::poll(watched.data(), watched.size(), most);
    if (ready < 0 && errno != EINTR) return Ready::late;
    if (watched[1].revents != 0) return Ready::stopped;
    if (ready > 0) return (watched[0].revents & POLLOUT) != 0 ? Ready::writable : Ready::readable;
    if (ready == 0 && left <= 0) return Ready::late;
  }
}

void Wire::note_end(EndKind how, int error) {
  if (ended_) return;
  // A reset that met one of our sends is not told a second time: what is read then is an end.
  const bool was_reset =
      how == EndKind::fin && net::end_kind_of(send_error_) == EndKind::reset && send_error_ != 0;
  ended_ = was_reset ? EndKind::reset : how;
  error_ = was_reset ? send_error_ : error;
}

bool Wire::decrypt(std::string& into) {
  const std::size_t before = into.size();
  while (true) {
    std::array<std::byte, 16 * 1024> room;
    const ssl::Stream::Read read = tls_->read(room, ciphertext_);
    into.append(as_text(ByteView(room).first(read.size)));
    if (read.state == ssl::Stream::State::closed) note_end(EndKind::fin, 0);
    if (read.state == ssl::Stream::State::truncated) note_end(EndKind::tls_truncated, 0);
    if (read.state == ssl::Stream::State::failed) note_end(EndKind::error, EPROTO);
    if (read.size == 0 || ended_) break;
  }
  return into.size() > before;
}

bool Wire::read_some(std::string& into) {
  if (ended_) return false;
  std::vector<std::byte> room(kReadSize);
  const ssize_t size = net::receive(socket_.get(), room);
  if (size < 0) {
    if (!net::would_block(errno) && errno != EINTR) note_end(net::end_kind_of(errno), errno);
    return false;
  }
  if (size == 0 && !tls_) {
    // A reset behind data shows as an end and this error.
    const int error = net::take_socket_error(socket_.get());
    note_end(error != 0 ? net::end_kind_of(error) : EndKind::fin, error);
    return false;
  }
  const ByteView bytes = ByteView(room).first(static_cast<std::size_t>(size));
  if (!tls_) {
    into += as_text(bytes);
    return true;
  }
  size == 0 ? tls_->end_input() : tls_->feed(bytes);
  return decrypt(into);
}

Wire::Got Wire::receive(std::string& into, Moment deadline) {
  if (!held_.empty()) {
    into += std::exchange(held_, {});
    return Got::bytes;
  }
  while (!read_some(into)) {
    if (!ciphertext_.empty()) flush(deadline);
    if (ended_) return Got::end;
    const Ready ready = wait(POLLIN, deadline);
    if (ready == Ready::stopped) return Got::stopped;
    if (ready == Ready::late) return Got::nothing_in_time;
  }
  return Got::bytes;
}

bool Wire::send_raw(ByteView bytes, Moment deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = net::transmit(socket_.get(), bytes);
    if (sent > 0) bytes = bytes.subspan(static_cast<std::size_t>(sent));
    if (sent > 0 || (sent < 0 && errno == EINTR)) continue;
    if (!net::would_block(errno)) {
      send_error_ = errno;
      return false;
    }
    const bool may_read = !ended_ && held_.size() < options_.most_held;
    const auto events = static_cast<short>(may_read ? POLLOUT | POLLIN : POLLOUT);
    const Ready ready = wait(events, deadline);
    if (ready == Ready::late || ready == Ready::stopped) return false;
    if (may_read) read_some(held_);
  }
  return true;
}

bool Wire::flush(Moment deadline) {
  const std::vector<std::byte> bytes = std::exchange(ciphertext_, {});
  return send_raw(bytes, deadline);
}

bool Wire::send(ByteView bytes, Moment deadline) {
  if (!tls_) return send_raw(bytes, deadline);
  while (!bytes.empty()) {
    // A record that has come in part is read on before anything is written.
    while (!tls_->may_write()) {
      if (ended_ || wait(POLLIN, deadline) != Ready::readable) return false;
      read_some(held_);
    }
    const ByteView slice = bytes.first(std::min(bytes.size(), kReadSize));
    if (!tls_->write(slice, ciphertext_) || !flush(deadline)) return false;
    bytes = bytes.subspan(slice.size());
    if (held_.size() < options_.most_held) read_some(held_);
  }
  return true;
}

std::expected<void, session::TlsFailure> Wire::secure(ssl::SslPointer ssl, Moment deadline) {
  tls_.emplace(std::move(ssl));
  decrypt(held_);
  flush(deadline);
  while (!tls_->is_established()) {
    if (tls_->state() == ssl::Stream::State::failed) return std::unexpected(tls_->failure());
    if (ended_) {
      session::TlsFailure failure = tls_->failure();
      failure.fault =
          *ended_ == EndKind::reset ? session::TlsFault::reset : session::TlsFault::ended;
      return std::unexpected(std::move(failure));
    }
    if (wait(POLLIN, deadline) != Ready::readable) {
      return std::unexpected(session::TlsFailure{.fault = session::TlsFault::timed_out});
    }
    read_some(held_);
    flush(deadline);
  }
  return {};
}

void Wire::end() {
  if (tls_ && tls_->may_write() && tls_->state() != ssl::Stream::State::failed) {
    tls_->close(ciphertext_);
    flush(net::now() + std::chrono::seconds(1));
  }
  ::shutdown(socket_.get(), SHUT_WR);
}

void Wire::reset() { net::reset_and_close(socket_); }

}  // namespace lastframe::probe
