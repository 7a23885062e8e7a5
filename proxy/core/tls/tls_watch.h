// Follows both directions of a TLS connection that passes through, and tells what can be told
// without keys. No bytes make it fail.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/tls/client_hello.h"
#include "core/tls/record_reader.h"
#include "core/tls/server_hello.h"

namespace lastframe::tls {

// An alert in clear text (RFC 8446 section 6).
struct AlertSeen {
  std::uint8_t number = 0;
  bool is_fatal = false;

  bool operator==(const AlertSeen&) const = default;
};

// What a side's stream is, as far as it has come.
enum class StreamState : unsigned char {
  undecided,  // nothing, or not a whole record header
  records,
  lost,     // records, then something else
  not_tls,  // no record from the first byte on
};

// The last whole record of a side. Alerts are encrypted once there are keys: up to TLS 1.2 the
// record's type still tells, in TLS 1.3 only its size fits (or it is two bytes of something else).
enum class LastRecord : unsigned char {
  none,
  clear_alert,
  encrypted_alert,
  possibly_alert,
  other,
};

std::string_view name(LastRecord record);  // "possibly_alert"

struct SideSeen {
  StreamState state = StreamState::undecided;
  std::uint64_t bytes = 0;
  // In records of application data since the handshake was over, as they are on the wire. In TLS
  // 1.3 the rest of a client's last flight and a server's tickets cannot be told from it.
  std::uint64_t application_bytes = 0;
  // In records that are no alert, and cannot be one.
  std::uint64_t data_bytes = 0;
  LastRecord last_record = LastRecord::none;
  bool is_mid_record = false;
  std::optional<AlertSeen> alert;  // the first fatal one in clear text, else the first

  bool operator==(const SideSeen&) const = default;
};

struct PassingTls {
  HelloState client_hello_state = HelloState::incomplete;
  ClientHello client_hello;
  std::optional<ServerHello> server_hello;  // the last one
  std::size_t chain_length = 0;  // certificates of the server; 0: not seen, as in TLS 1.3
  // Up to TLS 1.2 both sides have sent a Finished. In TLS 1.3: the client went on behind the
  // server's hello with a record that is too long for an alert. The server may still refuse it.
  bool is_handshake_over = false;
  // Of a server that has not sent a record's header, at most kMostFirstBytes.
  std::string first_bytes;
  std::array<SideSeen, 2> sides;  // by Endpoint

  bool operator==(const PassingTls&) const = default;
};

inline constexpr std::size_t kMostFirstBytes = 64;
// Of either side's handshake messages; a longer one is passed over.
inline constexpr std::size_t kLongestMessage = 64 * 1024;

class TlsWatch {
 public:
  void feed(Direction direction, ByteView bytes);
  const PassingTls& seen() const { return seen_; }

 private:
  // The record in hand.
  struct Record {
    RecordType type = RecordType::handshake;
    std::uint16_t length = 0;
    std::array<std::byte, 2> beginning{};  // an alert's level and number
    std::uint8_t beginning_size = 0;
    bool is_behind_server_hello = false;  // it began there
    bool is_sized_like_alert = false;     // in TLS 1.3, among application data
  };
  struct Side {
    RecordReader reader;
    Record record;
    bool has_changed_cipher = false;
    bool is_finished = false;  // up to TLS 1.2
  };

  void read_records(Endpoint sender, ByteView bytes);
  void keep_client_hello(ByteView bytes);
  void keep_first_bytes(ByteView bytes);
  void begin_record(Endpoint sender, const RecordBegin& begin);
  void take_part(Endpoint sender, const FragmentPart& part);
  void end_record(Endpoint sender);
  void note_alert(Endpoint sender, const Record& record);
  void note_progress(Endpoint sender, const Record& record);
  void take_server_handshake(ByteView bytes);
  void take_server_message();
  void stop_reading_server();
  bool has_final_hello() const;
  bool has_tls13() const;

  PassingTls seen_;
  std::array<Side, 2> sides_;                // by Endpoint
  std::vector<std::byte> client_beginning_;  // until the hello is decided on
  // The server's handshake message in hand: its header, and its body where it is one that we read.
  std::vector<std::byte> message_;
  std::size_t message_rest_ = 0;  // still to come
  bool is_server_read_ = false;   // nothing more is read of its messages
};

}  // namespace lastframe::tls
