// What the fuzz targets of readers share: what every reader has to keep to, whatever the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "capture/digest.h"
#include "capture/input_sink.h"
#include "capture/reader.h"
#include "core/session/observer.h"
#include "fuzz/chunks.h"

namespace lastframe::fuzz {

class NoObserver final : public session::Observer {
 public:
  void on_session_start(const session::SessionReport&) override {}
  void on_frame(const session::SessionLabel&, Moment, const session::FrameSeen&) override {}
  void on_message(const session::SessionLabel&, Moment, const session::MessageSeen&) override {}
  void on_violation(const session::SessionLabel&, Moment, const ws::Violation&) override {}
  void on_session_end(session::SessionReport) override { ++reports; }
  void on_mass_close(const session::MassCloseSeen&) override {}

  std::uint64_t reports = 0;
};

// Connections come in the order of their ids, inputs in that of time, behind their start and none
// behind their end; each ends once or is told to be open; flaws are printable.
class CheckingSink final : public capture::InputSink {
 public:
  explicit CheckingSink(capture::InputSink* next) : next_(next) {}

  void on_start(const capture::ConnectionStart& start) override {
    require(open_.emplace(start.id, start.accepted).second && start.id > last_id_);
    last_id_ = start.id;
    note(start.client);
    note(start.server);
    if (next_ != nullptr) next_->on_start(start);
  }

  void on_input(std::uint64_t connection, Moment now, const session::Input& input) override {
    const auto found = open_.find(connection);
    require(found != open_.end() && found->second <= now);
    found->second = now;
    note(std::to_string(now.time_since_epoch().count()));
    if (const auto* bytes = std::get_if<session::BytesRelayed>(&input)) {
      require(!bytes->bytes.empty());
      note(as_text(bytes->bytes));
    }
    if (const auto* missed = std::get_if<session::BytesMissed>(&input)) require(missed->count > 0);
    if (next_ != nullptr) next_->on_input(connection, now, input);
    if (!std::holds_alternative<session::Finished>(input)) return;
    open_.erase(found);
    ++finished;
  }

  void on_flaw(const capture::Flaw& flaw) override {
    require(!flaw.text.empty());
    for (const char c : flaw.text) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
    note(flaw.text);
    if (flaw.kind == capture::FlawKind::still_open)
      require(open_.erase(flaw.connection.value()) == 1);
  }

  void on_record(std::uint64_t connection, std::string_view json) override {
    require(open_.contains(connection));
    note(json);
  }

  std::uint64_t seen() const {
    require(open_.empty());
    return digest_.value();
  }

  std::uint64_t finished = 0;

 private:
  void note(std::string_view text) {
    digest_.take(as_bytes(text));
    digest_.take(as_bytes(std::string_view("\n")));
  }

  capture::InputSink* next_;
  std::map<std::uint64_t, Moment> open_;
  std::uint64_t last_id_ = 0;
  capture::Digest digest_;
};

// A digest of all that was read; the same however the file is cut.
inline std::uint64_t read_in_chunks(capture::Reader& reader, std::string_view file,
                                    std::size_t chunk_size, const CheckingSink& sink) {
  feed_chunks(file, chunk_size, [&](std::string_view chunk) { reader.feed(as_bytes(chunk)); });
  reader.finish();
  return sink.seen();
}

}  // namespace lastframe::fuzz
