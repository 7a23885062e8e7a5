// Writes down what a reader of captures tells, one line for each call.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "capture/input_sink.h"
#include "core/base/endpoint.h"
#include "core/base/words.h"
#include "core/session/input.h"

namespace lastframe::test {

inline std::string_view flaw_name(capture::FlawKind kind) {
  constexpr auto kNames = std::to_array<std::string_view>(
      {"damaged", "cut_off", "lost", "snapped", "not_kept", "no_payload", "joined_late",
       "still_open", "contradiction", "not_decrypted", "not_understood"});
  return kNames[static_cast<std::size_t>(kind)];
}

class InputNotes final : public capture::InputSink {
 public:
  void on_start(const capture::ConnectionStart& start) override {
    note(start.id, start.accepted,
         "start " + std::string(start.client) + " " + std::string(start.server) + " wall " +
             std::to_string(start.accepted_wall.time_since_epoch().count()));
  }

  void on_input(std::uint64_t connection, Moment now, const session::Input& input) override {
    if (const auto* bytes = std::get_if<session::BytesRelayed>(&input)) {
      streams[connection][index(bytes->direction)] += as_text(bytes->bytes);
    }
    note(connection, now, text_of(input));
  }

  void on_flaw(const capture::Flaw& flaw) override {
    std::string line = "flaw " + std::string(flaw_name(flaw.kind));
    if (flaw.connection) line = std::to_string(*flaw.connection) + " " + line;
    if (flaw.direction) line += " " + std::string(name(*flaw.direction));
    lines.push_back(line + " at " + std::to_string(flaw.offset) + " bytes " +
                    std::to_string(flaw.bytes));
    flaws.push_back(flaw);
  }

  void on_record(std::uint64_t connection, std::string_view json) override {
    lines.push_back(std::to_string(connection) + " record " + std::string(json));
  }

  // How often a flaw was told.
  std::size_t count(capture::FlawKind kind) const {
    std::size_t count = 0;
    for (const capture::Flaw& flaw : flaws) count += flaw.kind == kind ? 1 : 0;
    return count;
  }

  // Lines without times and starts.
  std::vector<std::string> facts() const {
    std::vector<std::string> facts;
    for (const std::string& line : lines) {
      const std::size_t time = line.find(" @");
      if (time == std::string::npos) {
        facts.push_back(line);
      } else if (!line.substr(line.find(' ', time + 1)).starts_with(" start")) {
        facts.push_back(line.substr(0, time) + line.substr(line.find(' ', time + 1)));
      }
    }
    return facts;
  }

  std::vector<std::string> lines;
  std::vector<capture::Flaw> flaws;
  std::map<std::uint64_t, std::array<std::string, 2>> streams;  // by connection, direction

 private:
  void note(std::uint64_t connection, Moment now, const std::string& text) {
    lines.push_back(std::to_string(connection) + " @" +
                    std::to_string(now.time_since_epoch().count()) + " " + text);
  }

  static std::string text_of(const session::Input& input) {
    if (const auto* bytes = std::get_if<session::BytesRelayed>(&input)) {
      return std::string(name(bytes->direction)) + " " + printable(as_text(bytes->bytes), 4096);
    }
    if (const auto* head = std::get_if<session::HeadRelayed>(&input)) {
      return std::string(name(head->direction)) + " head " +
             std::string(head->text.substr(0, head->text.find('\r')));
    }
    if (const auto* missed = std::get_if<session::BytesMissed>(&input)) {
      return std::string(name(missed->direction)) + " missed " + std::to_string(missed->count);
    }
    if (const auto* end = std::get_if<session::StreamEnded>(&input)) {
      return std::string(name(end->endpoint)) + " " + std::string(name(end->how)) +
             (end->http2_error.empty() ? "" : " " + std::string(end->http2_error));
    }
    if (const auto* sample = std::get_if<session::TransportSampled>(&input)) {
      return std::string(name(sample->endpoint)) + " rtt " + std::to_string(sample->facts.rtt_ms) +
             " retransmits " + std::to_string(sample->facts.retransmits) + " unacked " +
             std::to_string(sample->facts.unacked_bytes) + " " + std::string(sample->facts.error);
    }
    if (const auto* named = std::get_if<session::ClientNamed>(&input)) {
      return "client is " + std::string(named->address);
    }
    if (const auto* connected = std::get_if<session::UpstreamConnected>(&input)) {
      return "connected to " + std::string(connected->address);
    }
    if (const auto* failed = std::get_if<session::ConnectFailed>(&input)) {
      return "no connection to " + std::string(failed->address) + ": " + std::string(failed->error);
    }
    if (std::holds_alternative<session::Finished>(input)) return "finished";
    return "input " + std::to_string(input.index());
  }
};

}  // namespace lastframe::test
