#include "ssl/handshake_notes.h"

#include <cstdint>
#include <utility>

namespace lastframe::ssl {
namespace {

void free_notes(void*, void* notes, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<HandshakeNotes*>(notes);
}

// OpenSSL numbers the places for foreign data in its objects once for the whole process.
int notes_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, free_notes);
  return index;
}

// RFC 8446 section 6: in TLS 1.3 every alert but these two is fatal, whatever level it states.
bool is_fatal(const SSL* ssl, int level, int number) {
  if (level == SSL3_AL_FATAL) return true;
  return SSL_version(ssl) == TLS1_3_VERSION && number != SSL_AD_CLOSE_NOTIFY &&
         number != SSL_AD_USER_CANCELLED;
}

// Where a cipher needs no certificate, verification is not even begun, and does not fail.
void note_done(const SSL* ssl, HandshakeNotes& notes) {
  const bool is_expected = notes.is_verified || SSL_is_server(ssl) == 0;
  notes.is_certificate_missing = is_expected && SSL_get0_peer_certificate(ssl) == nullptr;
  notes.is_done = !(notes.is_certificate_missing && notes.is_verified);
}

void note(const SSL* ssl, int where, int value) {
  HandshakeNotes* const notes = notes_of(ssl);
  if (notes == nullptr) return;
  if (where == SSL_CB_HANDSHAKE_DONE) note_done(ssl, *notes);
  if ((where & SSL_CB_ALERT) == 0) return;
  const int number = value & 0xFF;
  auto& place = (where & SSL_CB_READ) != 0 ? notes->alerts.received : notes->alerts.sent;
  if (place && place->is_fatal) return;
  place = session::TlsAlert{static_cast<std::uint8_t>(number), is_fatal(ssl, value >> 8, number)};
}

}  // namespace

bool attach_notes(SSL* ssl, HandshakeNotes notes) {
  auto owned = std::make_unique<HandshakeNotes>(std::move(notes));
  if (SSL_set_ex_data(ssl, notes_index(), owned.get()) != 1) return false;
  static_cast<void>(owned.release());  // free_notes() has it from now on
  return true;
}

HandshakeNotes* notes_of(const SSL* ssl) {
  return static_cast<HandshakeNotes*>(SSL_get_ex_data(ssl, notes_index()));
}

bool is_handshake_done(const SSL* ssl) {
  const HandshakeNotes* const notes = notes_of(ssl);
  return notes == nullptr ? SSL_is_init_finished(ssl) == 1 : notes->is_done;
}

bool is_certificate_missing(const SSL* ssl) {
  const HandshakeNotes* const notes = notes_of(ssl);
  return notes != nullptr && notes->is_verified && notes->is_certificate_missing;
}

void take_notes(SSL_CTX* context) { SSL_CTX_set_info_callback(context, note); }

}  // namespace lastframe::ssl
