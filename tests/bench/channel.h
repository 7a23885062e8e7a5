// A client's socket, with or without TLS on it.
#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "tests/bench/sockets.h"

namespace bench {

/// Where the load client connects to.
struct Target {
  std::uint16_t port = 0;
  /// Speak TLS and ask for this server; a `*` in it stands for the connection's number.
  std::optional<std::string> server_name;
};

class Channel {
 public:
  /// A connect that may still be under way; empty when it was refused at once. `id` is the
  /// connection's number.
  static std::optional<Channel> connect(const Target& target, std::uint32_t id);

  /// Says close_notify where the handshake is over.
  ~Channel();
  Channel(Channel&&) noexcept = default;
  Channel& operator=(Channel&&) noexcept = default;

  const Fd& fd() const { return fd_; }

  /// As the functions of the same name for sockets; with TLS, an end without close_notify is a
  /// broken connection. Either goes on with the handshake.
  Received receive(std::span<std::byte> into);
  [[nodiscard]] bool send_from(Buffer& out);

  /// Whether the handshake is over; one step of it when it is not. Always true without TLS.
  bool shake_hands();

  /// An orderly end of what we send: close_notify where there is TLS, and FIN.
  void end();

 private:
  struct Freeing {
    void operator()(SSL* ssl) const;
  };

  explicit Channel(Fd fd) : fd_(std::move(fd)) {}

  Fd fd_;
  std::unique_ptr<SSL, Freeing> ssl_;  // empty: plain
};

}  // namespace bench
