// Stands between the reader of packets and who is told: a connection in HTTP/2 is told of as the
// WebSockets that its streams carry (RFC 8441), each a connection of its own; all others as they
// are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "capture/input_sink.h"

namespace lastframe::capture {

struct Http2Limits {
  // Of one connection, until its first bytes have told what it is.
  std::size_t held_of_one = 16UL * 1024;
  // What all of them may come to: header tables, for the greatest part.
  std::size_t memory = 256UL * 1024 * 1024;
};

class Http2Sink final : public InputSink {
 public:
  // Both outlive this. `ids`: those of the connections that this is told of, too.
  Http2Sink(InputSink& sink, ConnectionIds& ids, const Http2Limits& limits = {});
  ~Http2Sink() override;

  // Passed on once it is known that it is not in HTTP/2.
  void on_start(const ConnectionStart& start) override;
  void on_input(std::uint64_t connection, Moment now, const session::Input& input) override;
  void on_flaw(const Flaw& flaw) override;
  void on_record(std::uint64_t connection, std::string_view json) override {
    sink_.on_record(connection, json);
  }

 private:
  struct Connection;
  using Connections = std::unordered_map<std::uint64_t, std::unique_ptr<Connection>>;

  void hold(Connection& connection, Moment now, const session::Input& input);
  void decide(Connections::iterator found, bool may_wait);
  void release(Connections::iterator found);
  void follow(Connection& connection, Moment now, const session::Input& input);
  void count(Connection& connection);
  void forget(Connections::iterator found);

  InputSink& sink_;
  ConnectionIds& ids_;
  Http2Limits limits_;
  // Those that are in HTTP/2, or may be.
  Connections connections_;
  std::size_t memory_ = 0;
};

}  // namespace lastframe::capture
