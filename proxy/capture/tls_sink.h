// Stands between the reader of packets and who is told: of connections in TLS whose keys are known
// the plain text goes on, of the others the bytes as they are, and why they stay sealed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "capture/input_sink.h"
#include "capture/tls_decryption.h"
#include "capture/tls_key_logs.h"

namespace lastframe::capture {

struct TlsLimits {
  // Of a connection, until its handshake is over or it is known that there are no keys.
  std::size_t held_of_one = 512UL * 1024;
  // Of all of them, together with records that have come in part, and 4 KiB for each.
  std::size_t held = 256UL * 1024 * 1024;
};

class TlsSink final : public InputSink {
 public:
  // Both outlive this.
  TlsSink(InputSink& sink, TlsKeyLogs& logs, const TlsLimits& limits = {});
  ~TlsSink() override;

  void on_start(const ConnectionStart& start) override;
  void on_input(std::uint64_t connection, Moment now, const session::Input& input) override;
  void on_flaw(const Flaw& flaw) override;
  void on_record(std::uint64_t connection, std::string_view json) override {
    sink_.on_record(connection, json);
  }

 private:
  class Teller;
  struct Connection;
  using Connections = std::unordered_map<std::uint64_t, std::unique_ptr<Connection>>;

  bool takes(Connection& connection, const session::Input& input);
  void take(Connection& connection, Moment now, const session::Input& input);
  void advance(Connection& connection, Moment now, const session::Input& input);
  void end_stream(Connection& connection, Moment now, const session::StreamEnded& end);
  void hold(Connection& connection, Moment now, const session::Input& input);
  void try_again(Connection& connection);
  void release(Connection& connection);
  void forget(Connection& connection);
  void count(Connection& connection);
  void say_why(const Connection& connection, std::string_view why);

  InputSink& sink_;
  TlsKeyLogs& logs_;
  TlsLimits limits_;
  TlsBudget budget_;
  // Those that are in TLS, or may be.
  Connections connections_;
  std::size_t held_ = 0;
};

}  // namespace lastframe::capture
