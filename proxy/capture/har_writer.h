// Writes the WebSockets that it is fed as a HAR, which browsers' network panels and other tools
// open: one entry as each connection ends.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "capture/har_json.h"
#include "capture/har_messages.h"
#include "capture/head_redaction.h"
#include "capture/input_sink.h"
#include "core/ws/inflate_pool.h"

namespace lastframe::capture {

struct HarWriterOptions {
  std::string version;  // of this program
  RedactionOptions redaction = {};
  bool hides_secrets = true;  // in heads; messages stand as they were sent
  HarLimits limits = {};
};

class HarWriter final : public InputSink {
 public:
  // The beginning is written at once. `output` is called on the caller's thread, with text in
  // parts.
  HarWriter(HarWriterOptions options, HarOutput output);
  ~HarWriter() override;

  void on_start(const ConnectionStart& start) override;
  // Connections that never ask for a WebSocket, and TLS without its keys, give no entry.
  void on_input(std::uint64_t connection, Moment now, const session::Input& input) override;
  void on_flaw(const Flaw& flaw) override;
  void on_record(std::uint64_t connection, std::string_view json) override;

  // Connections that are open still get their entries, and the file ends. Nothing may come after.
  void finish();

  std::uint64_t entries() const { return entries_; }

 private:
  class Connection;

  void write(Connection& connection);

  HarWriterOptions options_;
  HarOutput output_;
  ws::InflatePool inflaters_{ws::InflateLimits{}};
  std::size_t kept_ = 0;  // bytes of messages, of all connections
  std::map<std::uint64_t, std::unique_ptr<Connection>> open_;
  std::uint64_t entries_ = 0;
};

}  // namespace lastframe::capture
