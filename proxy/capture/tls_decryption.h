// One TLS connection that is read with a key log: from the bytes of both directions to their plain
// text (RFC 8446, RFC 5246).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "capture/tls_direction.h"
#include "capture/tls_key_logs.h"
#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/moment.h"
#include "core/session/sealed.h"
#include "core/session/tls_facts.h"
#include "core/tls/message_reader.h"

namespace lastframe::capture {

class TlsDecryptionEvents {
 public:
  virtual ~TlsDecryptionEvents() = default;

  // The handshake is over. Comes once, and before any text. By Endpoint: the legs, and how many
  // bytes came of each side.
  virtual void on_established(const std::array<session::TlsLeg, 2>& legs,
                              const std::array<std::uint64_t, 2>& bytes) = 0;
  virtual void on_text(Direction direction, ByteView text) = 0;
  virtual void on_lost_text(Direction direction, std::uint64_t count) = 0;
  virtual void on_close_notify(Endpoint sender) = 0;
  // A fatal alert: nothing more comes of that side. `leg`, `bytes`: see above.
  virtual void on_fatal_alert(Endpoint sender, std::uint8_t number, const session::TlsLeg& leg,
                              std::uint64_t bytes) = 0;
  // From here on what comes in this direction is lost text. `why` is static.
  virtual void on_blind(Direction direction, std::string_view why) = 0;
};

class TlsDecryption {
 public:
  // Both outlive this.
  TlsDecryption(TlsKeyLogs& logs, TlsBudget& budget) : logs_(logs), budget_(budget) {}

  void take(Direction direction, ByteView bytes, Moment now, TlsDecryptionEvents& events);
  void miss(Direction direction, std::uint64_t count, TlsDecryptionEvents& events);
  // The stream has ended, or nothing more is known of it: tells what was lost at its end. Whether
  // it is certain that the sender had not said close_notify.
  bool conclude(Direction direction, TlsDecryptionEvents& events);

  // Whether events were told: from then on nothing can be taken back.
  bool has_begun() const { return is_established_ || is_refused_; }
  bool is_established() const { return is_established_; }
  // Why nothing will ever be decrypted, in words behind "is not decrypted: "; empty while there is
  // hope.
  const std::string& obstacle() const { return obstacle_; }
  // Whether a secret that comes to the key logs would help.
  bool lacks_secret() const { return lacks_secret_; }
  // Whether that has come.
  bool has_secret_come() const;
  // Whether sealed records were passed over because these keys did not open them.
  bool has_skipped() const {
    return sides_[0].direction.has_skipped() || sides_[1].direction.has_skipped();
  }

  std::size_t memory() const;

 private:
  // What the sealed records of a side are opened with (RFC 8446 section 7.1).
  enum class Stage : unsigned char { clear, handshake, traffic };
  struct Side {
    TlsDirection direction;
    tls::MessageReader messages;
    TlsSecret secret;  // in TLS 1.3, of the stage
    Stage stage = Stage::clear;
    std::uint64_t bytes = 0;
    bool is_stalled = false;  // what came first needs to be known from the other side
    bool is_finished = false;
    bool is_over = false;  // close_notify or a fatal alert came
  };

  Side& side_of(Direction direction) { return sides_[index(sender(direction))]; }
  void run(Direction direction, TlsDecryptionEvents& events);
  bool heed(Direction direction, const TlsStep& step, TlsDecryptionEvents& events);
  void take_clear(Direction direction, const ClearRecord& record, TlsDecryptionEvents& events);
  void take_opened(Direction direction, const Opened& opened, TlsDecryptionEvents& events);
  void take_messages(Direction direction, ByteView bytes, TlsDecryptionEvents& events);
  void take_message(Direction direction, const tls::HandshakeMessage& message,
                    TlsDecryptionEvents& events);
  void take_client_hello(ByteView body);
  void take_server_hello(ByteView body);
  void take_finished(Direction direction, TlsDecryptionEvents& events);
  void take_alert(Direction direction, ByteView alert, TlsDecryptionEvents& events);
  void turn_blind(Direction direction, std::string_view why, TlsDecryptionEvents& events);
  void establish(TlsDecryptionEvents& events);
  std::array<session::TlsLeg, 2> legs() const;

  bool find_keys(Direction direction);
  bool find_keys_tls12(Direction direction, const tls::Protection& protection);
  bool find_keys_tls13(Direction direction, const tls::Protection& protection);
  std::optional<tls::Protection> protection();
  std::unique_ptr<TlsOpener> later_keys(Direction direction) const;
  bool advance(Direction direction);
  std::optional<TlsSecret> master();
  bool give_up(std::string why);
  bool give_up_for(SecretLabel label);

  TlsKeyLogs& logs_;
  TlsBudget& budget_;
  std::array<Side, 2> sides_;  // by Endpoint
  std::unique_ptr<session::Sealed> facts_ = std::make_unique<session::Sealed>();
  TlsRandom client_random_{};
  TlsRandom server_random_{};
  std::string session_id_;     // that the client asked for,
  std::string ticket_;         // or this
  std::string named_session_;  // by the server
  std::string alpn_;
  std::optional<SecretLabel> missing_;
  std::string obstacle_;
  std::uint16_t version_ = 0;  // 0: the server has not said
  std::uint16_t cipher_ = 0;
  bool has_client_hello_ = false;
  bool encrypts_then_macs_ = false;
  bool lacks_secret_ = false;
  bool is_established_ = false;
  bool is_refused_ = false;  // before that, by an alert
};

}  // namespace lastframe::capture
