// Which keys a TlsDecryption opens records with, and why there are none.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "capture/tls_decryption.h"
#include "capture/tls_derivation.h"
#include "core/base/words.h"
#include "core/tls/names.h"

namespace lastframe::capture {
namespace {

constexpr std::string_view name(SecretLabel label) {
  constexpr std::array<std::string_view, kSecretLabels> kNames{
      "CLIENT_RANDOM", "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
      "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"};
  return kNames[static_cast<std::size_t>(label)];
}

SecretLabel handshake_label(Direction direction) {
  return direction == Direction::client_to_server ? SecretLabel::client_handshake
                                                  : SecretLabel::server_handshake;
}

SecretLabel traffic_label(Direction direction) {
  return direction == Direction::client_to_server ? SecretLabel::client_traffic
                                                  : SecretLabel::server_traffic;
}

// Enough to find its line by.
std::string beginning(const TlsRandom& random) {
  return hex_text(as_text(ByteView(random).first(8))) + "...";
}

}  // namespace

bool TlsDecryption::give_up(std::string why) {
  if (obstacle_.empty()) obstacle_ = std::move(why);
  return false;
}

bool TlsDecryption::give_up_for(SecretLabel label) {
  missing_ = label;
  lacks_secret_ = true;
  if (!logs_.is_any()) {
    return give_up(
        "no key log was given; have the client write one (SSLKEYLOGFILE) or a proxy "
        "(tls_key_log:), and name it with --key-log");
  }
  if (!logs_.knows(client_random_)) {
    return give_up("no key log has a line for its client random " + beginning(client_random_));
  }
  return give_up("the key log has no " + std::string(name(label)) + " for its client random " +
                 beginning(client_random_));
}

bool TlsDecryption::has_secret_come() const {
  return missing_ && logs_.find(client_random_, *missing_) != nullptr;
}

std::optional<tls::Protection> TlsDecryption::protection() {
  if (version_ != tls::kTls12 && version_ != tls::kTls13) {
    give_up(tls::version_name(version_) + " is not supported, only TLS 1.2 and 1.3 are");
    return std::nullopt;
  }
  const auto found = tls::protection_of(cipher_);
  if (!found || found->is_of_tls13 != (version_ == tls::kTls13)) {
    give_up("its cipher " + tls::cipher_name(cipher_) + " is not supported");
    return std::nullopt;
  }
  return found;
}

bool TlsDecryption::find_keys(Direction direction) {
  if (!has_client_hello_) return give_up("the capture begins behind its handshake");
  const auto sealing = protection();
  if (!sealing) return false;
  return version_ == tls::kTls13 ? find_keys_tls13(direction, *sealing)
                                 : find_keys_tls12(direction, *sealing);
}

// That of a session which the client came back to stands in the key log under its first random, and
// under the new one with some programs only.
std::optional<TlsSecret> TlsDecryption::master() {
  if (const auto* own = logs_.find(client_random_, SecretLabel::master)) return *own;
  const bool is_back = !session_id_.empty() && session_id_ == named_session_;
  if (is_back) {
    if (const auto* known = logs_.keys().session(as_bytes(session_id_))) return *known;
  }
  if (ticket_.empty()) return std::nullopt;
  if (const auto* known = logs_.keys().session(as_bytes(ticket_))) return *known;
  return std::nullopt;
}

bool TlsDecryption::find_keys_tls12(Direction direction, const tls::Protection& sealing) {
  const auto secret = master();
  if (!secret) return give_up_for(SecretLabel::master);
  logs_.keys().remember_session(as_bytes(named_session_), *secret);
  auto opener = TlsOpener::of_master(sealing,
                                     {.master = *secret,
                                      .client = client_random_,
                                      .server = server_random_,
                                      .encrypts_then_macs = encrypts_then_macs_},
                                     sender(direction));
  if (!opener) return give_up("OpenSSL here cannot open " + tls::cipher_name(cipher_));
  Side& side = side_of(direction);
  side.stage = Stage::traffic;
  side.direction.use(std::move(opener));
  return true;
}

// Where only the later secrets are known, the handshake's own records are passed over.
bool TlsDecryption::find_keys_tls13(Direction direction, const tls::Protection& sealing) {
  Side& side = side_of(direction);
  const TlsSecret* secret = nullptr;
  const bool was_clear = side.stage == Stage::clear;
  if (was_clear) {
    secret = logs_.find(client_random_, handshake_label(direction));
    side.stage = Stage::handshake;
  }
  if (secret == nullptr) {
    secret = logs_.find(client_random_, traffic_label(direction));
    side.stage = Stage::traffic;
  }
  if (secret == nullptr) {
    if (was_clear) side.stage = Stage::clear;
    return give_up_for(was_clear ? handshake_label(direction) : traffic_label(direction));
  }
  side.secret = *secret;
  auto opener = TlsOpener::of_traffic_secret(sealing, side.secret);
  if (!opener) return give_up("OpenSSL here cannot open " + tls::cipher_name(cipher_));
  side.direction.use(std::move(opener), was_clear);
  return true;
}

// In TLS 1.3 a side's keys change with its Finished and with each KeyUpdate.
std::unique_ptr<TlsOpener> TlsDecryption::later_keys(Direction direction) const {
  const Side& side = sides_[index(sender(direction))];
  const auto sealing = tls::protection_of(cipher_);
  if (version_ != tls::kTls13 || !sealing || side.stage == Stage::clear) return nullptr;
  if (side.stage == Stage::handshake) {
    const auto* secret = logs_.find(client_random_, traffic_label(direction));
    return secret == nullptr ? nullptr : TlsOpener::of_traffic_secret(*sealing, *secret);
  }
  const auto secret = next_traffic_secret(sealing->hash, side.secret);
  return secret ? TlsOpener::of_traffic_secret(*sealing, *secret) : nullptr;
}

// The keys of later_keys() are in use.
bool TlsDecryption::advance(Direction direction) {
  Side& side = side_of(direction);
  const auto sealing = tls::protection_of(cipher_);
  if (!sealing) return false;
  if (side.stage == Stage::handshake) {
    const auto* secret = logs_.find(client_random_, traffic_label(direction));
    if (secret == nullptr) return false;
    side.secret = *secret;
    side.stage = Stage::traffic;
    side.is_finished = true;
    return true;
  }
  const auto secret = next_traffic_secret(sealing->hash, side.secret);
  if (!secret) return false;
  side.secret = *secret;
  return true;
}

}  // namespace lastframe::capture
