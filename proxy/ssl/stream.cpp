#include "ssl/stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "ssl/diagnosis.h"
#include "ssl/facts.h"
#include "ssl/handshake_notes.h"

namespace lastframe::ssl {

// Where OpenSSL finds ciphertext and leaves its own. What was fed is read in place; only what is
// left over when the caller's bytes are about to go is copied.
struct Stream::Wires {
  ByteView fed;
  std::vector<std::byte> kept;  // came before `fed`
  std::size_t kept_begin = 0;
  std::vector<std::byte>* out = nullptr;
  bool has_ended = false;
  const SSL* ssl = nullptr;

  // Behind the handshake OpenSSL is not told: an end without close_notify would be a fatal error to
  // it, and nothing more could be written either.
  bool tells_end() const { return has_ended && !is_handshake_done(ssl); }

  std::size_t take(std::span<std::byte> room) {
    const ByteView front = kept_begin < kept.size() ? ByteView(kept).subspan(kept_begin) : fed;
    const std::size_t size = std::min(front.size(), room.size());
    if (size == 0) return 0;
    std::memcpy(room.data(), front.data(), size);
    if (kept_begin < kept.size()) {
      kept_begin += size;
    } else {
      fed = fed.subspan(size);
    }
    return size;
  }

  void keep_rest() {
    if (kept_begin == kept.size()) {
      kept_begin = 0;
      if (fed.empty()) {
        if (!kept.empty()) kept = {};
        return;
      }
      kept.assign(fed.begin(), fed.end());
    } else {
      kept.insert(kept.end(), fed.begin(), fed.end());
    }
    fed = {};
  }
};

namespace {

// A BIO over Stream::Wires (its data pointer).
template <typename Wires>
int read_wire(BIO* bio, char* room, std::size_t size, std::size_t* taken) {
  auto& wires = *static_cast<Wires*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  *taken = wires.take(std::as_writable_bytes(std::span(room, size)));
  if (*taken > 0) return 1;
  if (!wires.tells_end()) BIO_set_retry_read(bio);
  return 0;
}

template <typename Wires>
int write_wire(BIO* bio, const char* bytes, std::size_t size, std::size_t* written) {
  auto& wires = *static_cast<Wires*>(BIO_get_data(bio));
  const ByteView view = as_bytes({bytes, size});
  wires.out->insert(wires.out->end(), view.begin(), view.end());
  *written = size;
  return 1;
}

template <typename Wires>
long control_wire(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) {
    return static_cast<const Wires*>(BIO_get_data(bio))->tells_end() ? 1 : 0;
  }
  return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP ? 1 : 0;
}

template <typename Wires>
const BIO_METHOD* wire_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "memory");
    BIO_meth_set_read_ex(made, read_wire<Wires>);
    BIO_meth_set_write_ex(made, write_wire<Wires>);
    BIO_meth_set_ctrl(made, control_wire<Wires>);
    return made;
  }();
  return method;
}

// Before each call, for SSL_get_error() takes what others left for the call's own. The queue is
// empty nearly always, and looking is a tenth of the price of clearing.
void forget_errors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

}  // namespace

Stream::Stream(SslPointer ssl) : wires_(std::make_unique<Wires>()), ssl_(std::move(ssl)) {
  BIO* bio = BIO_new(wire_method<Wires>());
  BIO_set_data(bio, wires_.get());
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  wires_->ssl = ssl_.get();
}

Stream::~Stream() = default;
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;

void Stream::feed(ByteView ciphertext) {
  wires_->keep_rest();
  wires_->fed = ciphertext;
}

void Stream::end_input() { wires_->has_ended = true; }

bool Stream::has_input() const {
  return wires_->kept_begin < wires_->kept.size() || !wires_->fed.empty() ||
         SSL_has_pending(ssl_.get()) == 1;
}

Stream::Read Stream::read(std::span<std::byte> room, std::vector<std::byte>& out) {
  wires_->out = &out;
  Read result;
  while (state_ == State::open && result.size < room.size()) {
    // Asking OpenSSL in vain costs as much as decrypting a small record.
    const bool was_established = is_established();
    if (was_established && !wires_->has_ended && !has_input()) break;
    forget_errors();
    errno = 0;
    std::size_t size = 0;
    const auto rest = room.subspan(result.size);
    const int got = SSL_read_ex(ssl_.get(), rest.data(), rest.size(), &size);
    if (!was_established && is_certificate_missing(ssl_.get())) {
      refuse_missing_certificate();
      break;
    }
    result.size += size;
    if (got == 1) continue;
    const int system_error = errno;
    const int error = SSL_get_error(ssl_.get(), got);
    if (error != SSL_ERROR_WANT_READ) {
      note_end(error, system_error);
    } else if (wires_->has_ended) {
      state_ = State::truncated;
    } else {
      break;
    }
  }
  wires_->keep_rest();
  // Plain text first; the end is told when nothing stands before it.
  if (result.size == 0) result.state = state_;
  return result;
}

// OpenSSL would go on: there was nothing that it could have verified.
void Stream::refuse_missing_certificate() {
  state_ = State::failed;
  failure_.fault = session::TlsFault::certificate_refused;
  failure_.detail = "the peer showed no certificate";
}

void Stream::note_end(int error, int system_error) {
  if (error == SSL_ERROR_ZERO_RETURN) {
    state_ = State::closed;
  } else {
    state_ = State::failed;
    failure_ = failure_of(ssl_.get(), error, ERR_peek_error(), system_error);
    failure_.is_after_handshake = is_established();
  }
}

bool Stream::write(ByteView plaintext, std::vector<std::byte>& out) {
  wires_->out = &out;
  while (!plaintext.empty()) {
    forget_errors();
    std::size_t size = 0;
    if (SSL_write_ex(ssl_.get(), plaintext.data(), plaintext.size(), &size) != 1) return false;
    plaintext = plaintext.subspan(size);
  }
  return true;
}

void Stream::close(std::vector<std::byte>& out) {
  if (!may_write() || std::exchange(is_close_sent_, true)) return;
  wires_->out = &out;
  forget_errors();
  SSL_shutdown(ssl_.get());
}

bool Stream::may_write() const { return is_established() && SSL_is_init_finished(ssl_.get()) == 1; }

bool Stream::is_established() const { return is_handshake_done(ssl_.get()); }

void Stream::describe(session::TlsLeg& leg) const { ssl::describe(ssl_.get(), leg); }

std::vector<session::CertificateFacts> Stream::shown() const { return shown_by(ssl_.get()); }

}  // namespace lastframe::ssl
