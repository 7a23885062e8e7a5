// Stands between the packets' connections and whoever reads their bytes: takes off what comes
// before a connection's own, a PROXY header and what a client agrees on with its forward or SOCKS5
// proxy, and tells it as the live proxy does, by ClientNamed, UpstreamConnected and ConnectFailed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "capture/held_input.h"
#include "capture/input_sink.h"
#include "core/proxying/prelude.h"

namespace lastframe::capture {

struct PreludeLimits {
  std::size_t held_of_one = 512UL * 1024;  // bytes of a connection, until its prelude is over
  std::size_t held = 64UL * 1024 * 1024;   // of all of them
};

// What breaks a limit, lacks bytes within its prelude or is none after all is told as it came.
class PreludeSink final : public InputSink {
 public:
  // `sink` outlives this.
  explicit PreludeSink(InputSink& sink, const PreludeLimits& limits = {});

  void on_start(const ConnectionStart& start) override;
  void on_input(std::uint64_t connection, Moment now, const session::Input& input) override;
  void on_flaw(const Flaw& flaw) override;
  void on_record(std::uint64_t connection, std::string_view json) override {
    sink_.on_record(connection, json);
  }

 private:
  // Its own bytes have not begun.
  struct Connection {
    std::uint64_t id;
    std::unique_ptr<proxying::Prelude> prelude{};  // null: nothing of one has come
    std::vector<HeldInput> held{};
    std::size_t held_bytes = 0;
    std::size_t counted = 0;  // in PreludeSink::held_
    unsigned over = 0;        // preludes
    Moment refused{};
    bool is_refused = false;  // unless another try comes
    bool has_failed = false;  // and it was told
  };

  bool take(Connection& connection, Moment now, const session::Input& input);
  bool take_bytes(Connection& connection, const session::BytesRelayed& relayed, Moment now);
  bool take_other(Connection& connection, Moment now, const session::Input& input);
  bool is_over_limit(const Connection& connection) const;
  void say_too_much();
  void hold(Connection& connection, Moment now, const session::Input& input);
  void release(Connection& connection);
  bool go_on_behind(Connection& connection);
  void note_refusal(Connection& connection, Moment now);
  void fail(Connection& connection, Moment now);
  void count(Connection& connection);

  InputSink& sink_;
  PreludeLimits limits_;
  std::unordered_map<std::uint64_t, Connection> connections_;
  std::size_t held_ = 0;
  bool has_said_ = false;  // that there was too much
};

}  // namespace lastframe::capture
