// Two endpoints say anything to each other. What the watcher says of it does not depend on how it
// is cut, heads stand where it says they do, and it never holds more than its limits allow.
//
// Input: the chunk size, then turns: one byte (bit 7: the server speaks; the others: how many
// bytes, 127 stands for 1,000) and the bytes.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/http/exchange_watcher.h"
#include "fuzz/chunks.h"
#include "fuzz/live_bytes.h"

namespace lastframe::fuzz {
namespace {

constexpr std::size_t kHeadLimit = 512;

// Three heads at most are kept (request, response, and a finished one of each kind), as are the
// held bytes; each of a head's bytes may be a field of its own, and a field takes 32 bytes, twice
// while the list grows. Behind that: lists of outstanding requests and of elements.
constexpr std::ptrdiff_t kMostMemory = 256 * kHeadLimit + 64 * 1024;

class Dialogue {
 public:
  void say(Direction direction, std::string_view bytes) {
    if (is_over_) return;
    all_[index(direction)] += bytes;
    feed(direction, bytes);
  }

  std::string said;

 private:
  void feed(Direction direction, std::string_view bytes) {
    ByteView input = as_bytes(bytes);
    while (!is_over_) {
      const Watermark watermark;
      const auto event = watcher_.next(direction, input);
      require(watermark.height() <= kMostMemory);
      if (!event) break;
      take(*event);
    }
    require(is_over_ || input.empty());
  }

  void take(const http::WatchEvent& event) {
    if (const auto* request = std::get_if<http::RequestSeen>(&event)) {
      note_fields(request->head.fields);
      said.append("<").append(request->head.method).append(" ").append(request->head.target);
      said += static_cast<char>('0' + static_cast<int>(request->asks));
      note_place(request->place, Direction::client_to_server);
    } else if (const auto* response = std::get_if<http::ResponseSeen>(&event)) {
      note_fields(response->head.fields);
      said += ">" + std::to_string(response->head.status);
      said += static_cast<char>('0' + static_cast<int>(response->asks));
    } else if (const auto* answer = std::get_if<http::SwitchedToWebSocket>(&event)) {
      require(answer->head.status == 101);
      note_place(answer->place, Direction::server_to_client);
      const std::string held = watcher_.take_held_client_bytes();
      const std::string& of_client = all_[index(Direction::client_to_server)];
      require(of_client.substr(watcher_.position(Direction::client_to_server)) == held);
      said += "=" + held;
      is_over_ = true;
    } else if (std::holds_alternative<http::HeldBytesAreHttp>(event)) {
      const std::string held = watcher_.take_held_client_bytes();
      require(held.size() <= kHeadLimit);
      feed(Direction::client_to_server, held);
    } else {
      said += "!" + std::to_string(static_cast<int>(std::get<http::LostTrack>(event)));
      is_over_ = true;
    }
  }

  void note_fields(const http::Fields& fields) {
    for (const http::Field& field : fields.all()) {
      said.append(field.name).append("=").append(field.value).append(";");
    }
  }

  void note_place(const http::HeadPlace& place, Direction direction) {
    const std::string& all = all_[index(direction)];
    require(!place.text.empty() && place.offset <= all.size());
    require(all.compare(place.offset, place.text.size(), place.text) == 0);
    require(watcher_.position(direction) == place.offset + place.text.size());
    said += "@" + std::to_string(place.offset);
  }

  http::ExchangeWatcher watcher_{kHeadLimit};
  std::array<std::string, 2> all_;  // by Direction
  bool is_over_ = false;
};

std::string said_of(std::string_view turns, std::size_t chunk_size) {
  Dialogue dialogue;
  while (!turns.empty()) {
    const auto head = static_cast<unsigned char>(turns.front());
    turns.remove_prefix(1);
    const std::size_t size = (head & 0x7F) == 0x7F ? 1000 : head & 0x7F;
    const std::string_view bytes = turns.substr(0, size);
    turns.remove_prefix(bytes.size());
    const Direction direction =
        (head & 0x80) != 0 ? Direction::server_to_client : Direction::client_to_server;
    feed_chunks(bytes, chunk_size, [&](std::string_view chunk) { dialogue.say(direction, chunk); });
  }
  return dialogue.said;
}

}  // namespace
}  // namespace lastframe::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lastframe::fuzz;
  begin_counting();
  const Input input = input_of(data, size);
  require(said_of(input.bytes, input.chunk_size) == said_of(input.bytes, 1000));
  return 0;
}
