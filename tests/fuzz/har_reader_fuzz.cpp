// Any bytes as a HAR. What is read does not depend on how they are cut; the inputs of each
// connection come in the order of time, behind its start, and none behind its end; flaws are
// printable; and sessions make something of it all.
//
// Input: the chunk size, then the file.
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "capture/digest.h"
#include "capture/reader.h"
#include "capture/replay.h"
#include "fuzz/chunks.h"
#include "fuzz/live_bytes.h"

namespace lastframe::fuzz {
namespace {

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

  void on_record(std::uint64_t, std::string_view) override { require(false); }

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

std::uint64_t read(std::string_view file, std::size_t chunk_size, CheckingSink& sink) {
  const auto reader = capture::make_har_reader(sink);
  feed_chunks(file, chunk_size, [&](std::string_view chunk) { reader->feed(as_bytes(chunk)); });
  reader->finish();
  return sink.seen();
}

void check(const Input& input) {
  static const session::SessionOptions options{
      .listener = "", .upstream = "", .privacy = {}, .interest = {}};
  NoObserver observer;
  capture::Replay replay(options, observer);
  CheckingSink whole(&replay);
  const std::uint64_t seen = read(input.bytes, 100'000, whole);
  require(observer.reports <= whole.finished);
  CheckingSink cut(nullptr);
  const Watermark watermark;
  require(read(input.bytes, input.chunk_size, cut) == seen);
  // An entry in hand, mended and as facts; the shortest message is of some 20 bytes.
  require(watermark.height() <= static_cast<std::ptrdiff_t>(64 * input.bytes.size() + 64 * 1024));
}

}  // namespace
}  // namespace lastframe::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lastframe::fuzz::begin_counting();
  lastframe::fuzz::check(lastframe::fuzz::input_of(data, size));
  return 0;
}
