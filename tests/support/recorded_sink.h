// A sink that writes down what a reader tells it.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <variant>
#include <vector>

#include "capture/input_codec.h"
#include "capture/input_sink.h"
#include "capture/reader.h"
#include "capture/recording_format.h"

namespace lastframe::test {

class RecordedSink final : public capture::InputSink {
 public:
  void on_start(const capture::ConnectionStart& start) override {
    starts.push_back(std::to_string(start.id) + " session " + std::to_string(start.session_id) +
                     " " + std::string(start.client) + " -> " + std::string(start.server) + " " +
                     std::string(start.listener) + " " + std::string(start.upstream) + " tap " +
                     std::string(start.tap) + (start.is_client_trusted ? " trusted" : "") +
                     (start.resynchronises.value_or(false) ? " resynchronises" : "") + " " +
                     std::to_string(start.watched_head.value_or(0)) + " at " +
                     std::to_string(start.accepted.time_since_epoch().count()) + " wall " +
                     std::to_string(start.accepted_wall.time_since_epoch().count()));
  }

  void on_input(std::uint64_t connection, Moment now, const session::Input& input) override {
    std::string text =
        std::to_string(connection) + " at " + std::to_string(now.time_since_epoch().count()) + " ";
    if (std::holds_alternative<session::Finished>(input)) {
      text += "finished";
    } else if (const auto* bytes = std::get_if<session::BytesRelayed>(&input)) {
      text += std::string(name(bytes->direction)) + " " + std::string(as_text(bytes->bytes));
    } else if (const auto* missed = std::get_if<session::BytesMissed>(&input)) {
      text += std::string(name(missed->direction)) + " missed " + std::to_string(missed->count) +
              (missed->is_frame_next ? " frame next" : "") +
              (missed->digest ? " digest " + std::to_string(*missed->digest) : "");
    } else {
      text += "as written: ";
      capture::append_input(input, text);
    }
    inputs.push_back(std::move(text));
  }

  void on_flaw(const capture::Flaw& flaw) override { flaws.push_back(flaw); }
  void on_record(std::uint64_t connection, std::string_view json) override {
    records.push_back(std::to_string(connection) + " " + std::string(json));
  }

  bool has_flaw(capture::FlawKind kind) const {
    for (const capture::Flaw& flaw : flaws) {
      if (flaw.kind == kind) return true;
    }
    return false;
  }

  // Of one connection, without its number; in their order.
  std::vector<std::string> inputs_of(std::uint64_t connection) const {
    const std::string prefix = std::to_string(connection) + " ";
    std::vector<std::string> found;
    for (const std::string& input : inputs) {
      if (input.starts_with(prefix)) found.push_back(input.substr(prefix.size()));
    }
    return found;
  }

  std::vector<std::string> starts;
  std::vector<std::string> inputs;
  std::vector<std::string> records;
  std::vector<capture::Flaw> flaws;
};

// What blocks of a recording hold.
inline RecordedSink read_blocks(const std::string& blocks) {
  RecordedSink sink;
  const auto reader = capture::make_recording_reader(sink);
  reader->feed(as_bytes(capture::recording_head("", "test") + blocks));
  reader->finish();
  CHECK_FALSE(sink.has_flaw(capture::FlawKind::damaged));
  return sink;
}

}  // namespace lastframe::test
