// Any bytes as a recording. What is read does not depend on how they are cut; the inputs of each
// connection come in the order of time, behind its start, and none behind its end; each connection
// ends once or is told to be open; flaws are printable; and sessions make something of it all.
// Checksums are made right first, where a block's length fits: else no change would get past them.
//
// Input: the chunk size, then the file.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "capture/digest.h"
#include "capture/reader.h"
#include "capture/recording_format.h"
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

std::uint64_t read(std::string_view file, std::size_t chunk_size, CheckingSink& sink) {
  const auto reader = capture::make_recording_reader(sink);
  feed_chunks(file, chunk_size, [&](std::string_view chunk) { reader->feed(as_bytes(chunk)); });
  reader->finish();
  return sink.seen();
}

std::size_t number_at(std::string_view bytes, std::size_t at) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value |= std::size_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  }
  return value;
}

std::string mended(std::string_view bytes) {
  using namespace capture;
  std::string file(bytes);
  for (std::size_t at = 0; at + kBlockHead + kBlockTail <= file.size(); ++at) {
    if (number_at(file, at) != kBlockMarker) continue;
    const std::size_t length = number_at(file, at + 6);
    if (length > file.size() - at - kBlockHead - kBlockTail) continue;
    const std::size_t end = at + kBlockHead + length;
    const auto crc = crc32_of(as_bytes(std::string_view(file).substr(at + 4, end - at - 4)));
    for (std::size_t i = 0; i < 4; ++i) file[end + i] = static_cast<char>(crc >> (8 * i) & 0xFF);
    at = end + kBlockTail - 1;
  }
  return file;
}

void check_file(std::string_view file, std::size_t chunk_size) {
  static const session::SessionOptions options{
      .listener = "", .upstream = "", .privacy = {}, .interest = {}};
  NoObserver observer;
  capture::Replay replay(options, observer);
  CheckingSink whole(&replay);
  const std::uint64_t seen = read(file, 100'000, whole);
  CheckingSink cut(nullptr);
  const Watermark watermark;
  require(read(file, chunk_size, cut) == seen);
  // Certificates of one byte each are the largest that few bytes can become.
  require(watermark.height() <= static_cast<std::ptrdiff_t>(512 * file.size() + 64 * 1024));
}

void check(const Input& input) {
  check_file(input.bytes, input.chunk_size);
  check_file(mended(input.bytes), input.chunk_size);
}

}  // namespace
}  // namespace lastframe::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lastframe::fuzz::begin_counting();
  lastframe::fuzz::check(lastframe::fuzz::input_of(data, size));
  return 0;
}
