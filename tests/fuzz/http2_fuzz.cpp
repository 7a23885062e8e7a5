// Two endpoints say anything to each other behind the beginning of an HTTP/2 connection. What is
// told of its streams does not depend on how it is cut, each begins once and is told nothing behind
// its end, no more data is told than came, heads can be read, and memory stays within bounds.
//
// Input: the chunk size, then turns: one byte (bit 7: the server speaks; the others: how many
// bytes, 127 stands for 1,000, 126 for bytes that nobody saw, as many as the next byte says) and
// the bytes.
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/http/head.h"
#include "core/http2/demultiplexer.h"
#include "fuzz/chunks.h"
#include "fuzz/live_bytes.h"

namespace lastframe::fuzz {
namespace {

// Two header tables of a mebibyte, and what the decoder keeps of a field that has come in part; for
// each byte a stream, or a line of a head.
constexpr std::ptrdiff_t kMemory = 4 * 1024 * 1024;
constexpr std::ptrdiff_t kMemoryForByte = 256;

class Checked final : public http2::StreamEvents {
 public:
  void on_request(std::uint32_t stream, std::string_view head) override {
    require(http::parse_request_head(head).has_value());
    require(head.size() <= http2::StreamHead::kLongest + 1024);
    streams_[stream] = {};
    note(stream, head);
  }
  void on_response(std::uint32_t stream, std::string_view head) override {
    require(http::parse_response_head(head).has_value());
    note(open(stream), head);
  }
  void on_data(std::uint32_t stream, Direction direction, ByteView bytes) override {
    require(!bytes.empty());
    Stream& known = streams_[open(stream)];
    require(!known.has_ended[index(sender(direction))]);
    known.data[index(direction)] += as_text(bytes);
    data += bytes.size();
  }
  void on_missed(std::uint32_t stream, Direction direction, std::uint64_t count) override {
    require(count > 0);
    require(!streams_[open(stream)].has_ended[index(sender(direction))]);
    note(stream, std::to_string(count));
  }
  void on_end(std::uint32_t stream, Endpoint sender, bool is_over) override {
    bool& has_ended = streams_[open(stream)].has_ended[index(sender)];
    require(!has_ended);
    has_ended = true;
    require(is_over == streams_[stream].has_ended[index(other(sender))]);
    note(stream, name(sender));
  }
  void on_reset(std::uint32_t stream, Endpoint sender, std::uint32_t code) override {
    Stream& known = streams_[open(stream)];
    known.has_ended = {true, true};
    note(stream, std::string(name(sender)) + std::to_string(code));
  }
  void on_passed_over(std::uint32_t stream, std::string_view why) override { note(stream, why); }

  std::string all() const {
    std::string text = said;
    for (const auto& [number, stream] : streams_) {
      text += std::to_string(number) + stream.data[0] + '\0' + stream.data[1] + '\0';
    }
    return text;
  }

  std::string said;
  std::size_t data = 0;

 private:
  struct Stream {
    std::array<bool, 2> has_ended{};
    std::array<std::string, 2> data;
  };

  std::uint32_t open(std::uint32_t stream) {
    require(streams_.contains(stream));
    const Stream& known = streams_[stream];
    require(!known.has_ended[0] || !known.has_ended[1]);
    return stream;
  }
  void note(std::uint32_t stream, std::string_view text) {
    said += std::to_string(stream) + " " + std::string(text) + "\n";
  }

  std::map<std::uint32_t, Stream> streams_;
};

class Deaf final : public http2::StreamEvents {
 public:
  void on_request(std::uint32_t, std::string_view) override {}
  void on_response(std::uint32_t, std::string_view) override {}
  void on_data(std::uint32_t, Direction, ByteView) override {}
  void on_missed(std::uint32_t, Direction, std::uint64_t) override {}
  void on_end(std::uint32_t, Endpoint, bool) override {}
  void on_reset(std::uint32_t, Endpoint, std::uint32_t) override {}
  void on_passed_over(std::uint32_t, std::string_view) override {}
};

std::string_view feed(http2::Demultiplexer& demultiplexer, std::string_view turns,
                      std::size_t chunk_size, http2::StreamEvents& events) {
  demultiplexer.take(Direction::client_to_server, as_bytes(http2::kClientPreface), events);
  while (!turns.empty()) {
    const auto head = static_cast<unsigned char>(turns.front());
    turns.remove_prefix(1);
    const auto direction =
        (head & 0x80) != 0 ? Direction::server_to_client : Direction::client_to_server;
    const unsigned number = head & 0x7F;
    const std::string_view bytes = turns.substr(0, number == 0x7F   ? 1000
                                                   : number == 0x7E ? 1
                                                                    : number);
    turns.remove_prefix(bytes.size());
    if (number == 0x7E) {
      if (bytes.empty()) break;
      demultiplexer.miss(direction, static_cast<unsigned char>(bytes[0]) + 1U, events);
      continue;
    }
    feed_chunks(bytes, chunk_size, [&](std::string_view chunk) {
      demultiplexer.take(direction, as_bytes(chunk), events);
    });
  }
  return demultiplexer.obstacle();
}

void check(const Input& input) {
  Checked whole;
  http2::Demultiplexer of_whole;
  const std::string_view obstacle = feed(of_whole, input.bytes, 1000, whole);
  require(whole.data <= input.bytes.size());
  Checked cut;
  http2::Demultiplexer of_cut;
  require(feed(of_cut, input.bytes, input.chunk_size, cut) == obstacle);
  require(cut.all() == whole.all());
  const Watermark watermark;
  Deaf deaf;
  http2::Demultiplexer demultiplexer;
  feed(demultiplexer, input.bytes, input.chunk_size, deaf);
  require(watermark.height() <=
          kMemory + kMemoryForByte * static_cast<std::ptrdiff_t>(input.bytes.size()));
}

}  // namespace
}  // namespace lastframe::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lastframe::fuzz::begin_counting();
  lastframe::fuzz::check(lastframe::fuzz::input_of(data, size));
  return 0;
}
