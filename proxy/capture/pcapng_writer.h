// Writes connections as a pcapng file (draft-ietf-opsawg-pcapng) that Wireshark opens without any
// set-up: packets are made up around the bytes, from the opening of each connection to its end.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "capture/input_sink.h"
#include "capture/packet_builder.h"
#include "core/base/moment.h"
#include "core/session/input.h"

namespace lastframe::capture {

// Addresses that are no numbers ("unix:/path") become addresses of 127.0.0.0/24, the same for the
// same text. Bytes that are missing are packets that were cut short, behind the header of their
// frame where it is there: so Wireshark shows the frame, at that header's time; how a stream ended
// that TCP has no flag for, a flaw and a record stand as comments on packets.
class PcapngWriter final : public InputSink {
 public:
  using Output = std::function<void(std::string_view)>;

  // `output` is called with the beginning of the file at once.
  explicit PcapngWriter(Output output);

  void on_start(const ConnectionStart& start) override;
  void on_input(std::uint64_t connection, Moment now, const session::Input& input) override;
  void on_flaw(const Flaw& flaw) override;
  void on_record(std::uint64_t connection, std::string_view json) override;

  // Stands on the connection's last packet if it is the last one of all, else on its next one. For
  // a connection that has ended long ago, nothing happens.
  void comment(std::uint64_t connection, std::string_view text);

  // Nothing more comes: what is held back is written.
  void finish();

 private:
  struct Connection {
    std::array<TcpEnd, 2> ends;  // by Endpoint
    bool is_open = false;        // its opening handshake is written
    bool is_reset = false;
    Endpoint resetter = Endpoint::client;
    std::array<bool, 2> has_ended{};
    std::array<std::uint32_t, 2> next{};          // sequence numbers
    std::array<std::uint32_t, 2> acknowledged{};  // by the other side, of those
    Moment accepted{};
    WallTime accepted_wall{};
    std::vector<std::string> comments;  // for its next packet
  };
  struct Packet {
    std::uint64_t connection = 0;
    std::int64_t micros = 0;  // since the epoch
    PacketPlan plan;
    std::string payload;  // the plan's
    std::vector<std::string> comments;
  };

  void open(std::uint64_t id, Connection& connection);
  void open_without_answer(std::uint64_t id, Connection& connection, Moment now,
                           std::string_view error);
  void relay(std::uint64_t id, Connection& connection, Moment now,
             const session::BytesRelayed& input);
  void miss(std::uint64_t id, Connection& connection, Moment now,
            const session::BytesMissed& input);
  void end(std::uint64_t id, Connection& connection, Moment now, const session::StreamEnded& input);
  void close(std::uint64_t id, Connection& connection, Moment now);
  void acknowledge_if_much(std::uint64_t id, Connection& connection, Moment now, Endpoint sent);
  void acknowledge_if_owed(std::uint64_t id, Connection& connection, Moment now, Endpoint from);
  void acknowledge_both(std::uint64_t id, Connection& connection, Moment now);
  // For its next packet.
  static void note(Connection& connection, std::string_view text);
  void write(std::uint64_t id, Connection& connection, Moment now, Endpoint from, PacketPlan plan);
  std::uint32_t lengthen_held(std::uint64_t id, Connection& connection, Endpoint from,
                              std::uint64_t missing);
  void flush();

  Output output_;
  std::unordered_map<std::uint64_t, Connection> connections_;
  Packet held_;  // the last one: comments may come for it
  bool has_held_ = false;
};

}  // namespace lastframe::capture
