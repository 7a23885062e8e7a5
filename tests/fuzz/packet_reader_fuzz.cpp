// A packet capture of any bytes: what is told of it does not depend on how it is cut, each
// connection begins once and is told nothing behind its end, time does not go back within one, no
// byte is told that the file does not have, memory stays within bounds, and what is written of it
// as pcapng is read again without damage, byte for byte.
//
// Input: the chunk size; the file.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "capture/pcapng_writer.h"
#include "capture/reader.h"
#include "core/proxying/prelude.h"
#include "fuzz/chunks.h"
#include "fuzz/live_bytes.h"

namespace lastframe::fuzz {
namespace {

// What a reader keeps of a file so small: a copy of a block, of each byte that waits, of some that
// were told; a connection and its place in the tables for each packet.
constexpr std::ptrdiff_t kMemoryForByte = 64;
constexpr std::ptrdiff_t kMemory = 64 * 1024;

class Checked final : public capture::InputSink {
 public:
  void on_start(const capture::ConnectionStart& start) override {
    require(start.id != 0 && !connections_.contains(start.id));
    connections_[start.id].last = start.accepted;
    require(!start.client.empty() && !start.server.empty());
    said += "start " + std::string(start.client) + " " + std::string(start.server) + "\n";
  }

  void on_input(std::uint64_t id, Moment now, const session::Input& input) override {
    require(connections_.contains(id));
    Connection& connection = connections_[id];
    require(!connection.is_over);
    require(now >= connection.last);
    connection.last = now;
    said += std::to_string(id) + " " + std::to_string(input.index()) + " " +
            std::to_string(now.time_since_epoch().count()) + "\n";
    if (const auto* bytes = std::get_if<session::BytesRelayed>(&input)) {
      require(!bytes->bytes.empty());
      require(!connection.has_ended[index(sender(bytes->direction))]);
      relayed += bytes->bytes.size();
      connection.streams[index(bytes->direction)] += as_text(bytes->bytes);
    } else if (const auto* head = std::get_if<session::HeadRelayed>(&input)) {
      has_streams = true;
      said += std::string(head->text);
    } else if (const auto* missed = std::get_if<session::BytesMissed>(&input)) {
      require(missed->count > 0);
      has_huge_gap = has_huge_gap || missed->count > kHugeGap;
    } else if (const auto* end = std::get_if<session::StreamEnded>(&input)) {
      connection.has_ended[index(end->endpoint)] = true;
    } else if (std::holds_alternative<session::Finished>(input)) {
      connection.is_over = true;
    }
  }

  void on_flaw(const capture::Flaw& flaw) override {
    require(!flaw.text.empty());
    has_damage = has_damage || flaw.kind == capture::FlawKind::damaged ||
                 flaw.kind == capture::FlawKind::cut_off;
    said += "flaw " + std::to_string(static_cast<unsigned>(flaw.kind)) + " " +
            std::to_string(flaw.connection.value_or(0)) + " " + std::to_string(flaw.offset) + " " +
            std::to_string(flaw.bytes) + "\n";
    if (flaw.kind != capture::FlawKind::still_open) return;
    require(flaw.connection && !connections_[*flaw.connection].is_over);
    connections_[*flaw.connection].is_over = true;
  }

  void on_record(std::uint64_t, std::string_view) override { require(false); }

  void check_end() const {
    for (const auto& [id, connection] : connections_) require(connection.is_over);
  }

  std::vector<std::array<std::string, 2>> streams() const {
    std::vector<std::array<std::string, 2>> streams;
    for (const auto& [id, connection] : connections_) streams.push_back(connection.streams);
    return streams;
  }

  // Whether something that is told begins like what stands before a connection's own bytes: read
  // again, it may be taken off.
  bool may_be_prelude() const {
    return std::ranges::any_of(connections_, [](const auto& entry) {
      const std::string& stream = entry.second.streams[0];
      return !stream.empty() &&
             proxying::prelude(static_cast<std::byte>(stream.front()), true) != nullptr;
    });
  }

  // Larger gaps are not told from old bytes when they are read again.
  static constexpr std::uint64_t kHugeGap = std::uint64_t{1} << 29;

  std::string said;
  std::size_t relayed = 0;
  bool has_damage = false;
  bool has_huge_gap = false;
  bool has_streams = false;  // of HTTP/2

 private:
  struct Connection {
    Moment last{};
    bool is_over = false;
    std::array<bool, 2> has_ended{};
    std::array<std::string, 2> streams;
  };
  std::map<std::uint64_t, Connection> connections_;
};

class Deaf final : public capture::InputSink {
 public:
  void on_start(const capture::ConnectionStart&) override {}
  void on_input(std::uint64_t, Moment, const session::Input&) override {}
  void on_flaw(const capture::Flaw&) override {}
  void on_record(std::uint64_t, std::string_view) override {}
};

void read(std::string_view file, std::size_t chunk_size, capture::InputSink& sink) {
  const auto reader = capture::make_packet_reader(sink);
  feed_chunks(file, chunk_size, [&](std::string_view chunk) { reader->feed(as_bytes(chunk)); });
  reader->finish();
}

void check_writing(std::string_view file, const Checked& seen) {
  std::string written;
  capture::PcapngWriter writer([&](std::string_view bytes) { written += bytes; });
  read(file, 64 * 1024, writer);
  writer.finish();
  Checked again;
  read(written, 4096, again);
  again.check_end();
  require(!again.has_damage);
  // Heads of streams are written as others that say the same.
  if (seen.has_huge_gap || seen.has_streams || seen.may_be_prelude()) return;
  // Connections that never said anything may be left out, the others are the same.
  require(again.relayed == seen.relayed);
}

void check(const Input& input) {
  Checked whole;
  read(input.bytes, 64 * 1024, whole);
  whole.check_end();
  require(whole.relayed <= input.bytes.size());
  Checked cut;
  read(input.bytes, input.chunk_size, cut);
  require(cut.said == whole.said);
  require(cut.streams() == whole.streams());
  const Watermark watermark;
  Deaf deaf;
  read(input.bytes, input.chunk_size, deaf);
  require(watermark.height() <=
          kMemory + kMemoryForByte * static_cast<std::ptrdiff_t>(input.bytes.size()));
  check_writing(input.bytes, whole);
}

}  // namespace
}  // namespace lastframe::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lastframe::fuzz::begin_counting();
  lastframe::fuzz::check(lastframe::fuzz::input_of(data, size));
  return 0;
}
