// One connection of the load client: upgrade, messages out, echoes checked, closing handshake.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/bench/channel.h"
#include "tests/bench/payload.h"

namespace bench {

class ClientConnection {
 public:
  enum class State {
    connecting,
    shaking_hands,  // of TLS, where no more is wanted
    upgrading,
    open,
    closing,  // our Close is sent
    ended,    // Close and FIN came back
    failed,   // failure() says why
  };

  /// What a connection lives for.
  enum class Purpose { messages, handshake_of_tls };

  /// Starts to connect; `payload` outlives the connection.
  ClientConnection(std::uint32_t id, const Target& target, Purpose purpose, const Payload& payload);

  State state() const { return state_; }
  bool is_over() const { return state_ == State::ended || state_ == State::failed; }
  const Fd& fd() const { return channel_->fd(); }
  const std::string& failure() const { return failure_; }

  /// Reads what came and sends what waits; returns how many messages came back whole.
  /// `scratch` is room for one recv, shared by all connections.
  std::uint32_t advance(std::uint32_t events, std::span<std::byte> scratch);

  /// Only while open. Nothing leaves before flush().
  void queue_message();
  void queue_close();
  void flush();

  std::uint32_t in_flight() const { return sent_ - echoed_; }
  std::uint32_t sent() const { return sent_; }
  /// Frames that carried the echoes: more than the messages when somebody fragmented them.
  std::uint64_t echo_frames() const { return echo_frames_; }

 private:
  void fail(std::string why);
  void begin();
  void receive_bytes(std::span<const std::byte> bytes);
  /// Each consumes from the front of `bytes`; false when it has to wait for more or failed.
  bool receive_head(std::span<const std::byte>& bytes);
  bool receive_header(std::span<const std::byte>& bytes);
  bool receive_payload(std::span<const std::byte>& bytes);
  void accept_header(const FrameHeader& header);
  std::array<std::byte, 4> next_masking_key();

  std::uint32_t id_;
  Purpose purpose_;
  const Payload& payload_;
  std::optional<Channel> channel_;
  State state_ = State::connecting;
  std::string failure_;
  Buffer out_;
  Buffer partial_;  // the answer's head, or a frame header, that has not come whole yet

  std::uint32_t sent_ = 0;
  std::uint32_t echoed_ = 0;
  std::uint64_t echo_frames_ = 0;
  std::uint64_t random_state_;

  std::optional<FrameHeader> frame_;  // the frame under way
  std::uint64_t frame_left_ = 0;
  std::size_t message_offset_ = 0;
  bool is_in_message_ = false;
  bool has_close_ = false;
};

}  // namespace bench
