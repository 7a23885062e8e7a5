// Reads HAR files (HTTP Archive 1.2): entry by entry, each WebSocket of them as the bytes that its
// messages would have been.
#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "capture/har_base64.h"
#include "capture/har_ending.h"
#include "capture/har_entry.h"
#include "capture/har_frames.h"
#include "capture/har_heads.h"
#include "capture/har_scanner.h"
#include "capture/har_time.h"
#include "capture/reader.h"
#include "core/base/words.h"
#include "core/ws/opcode.h"

namespace lastframe::capture {
namespace {

// A file has no other word for it.
constexpr std::string_view kClient = "browser";
constexpr double kLongestMs = 1e12;

Moment moment_of(WallTime time) { return Moment(time.time_since_epoch()); }

std::chrono::microseconds milliseconds(double value) {
  if (!(value > 0 && value < kLongestMs)) return {};
  return std::chrono::microseconds(std::llround(value * 1000));
}

class HarReader final : public Reader {
 public:
  explicit HarReader(InputSink& sink) : sink_(sink) {}

  void feed(ByteView bytes) override {
    if (is_at_start_) skip_mark(bytes);
    while (const auto item = scanner_.next(bytes)) take(*item);
  }

  void finish() override {
    if (scanner_.is_in_item()) {
      flaw({.kind = FlawKind::cut_off,
            .offset = scanner_.item_offset(),
            .bytes = scanner_.offset() - scanner_.item_offset(),
            .text = "the file ends within an entry, which is left out"});
    } else if (!scanner_.is_over()) {
      flaw({.kind = FlawKind::cut_off,
            .offset = scanner_.offset(),
            .text = "the file ends before its last bracket: entries may be missing"});
    }
    if (scanner_.has_entries()) return;
    flaw({.kind = FlawKind::not_understood,
          .text = "this is no HAR: it has no list of entries (log.entries); save one from a "
                  "browser's network panel"});
  }

 private:
  // The connection in hand.
  struct Connection {
    std::uint64_t id = 0;
    Moment now{};
    std::uint64_t offset = 0;  // of its entry, in the file
    HarFrames frames{};
    std::set<std::string> told{};  // flaws that are said once
  };

  // A byte order mark, of which the first byte is enough: none of the three is JSON.
  void skip_mark(ByteView& bytes) {
    while (!bytes.empty() && is_at_start_) {
      const auto byte = std::to_integer<unsigned>(bytes.front());
      is_at_start_ = byte == 0xEF || byte == 0xBB || byte == 0xBF;
      if (is_at_start_) bytes = bytes.subspan(1);
    }
  }

  void take(const HarItem& item) {
    if (item.fault != HarItem::Fault::none) return refuse(item);
    auto entry = read_har_entry(item.text);
    if (!entry) {
      return flaw({.kind = FlawKind::damaged,
                   .offset = item.offset,
                   .bytes = item.size,
                   .text = "an entry cannot be read: " + to_text(entry.error())});
    }
    if (is_websocket(*entry)) replay(*entry, item.offset);
  }

  void refuse(const HarItem& item) {
    const std::string why = item.fault == HarItem::Fault::too_long
                                ? "an entry of " + in_bytes(item.size) + " is left out: at most " +
                                      in_bytes(kLongestHarEntry) + " are read of one"
                                : std::string(
                                      "an entry is left out: its arrays and objects are "
                                      "nested deeper than those of any HAR");
    flaw(
        {.kind = FlawKind::not_understood, .offset = item.offset, .bytes = item.size, .text = why});
  }

  void replay(const HarEntry& entry, std::uint64_t offset) {
    say_what_is_missing();
    const HarHeads heads = har_heads(entry);
    Connection connection{.id = ++connections_, .offset = offset};
    start(entry, heads, connection);
    say_what_was_added(entry, heads, connection);
    send(connection, Direction::client_to_server, heads.request);
    if (heads.is_open) return replay_open(entry, heads, connection);
    replay_opening(entry, heads, connection);
  }

  void start(const HarEntry& entry, const HarHeads& heads, Connection& connection) {
    auto accepted = read_har_time(entry.started);
    const bool is_known = accepted.has_value();
    for (const HarMessage& message : entry.messages) {
      if (!accepted && message.time) accepted = wall_time_of(*message.time);
    }
    const WallTime time = accepted.value_or(WallTime{});
    connection.now = moment_of(time);
    const std::string client = printable(entry.client, 100);
    sink_.on_start({.id = connection.id,
                    .client = client.empty() ? kClient : std::string_view(client),
                    .server = heads.server,
                    .accepted = connection.now,
                    .accepted_wall = time});
    if (is_known) return;
    tell(connection, FlawKind::not_understood,
         "when the connection began is not known: " + in_quotes(entry.started) + " is no time");
  }

  void say_what_is_missing() {
    if (std::exchange(has_told_limits_, true)) return;
    flaw({.kind = FlawKind::not_understood,
          .text =
              "a HAR has messages only: fragments, masks, compression, Pings and Pongs, and how "
              "TCP ended do not stand in it, so nothing is said of them"});
  }

  void say_what_was_added(const HarEntry& entry, const HarHeads& heads, Connection& connection) {
    if (!heads.filled_in.empty()) {
      std::string names;
      for (const std::string& name : heads.filled_in) names += (names.empty() ? "" : ", ") + name;
      tell(connection, FlawKind::not_understood,
           "the file leaves out fields of the handshake, which were filled in: " + names);
    }
    if (heads.is_translated) {
      tell(connection, FlawKind::not_understood,
           "the connection was opened in another version of HTTP; its handshake is shown as "
           "HTTP/1.1 would have it");
    }
    if (entry.left_out > 0) {
      tell(connection, FlawKind::not_understood,
           std::to_string(entry.left_out) + " messages or header fields were left out: at most " +
               std::to_string(kMostHarMessages) + " messages and " +
               std::to_string(kMostHarHeaders) + " fields are read of one entry");
    }
    if (entry.odd == 0) return;
    tell(connection, FlawKind::damaged,
         std::to_string(entry.odd) +
             " values of the entry are not what a HAR has there, and were "
             "left out");
  }

  void replay_opening(const HarEntry& entry, const HarHeads& heads, Connection& connection) {
    connection.now += milliseconds(entry.send_ms) + milliseconds(entry.wait_ms);
    const HarOpeningFault fault = har_opening_fault(entry);
    if (!heads.response.empty()) {
      send(connection, Direction::server_to_client, heads.response);
    } else if (const auto* error = std::get_if<HarConnectError>(&fault)) {
      input(connection, session::ConnectFailed{.address = heads.server, .error = error->error});
    } else if (const auto* end = std::get_if<session::StreamEnded>(&fault)) {
      input(connection, *end);
    } else {
      return tell(connection, FlawKind::still_open, "the file shows no answer to the handshake");
    }
    input(connection, session::Finished{});
  }

  void replay_open(const HarEntry& entry, const HarHeads& heads, Connection& connection) {
    const Moment accepted = connection.now;
    advance(connection, accepted + milliseconds(entry.send_ms) + milliseconds(entry.wait_ms),
            first_time(entry));
    send(connection, Direction::server_to_client, heads.response);
    const Moment last =
        std::max(last_time(entry, connection.now), accepted + milliseconds(entry.duration_ms));
    const HarEnding ending = har_ending(entry, accepted, last);
    for (const std::string& doubt : ending.doubts) {
      tell(connection, FlawKind::not_understood, doubt);
    }
    auto step = ending.steps.begin();
    for (const HarMessage& message : entry.messages) {
      const Moment at = time_of(message).value_or(connection.now);
      for (; step != ending.steps.end() && step->at < at; ++step) play(connection, *step);
      advance_to_message(connection, message, at);
      play(connection, message);
    }
    for (; step != ending.steps.end(); ++step) play(connection, *step);
    advance(connection, last);
    if (ending.is_shown) return input(connection, session::Finished{});
    tell(connection, FlawKind::still_open,
         "the file does not show how the connection ended, or whether it did");
  }

  static std::optional<Moment> time_of(const HarMessage& message) {
    if (!message.time) return std::nullopt;
    const auto time = wall_time_of(*message.time);
    return time ? std::optional(moment_of(*time)) : std::nullopt;
  }

  static std::optional<Moment> first_time(const HarEntry& entry) {
    return entry.messages.empty() ? std::nullopt : time_of(entry.messages.front());
  }

  static Moment last_time(const HarEntry& entry, Moment since) {
    Moment last = since;
    for (const HarMessage& message : entry.messages) {
      last = std::max(last, time_of(message).value_or(last));
    }
    return last;
  }

  // Not behind `limit`, and never back.
  static void advance(Connection& connection, Moment to, std::optional<Moment> limit = {}) {
    if (limit) to = std::min(to, *limit);
    connection.now = std::max(connection.now, to);
  }

  void advance_to_message(Connection& connection, const HarMessage& message, Moment at) {
    if (at < connection.now) {
      tell(connection, FlawKind::not_understood,
           "messages do not stand in the order of their times: their order in the file counts");
    } else if (!time_of(message)) {
      tell(connection, FlawKind::not_understood,
           "messages without a time are taken to have passed with the one before");
    }
    advance(connection, at);
  }

  void play(Connection& connection, const HarEndStep& step) {
    advance(connection, step.at);
    if (const auto* close = std::get_if<HarCloseStep>(&step.what)) {
      return send_frame(connection, close->sender, ws::Opcode::close, close->body);
    }
    input(connection, std::get<session::StreamEnded>(step.what));
  }

  void play(Connection& connection, const HarMessage& message) {
    if (message.type == "error") {
      return tell(connection, FlawKind::not_understood,
                  "the browser gave the connection up and said " + in_quotes(message.data));
    }
    const bool is_opcode =
        message.opcode >= 1 && message.opcode <= 15 && std::floor(message.opcode) == message.opcode;
    if (!is_opcode) {
      return tell(connection, FlawKind::not_understood,
                  "messages whose opcode begins no message were left out");
    }
    const auto opcode = static_cast<ws::Opcode>(message.opcode);
    const Endpoint sender = message.type == "send" ? Endpoint::client : Endpoint::server;
    if (message.is_not_kept) return skip_frame(connection, sender, opcode, message);
    if (opcode == ws::Opcode::text) return send_frame(connection, sender, opcode, message.data);
    if (const auto bytes = from_base64(message.data)) {
      return send_frame(connection, sender, opcode, *bytes);
    }
    tell(connection, FlawKind::damaged,
         "messages that are no text should be base64; those that are not were taken as they stand");
    send_frame(connection, sender, opcode, message.data);
  }

  void send_frame(Connection& connection, Endpoint sender, ws::Opcode opcode,
                  std::string_view payload) {
    send(connection, direction_from(sender), connection.frames.frame(sender, opcode, payload));
  }

  // A message that is known to have been there, without its payload.
  void skip_frame(Connection& connection, Endpoint sender, ws::Opcode opcode,
                  const HarMessage& message) {
    constexpr double kMost = 9e15;  // whole numbers up to here are exact
    const double size = message.bytes.value_or(0);
    const auto count = static_cast<std::uint64_t>(size >= 1 && size < kMost ? size : 0);
    send(connection, direction_from(sender), connection.frames.header(sender, opcode, count));
    if (count == 0) return;
    input(connection,
          session::BytesMissed{
              .direction = direction_from(sender), .count = count, .is_frame_next = true});
    tell(connection, FlawKind::not_kept, "of some messages only the size was kept");
  }

  void send(Connection& connection, Direction direction, std::string_view bytes) {
    input(connection, session::BytesRelayed{.direction = direction, .bytes = as_bytes(bytes)});
  }

  void input(Connection& connection, const session::Input& what) {
    sink_.on_input(connection.id, connection.now, what);
  }

  // Once for each connection.
  void tell(Connection& connection, FlawKind kind, std::string text) {
    if (connection.told.size() > kMostTold || !connection.told.insert(text).second) return;
    flaw({.kind = kind,
          .connection = connection.id,
          .offset = connection.offset,
          .text = std::move(text)});
  }

  void flaw(const Flaw& what) { sink_.on_flaw(what); }

  static constexpr std::size_t kMostTold = 16;

  InputSink& sink_;
  HarScanner scanner_;
  std::uint64_t connections_ = 0;
  bool is_at_start_ = true;
  bool has_told_limits_ = false;
};

}  // namespace

std::unique_ptr<Reader> make_har_reader(InputSink& sink) {
  return std::make_unique<HarReader>(sink);
}

}  // namespace lastframe::capture
