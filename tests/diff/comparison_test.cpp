#include "diff/comparison.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "diff/finding.h"
#include "support/deflater.h"
#include "support/frames.h"
#include "support/seeds.h"
#include "support/two_taps.h"

namespace lastframe::diff {
namespace {

using test::Payload;
using test::Said;
using test::said;
using test::Seen;
using ws::Opcode;

constexpr Direction kUp = Direction::client_to_server;
constexpr Direction kDown = Direction::server_to_client;

std::string summary(const Comparison& comparison) {
  std::string text;
  for (const Finding& finding : comparison.findings) {
    text += std::string(row(finding.kind).name) + "/" +
            (finding.direction ? std::string(name(*finding.direction)) : "both") + "/" +
            std::string(name(finding.severity)) + " x" + std::to_string(finding.count) + " [" +
            finding.detail + "]\n";
  }
  return text;
}

const Finding* find(const Comparison& comparison, Kind kind) {
  const auto found = std::ranges::find(comparison.findings, kind, &Finding::kind);
  return found == comparison.findings.end() ? nullptr : &*found;
}

Comparison compared(const Seen& before, const Seen& after, std::size_t cut = 0,
                    Payload payload = Payload::seen) {
  return compare(test::trace_of(before, cut, payload), test::trace_of(after, cut, payload), {});
}

// What a connection says in one direction, in every form that a message can have.
std::vector<std::vector<Said>> messages_of(Endpoint from, test::Deflater* deflater) {
  std::vector<std::vector<Said>> messages;
  const std::string salt(name(from));
  messages.push_back({said(from, Opcode::text, "first text of the " + salt)});
  messages.push_back(
      {said(from, Opcode::binary, std::string("\x00\x01\xFE\xFF bytes", 10) + salt)});
  messages.push_back({said(from, Opcode::text, "a message ", false),
                      said(from, Opcode::continuation, "in three ", false),
                      said(from, Opcode::continuation, "frames, " + salt)});
  messages.push_back({said(from, Opcode::text, std::string(300, 'x') + salt)});
  messages.push_back({said(from, Opcode::binary, std::string(70'000, 'y') + salt)});
  if (deflater != nullptr) {
    for (const std::string text : {"compressed, compressed", "and again compressed"}) {
      Said message = said(from, Opcode::text, deflater->message(text + salt));
      message.header.rsv = ws::kRsv1;
      messages.push_back({message});
    }
  }
  messages.push_back({said(from, Opcode::text, "the last text of the " + salt)});
  return messages;
}

constexpr std::string_view kDeflate = "Sec-WebSocket-Extensions: permessage-deflate";

// A conversation: messages of both sides in turn, a Ping of each, a closing handshake.
struct Conversation {
  Seen seen;
  std::vector<std::vector<std::size_t>> places[2];  // of each message's frames, by direction

  Conversation() {
    seen.request = test::with_header(seen.request, kDeflate);
    seen.response = test::with_header(seen.response, kDeflate);
    for (const Endpoint from : kEndpoints) {
      test::Deflater deflater(15);
      for (const auto& message : messages_of(from, &deflater)) add(message);
      add_control(from, Opcode::ping, "are you there, " + std::string(name(from)));
      add_control(other(from), Opcode::pong, "are you there, " + std::string(name(from)));
      add({said(from, Opcode::text, "after the Pong " + std::string(name(from)))});
    }
    for (const Endpoint from : kEndpoints) {
      add_control(from, Opcode::close, test::close_payload(1000, "bye"));
    }
    seen.ends = {{Endpoint::server, session::EndKind::fin},
                 {Endpoint::client, session::EndKind::fin}};
  }

  void add(const std::vector<Said>& message) {
    std::vector<std::size_t> frames;
    for (const Said& frame : message) {
      frames.push_back(seen.frames.size());
      push(frame);
    }
    places[index(message.front().direction)].push_back(frames);
  }
  void add_control(Endpoint from, Opcode opcode, const std::string& payload) {
    push(said(from, opcode, payload));
  }
  void push(Said frame) {
    frame.at_ms = static_cast<int>(seen.frames.size()) * 10;
    seen.frames.push_back(std::move(frame));
  }

  std::size_t place_of(Direction direction, Opcode opcode) const {
    for (std::size_t i = 0; i < seen.frames.size(); ++i) {
      if (seen.frames[i].direction == direction && seen.frames[i].header.opcode == opcode) return i;
    }
    return 0;
  }
};

// Damages what arrives of one direction: towards the server that is the second tap's, towards the
// client the first one's.
struct Taps {
  Conversation sent;
  Conversation arrived;

  Comparison compared(Direction direction, std::size_t cut = 0,
                      Payload payload = Payload::seen) const {
    return direction == kUp ? diff::compared(sent.seen, arrived.seen, cut, payload)
                            : diff::compared(arrived.seen, sent.seen, cut, payload);
  }
};

void set_payload(Said& frame, std::string payload) {
  const ws::FrameHeader old = frame.header;
  frame.payload = std::move(payload);
  frame.header =
      test::header_of(sender(frame.direction), old.opcode, frame.payload.size(), old.fin);
  frame.header.rsv = old.rsv;
}

void put_mask(ws::FrameHeader& header, std::optional<ws::MaskingKey> key) {
  if (header.masking_key)
    header.header_length = static_cast<std::uint8_t>(header.header_length - 4);
  header.masking_key = key;
  if (key) header.header_length = static_cast<std::uint8_t>(header.header_length + 4);
}

// Damage to one message, whatever its form.
struct MessageDamage {
  std::string_view name;
  Kind kind;
  Kind kind_of_first;  // of the first message of a direction
  // Of the frames of a message.
  std::function<void(std::vector<Said>&, Direction)> damage;
};

const std::vector<MessageDamage>& message_damages() {
  static const std::vector<MessageDamage> damages{
      {"dropped", Kind::message_dropped, Kind::first_frame_lost,
       [](std::vector<Said>& frames, Direction) { frames.clear(); }},
      {"sent twice", Kind::message_duplicated, Kind::message_duplicated,
       [](std::vector<Said>& frames, Direction) {
         // What was compressed against what came before is not the same a second time.
         const std::vector<Said> copy = frames;
         frames.insert(frames.end(), copy.begin(), copy.end());
       }},
      {"one inserted before it", Kind::message_inserted, Kind::message_inserted,
       [](std::vector<Said>& frames, Direction direction) {
         frames.insert(frames.begin(), said(sender(direction), Opcode::text, "not from there"));
       }},
      {"cut into two frames", Kind::refragmented, Kind::refragmented,
       [](std::vector<Said>& frames, Direction direction) {
         Said second = said(sender(direction), Opcode::continuation,
                            frames.back().payload.substr(3), frames.back().header.fin);
         frames.back().header.fin = false;
         set_payload(frames.back(), frames.back().payload.substr(0, 3));
         frames.push_back(second);
       }},
      {"as the other type", Kind::opcode_changed, Kind::opcode_changed,
       [](std::vector<Said>& frames, Direction) {
         Opcode& opcode = frames.front().header.opcode;
         opcode = opcode == Opcode::text ? Opcode::binary : Opcode::text;
       }},
      {"with RSV2", Kind::rsv_changed, Kind::rsv_changed,
       [](std::vector<Said>& frames, Direction) { frames.front().header.rsv |= ws::kRsv2; }},
  };
  return damages;
}

TEST_CASE("a message that is damaged is found, whatever its form, in each direction") {
  const Conversation whole;
  for (const MessageDamage& damage : message_damages()) {
    for (const Direction direction : kDirections) {
      const auto& places = whole.places[index(direction)];
      for (std::size_t message = 0; message < places.size(); ++message) {
        Taps taps;
        std::vector<Said>& frames = taps.arrived.seen.frames;
        const std::size_t first = places[message].front();
        const std::size_t count = places[message].size();
        const auto begin = frames.begin() + static_cast<std::ptrdiff_t>(first);
        std::vector<Said> own(begin, begin + static_cast<std::ptrdiff_t>(count));
        const bool is_compressed = own.front().header.rsv != 0;
        damage.damage(own, direction);
        const auto at = frames.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
        frames.insert(at, own.begin(), own.end());
        const Comparison result = taps.compared(direction);
        CAPTURE(damage.name);
        CAPTURE(name(direction));
        CAPTURE(message);
        CAPTURE(is_compressed);
        CAPTURE(summary(result));
        const bool is_first =
            std::none_of(whole.seen.frames.begin(),
                         whole.seen.frames.begin() + static_cast<std::ptrdiff_t>(first),
                         [&](const Said& frame) { return frame.direction == direction; });
        const Kind kind = is_first ? damage.kind_of_first : damage.kind;
        const Finding* const finding = find(result, kind);
        REQUIRE(finding != nullptr);
        CHECK(finding->direction == direction);
        CHECK(finding->count == 1);
        if (!is_compressed) CHECK(result.findings.size() == 1);
        CHECK(result.severity >= finding->severity);
      }
    }
  }
}

// One damage of its own.
struct Damage {
  std::string_view name;
  Kind kind;
  Severity severity;
  std::function<void(Taps&, Direction)> apply;
  std::optional<Direction> only = std::nullopt;
};

Said& message_frame(Taps& taps, Direction direction, std::size_t message, std::size_t frame = 0) {
  return taps.arrived.seen.frames[taps.arrived.places[index(direction)][message][frame]];
}
Said& sent_frame(Taps& taps, Direction direction, std::size_t message, std::size_t frame = 0) {
  return taps.sent.seen.frames[taps.sent.places[index(direction)][message][frame]];
}
void text_change(Taps& taps, Direction direction, std::string_view was, std::string_view is) {
  set_payload(sent_frame(taps, direction, 0), std::string(was));
  set_payload(message_frame(taps, direction, 0), std::string(is));
}
void insert_before(Taps& taps, Direction direction, std::size_t message, const Said& what) {
  std::vector<Said>& frames = taps.arrived.seen.frames;
  const std::size_t at = taps.arrived.places[index(direction)][message].front();
  frames.insert(frames.begin() + static_cast<std::ptrdiff_t>(at), what);
}
void erase_control(Conversation& tap, Direction direction, Opcode opcode) {
  const std::size_t at = tap.place_of(direction, opcode);
  tap.seen.frames.erase(tap.seen.frames.begin() + static_cast<std::ptrdiff_t>(at));
}
Said& control(Taps& taps, Direction direction, Opcode opcode) {
  return taps.arrived.seen.frames[taps.arrived.place_of(direction, opcode)];
}

constexpr std::string_view kPage =
    "HTTP/1.1 502 Bad Gateway\r\nServer: nginx\r\nContent-Type: text/html\r\n"
    "Content-Length: 26\r\n\r\n<html>Bad Gateway</html>\r\n";

const std::vector<Damage>& damages() {
  static const std::vector<Damage> rows{
      {"a bit flipped in a text", Kind::payload_changed, Severity::altered,
       [](Taps& t, Direction d) { message_frame(t, d, 0).payload[3] ^= 1; }},
      {"a bit flipped at the end of a long message", Kind::payload_changed, Severity::altered,
       [](Taps& t, Direction d) { message_frame(t, d, 4).payload[69'999] ^= 1; }},
      {"a bit flipped in a fragment", Kind::payload_changed, Severity::altered,
       [](Taps& t, Direction d) { message_frame(t, d, 2, 1).payload[2] ^= 1; }},
      {"a byte more", Kind::payload_resized, Severity::altered,
       [](Taps& t, Direction d) {
         Said& frame = message_frame(t, d, 1);
         set_payload(frame, frame.payload + "!");
       }},
      {"a byte less", Kind::payload_resized, Severity::altered,
       [](Taps& t, Direction d) {
         Said& frame = message_frame(t, d, 3);
         set_payload(frame, frame.payload.substr(0, 299));
       }},
      {"ISO 8859-1 to UTF-8", Kind::text_latin1_to_utf8, Severity::altered,
       [](Taps& t, Direction d) { text_change(t, d, "caf\xE9 noir", "caf\xC3\xA9 noir"); }},
      {"UTF-8 twice", Kind::text_encoded_twice, Severity::altered,
       [](Taps& t, Direction d) {
         text_change(t, d, "caf\xC3\xA9 noir", "caf\xC3\x83\xC2\xA9 noir");
       }},
      {"UTF-8 to ISO 8859-1", Kind::text_utf8_to_latin1, Severity::corrupted,
       [](Taps& t, Direction d) { text_change(t, d, "caf\xC3\xA9 noir", "caf\xE9 noir"); }},
      {"invalid to U+FFFD", Kind::text_invalid_replaced, Severity::altered,
       [](Taps& t, Direction d) { text_change(t, d, "bad \xFF end", "bad \xEF\xBF\xBD end"); }},
      {"CR LF to LF", Kind::text_line_ends_changed, Severity::altered,
       [](Taps& t, Direction d) { text_change(t, d, "one\r\ntwo\r\n", "one\ntwo\n"); }},
      {"LF to CR LF", Kind::text_line_ends_changed, Severity::altered,
       [](Taps& t, Direction d) { text_change(t, d, "one\ntwo\n", "one\r\ntwo\r\n"); }},
      {"a byte order mark", Kind::text_mark_added, Severity::altered,
       [](Taps& t, Direction d) { text_change(t, d, "{\"a\": 1}", "\xEF\xBB\xBF{\"a\": 1}"); }},
      {"no byte order mark", Kind::text_mark_removed, Severity::altered,
       [](Taps& t, Direction d) { text_change(t, d, "\xEF\xBB\xBF{\"a\": 1}", "{\"a\": 1}"); }},
      {"a line end at the end", Kind::text_trimmed, Severity::altered,
       [](Taps& t, Direction d) { text_change(t, d, "line", "line\n"); }},
      {"a long text encoded twice", Kind::text_encoded_twice, Severity::altered,
       [](Taps& t, Direction d) {
         const std::string long_text(5000, 'a');
         text_change(t, d, long_text + "\xC3\xA9", long_text + "\xC3\x83\xC2\xA9");
       }},
      {"masked twice", Kind::masking_broken, Severity::corrupted,
       [](Taps& t, Direction d) {
         std::string& payload = message_frame(t, d, 0).payload;
         for (std::size_t i = 0; i < payload.size(); ++i) payload[i] ^= "\x12\x34\x56\x78"[i % 4];
       }},
      {"other masking keys", Kind::remasked, Severity::reframed,
       [](Taps& t, Direction d) {
         if (d == kDown) {  // a server that masks breaks the protocol, but the hop does not
           put_mask(sent_frame(t, d, 0).header, ws::MaskingKey{std::byte{9}});
         }
         put_mask(message_frame(t, d, 0).header, ws::MaskingKey{std::byte{1}, std::byte{2}});
       }},
      {"mask taken off", Kind::unmasked, Severity::corrupted,
       [](Taps& t, Direction d) { put_mask(message_frame(t, d, 0).header, std::nullopt); }, kUp},
      {"mask put on", Kind::masked, Severity::corrupted,
       [](Taps& t, Direction d) {
         put_mask(message_frame(t, d, 0).header, ws::MaskingKey{std::byte{9}});
       },
       kDown},
      {"RSV3", Kind::rsv_changed, Severity::corrupted,
       [](Taps& t, Direction d) { message_frame(t, d, 3).header.rsv |= ws::kRsv3; }},
      {"RSV1 taken off", Kind::rsv_changed, Severity::corrupted,
       [](Taps& t, Direction d) { message_frame(t, d, 5).header.rsv = 0; }},
      {"a length in more bytes than it needs", Kind::length_form_changed, Severity::corrupted,
       [](Taps& t, Direction d) {
         auto& length = message_frame(t, d, 0).header.header_length;
         length = static_cast<std::uint8_t>(length + 2);
       }},
      {"a length in fewest bytes again", Kind::length_form_changed, Severity::reframed,
       [](Taps& t, Direction d) {
         auto& length = sent_frame(t, d, 0).header.header_length;
         length = static_cast<std::uint8_t>(length + 8);
       }},
      {"fragments joined", Kind::coalesced, Severity::reframed,
       [](Taps& t, Direction d) {
         std::vector<Said>& frames = t.arrived.seen.frames;
         const auto places = t.arrived.places[index(d)][2];
         std::string all;
         for (const std::size_t place : places) all += frames[place].payload;
         set_payload(frames[places[0]], all);
         frames[places[0]].header.fin = true;
         frames.erase(frames.begin() + static_cast<std::ptrdiff_t>(places[1]),
                      frames.begin() + static_cast<std::ptrdiff_t>(places[2] + 1));
       }},
      {"other cuts", Kind::refragmented, Severity::reframed,
       [](Taps& t, Direction d) {
         Said& first = message_frame(t, d, 2, 0);
         Said& second = message_frame(t, d, 2, 1);
         set_payload(second, first.payload.substr(4) + second.payload);
         set_payload(first, first.payload.substr(0, 4));
       }},
      {"a fragment lost", Kind::payload_resized, Severity::altered,
       [](Taps& t, Direction d) {
         const std::size_t place = t.arrived.places[index(d)][2][1];
         t.arrived.seen.frames.erase(t.arrived.seen.frames.begin() +
                                     static_cast<std::ptrdiff_t>(place));
       }},
      {"two messages merged", Kind::messages_merged, Severity::altered,
       [](Taps& t, Direction d) {
         for (Taps* taps = &t; taps != nullptr; taps = nullptr) {
           insert_before(t, d, 1, said(sender(d), Opcode::text, "one and two"));
           auto& frames = t.sent.seen.frames;
           const auto at = static_cast<std::ptrdiff_t>(t.sent.places[index(d)][1].front());
           frames.insert(frames.begin() + at, said(sender(d), Opcode::text, " and two"));
           frames.insert(frames.begin() + at, said(sender(d), Opcode::text, "one"));
         }
       }},
      {"a message split", Kind::message_split, Severity::altered,
       [](Taps& t, Direction d) {
         insert_before(t, d, 1, said(sender(d), Opcode::text, " and two"));
         insert_before(t, d, 1, said(sender(d), Opcode::text, "one"));
         auto& frames = t.sent.seen.frames;
         const auto at = static_cast<std::ptrdiff_t>(t.sent.places[index(d)][1].front());
         frames.insert(frames.begin() + at, said(sender(d), Opcode::text, "one and two"));
       }},
      {"messages in another order", Kind::message_reordered, Severity::altered,
       [](Taps& t, Direction d) { std::swap(message_frame(t, d, 0), message_frame(t, d, 1)); }},
      {"an HTTP page between frames", Kind::stray_bytes_inserted, Severity::corrupted,
       [](Taps& t, Direction d) { insert_before(t, d, 3, test::raw_bytes(d, kPage)); }},
      {"an HTTP page before the last message", Kind::stray_bytes_inserted, Severity::corrupted,
       [](Taps& t, Direction d) {
         insert_before(t, d, t.arrived.places[index(d)].size() - 1, test::raw_bytes(d, kPage));
       }},
      {"a line end between frames", Kind::stray_bytes_inserted, Severity::corrupted,
       [](Taps& t, Direction d) { insert_before(t, d, 3, test::raw_bytes(d, "\r\n")); }},
      {"an HTTP page within a payload", Kind::payload_interrupted, Severity::corrupted,
       [](Taps& t, Direction d) {
         message_frame(t, d, 3).payload.replace(5, kPage.size(), kPage);
       }},
      {"another Close code", Kind::close_code_changed, Severity::altered,
       [](Taps& t, Direction d) {
         set_payload(control(t, d, Opcode::close), test::close_payload(1001, "bye"));
       }},
      {"another reason", Kind::close_reason_changed, Severity::altered,
       [](Taps& t, Direction d) {
         set_payload(control(t, d, Opcode::close), test::close_payload(1000));
       }},
      {"the Close dropped", Kind::close_dropped, Severity::altered,
       [](Taps& t, Direction d) { erase_control(t.arrived, d, Opcode::close); }},
      {"a Close of the hop", Kind::close_injected, Severity::altered,
       [](Taps& t, Direction d) { erase_control(t.sent, d, Opcode::close); }},
      {"a Ping eaten", Kind::ping_dropped, Severity::altered,
       [](Taps& t, Direction d) { erase_control(t.arrived, d, Opcode::ping); }},
      {"a Ping of the hop", Kind::ping_inserted, Severity::altered,
       [](Taps& t, Direction d) { erase_control(t.sent, d, Opcode::ping); }},
      {"a Pong eaten", Kind::pong_dropped, Severity::altered,
       [](Taps& t, Direction d) { erase_control(t.arrived, d, Opcode::pong); }},
      {"a Pong of the hop", Kind::pong_inserted, Severity::altered,
       [](Taps& t, Direction d) { erase_control(t.sent, d, Opcode::pong); }},
      {"a Ping answered by the hop", Kind::ping_answered_by_hop, Severity::altered,
       [](Taps& t, Direction d) {
         erase_control(t.arrived, d, Opcode::ping);
         erase_control(t.arrived, d == kUp ? kDown : kUp, Opcode::pong);
       }},
      {"a Ping moved", Kind::control_frame_moved, Severity::reframed,
       [](Taps& t, Direction d) {
         const Said ping = control(t, d, Opcode::ping);
         erase_control(t.arrived, d, Opcode::ping);
         insert_before(t, d, 1, ping);
       }},
      {"a Ping that became a Pong", Kind::opcode_changed, Severity::altered,
       [](Taps& t, Direction d) { control(t, d, Opcode::ping).header.opcode = Opcode::pong; }},
      {"a Ping with other content", Kind::payload_changed, Severity::altered,
       [](Taps& t, Direction d) { control(t, d, Opcode::ping).payload[1] ^= 1; }},
  };
  return rows;
}

TEST_CASE("each kind of damage is found and named, in each direction") {
  for (const Damage& damage : damages()) {
    for (const Direction direction : kDirections) {
      if (damage.only.value_or(direction) != direction) continue;
      Taps taps;
      damage.apply(taps, direction);
      const Comparison result = taps.compared(direction);
      CAPTURE(damage.name);
      CAPTURE(name(direction));
      CAPTURE(summary(result));
      const Finding* const finding = find(result, damage.kind);
      REQUIRE(finding != nullptr);
      CHECK(finding->direction == direction);
      CHECK(finding->severity == damage.severity);
      CHECK(finding->count == 1);
      CHECK(result.findings.size() == 1);
    }
  }
}

TEST_CASE("what is found does not depend on how the bytes are cut") {
  for (const Damage& damage : damages()) {
    for (const Direction direction : kDirections) {
      if (damage.only.value_or(direction) != direction) continue;
      Taps taps;
      damage.apply(taps, direction);
      const auto whole = taps.compared(direction).findings;
      for (const std::size_t cut : {7, 1000}) {
        CAPTURE(damage.name);
        CAPTURE(cut);
        CHECK(taps.compared(direction, cut).findings == whole);
      }
    }
  }
}

TEST_CASE("a connection is as itself") {
  const Conversation whole;
  for (const Payload payload : {Payload::seen, Payload::as_digests}) {
    const Comparison result = compared(whole.seen, whole.seen, 0, payload);
    CAPTURE(summary(result));
    CHECK(result.findings.empty());
    CHECK(result.severity == Severity::transparent);
    CHECK(result.directions[0].matched == result.directions[0].messages_before);
    CHECK(result.directions[0].not_compared == 0);
  }
}

// A connection that nobody damaged: any frames in any order, at any times.
Seen random_connection(std::mt19937& random) {
  Seen seen;
  const bool has_deflate = test::once_in(random, 2);
  if (has_deflate) {
    seen.request = test::with_header(seen.request, kDeflate);
    seen.response = test::with_header(seen.response, kDeflate);
  }
  test::Deflater deflaters[2]{test::Deflater(15), test::Deflater(15)};
  bool is_open[2]{};
  int now = 0;
  for (unsigned i = test::below(random, 12); i > 0; --i) {
    const Endpoint from = kEndpoints[test::below(random, 2)];
    now += static_cast<int>(test::below(random, 500));
    const std::string payload = test::random_bytes(random, test::below(random, 300));
    if (test::once_in(random, 4)) {
      const Opcode opcode = test::once_in(random, 2) ? Opcode::ping : Opcode::pong;
      seen.frames.push_back(said(from, opcode, payload.substr(0, 125)));
    } else {
      bool& open = is_open[index(from)];
      const Opcode opcode = open                       ? Opcode::continuation
                            : test::once_in(random, 2) ? Opcode::text
                                                       : Opcode::binary;
      const bool is_compressed = has_deflate && !open && test::once_in(random, 2);
      const bool fin = is_compressed || !test::once_in(random, 4);
      seen.frames.push_back(said(
          from, opcode, is_compressed ? deflaters[index(from)].message(payload) : payload, fin));
      if (is_compressed) seen.frames.back().header.rsv = ws::kRsv1;
      open = !fin;
    }
    seen.frames.back().at_ms = now;
  }
  for (const Endpoint endpoint : kEndpoints) {
    const auto how = test::once_in(random, 3) ? session::EndKind::reset : session::EndKind::fin;
    if (!test::once_in(random, 5)) seen.ends.push_back({endpoint, how, now});
  }
  seen.is_finished = !test::once_in(random, 10);
  return seen;
}

TEST_CASE("property: nothing is found in ten thousand connections that nobody damaged") {
  std::mt19937 random(test::seed());
  CAPTURE(test::seed());
  for (int round = 0; round < 10'000; ++round) {
    Seen before = random_connection(random);
    Seen after = before;
    // The second tap sees it a little later, by another clock, and cut otherwise.
    const int late = static_cast<int>(test::below(random, 900));
    for (Said& frame : after.frames) frame.at_ms += late;
    after.clock = std::chrono::milliseconds(test::below(random, 100'000));
    const Payload payload = round % 2 == 0 ? Payload::seen : Payload::as_digests;
    const Comparison result = compare(test::trace_of(before, test::below(random, 40), payload),
                                      test::trace_of(after, test::below(random, 40), payload), {});
    CAPTURE(round);
    CAPTURE(summary(result));
    REQUIRE(result.findings.empty());
    REQUIRE(result.severity == Severity::transparent);
    // A tap that keeps payload and one that keeps digests see the same.
    if (round % 10 != 0) continue;
    const Comparison mixed = compare(test::trace_of(before, 0, Payload::seen),
                                     test::trace_of(after, 0, Payload::as_digests), {});
    CAPTURE(summary(mixed));
    REQUIRE(mixed.findings.empty());
  }
}

TEST_CASE("digests alone tell most kinds of damage") {
  for (const Direction direction : kDirections) {
    Taps changed;
    message_frame(changed, direction, 0).payload[3] ^= 1;
    message_frame(changed, direction, 4).payload[69'999] ^= 1;
    const Comparison result = changed.compared(direction, 0, Payload::as_digests);
    CAPTURE(summary(result));
    const Finding* const finding = find(result, Kind::payload_changed);
    REQUIRE(finding != nullptr);
    CHECK(finding->count == 2);
    CHECK(result.findings.size() == 1);
  }
}

TEST_CASE("compression that a hop adds or takes off is legal where its handshake says so") {
  const auto with_deflate = [](Seen seen) {
    seen.request = test::with_header(seen.request, kDeflate);
    seen.response = test::with_header(seen.response, kDeflate);
    return seen;
  };
  const auto text = [](bool is_compressed) {
    test::Deflater deflater(15);
    Said message =
        said(Endpoint::server, Opcode::text,
             is_compressed ? deflater.message("some text, some text") : "some text, some text");
    if (is_compressed) message.header.rsv = ws::kRsv1;
    return message;
  };
  const Seen plain{.frames = {text(false)}};
  const Seen compressed{.frames = {text(true)}};
  const Comparison added = compared(with_deflate(compressed), plain);
  CAPTURE(summary(added));
  REQUIRE(find(added, Kind::compression_added) != nullptr);
  CHECK(find(added, Kind::compressed_without_acceptance) == nullptr);
  const Comparison removed = compared(plain, with_deflate(compressed));
  REQUIRE(find(removed, Kind::compression_removed) != nullptr);
  // Whoever upgraded without the extension gets frames that it cannot read.
  const Comparison unasked = compared(compressed, plain);
  REQUIRE(find(unasked, Kind::compressed_without_acceptance) != nullptr);
  CHECK(unasked.severity == Severity::corrupted);
  test::Deflater second(15);
  Seen doubled = with_deflate(compressed);
  set_payload(doubled.frames[0], second.message(compressed.frames[0].payload));
  const Comparison twice = compared(doubled, with_deflate(compressed));
  REQUIRE(find(twice, Kind::compression_doubled) != nullptr);
}

TEST_CASE("a frame that is cut off by the end is told from one that is lost") {
  Seen before{.frames = {said(Endpoint::client, Opcode::text, "first"),
                         said(Endpoint::client, Opcode::text, "a longer second message")}};
  Seen after = before;
  after.frames[1] = test::raw_bytes(kUp, before.frames[1].bytes().substr(0, 15));
  const Comparison result = compared(before, after);
  REQUIRE(result.findings.size() == 1);
  CHECK(result.findings[0].kind == Kind::message_truncated);
  CHECK(result.findings[0].severity == Severity::corrupted);
  CHECK(result.findings[0].detail == "9 bytes of 23 bytes arrived");
}

TEST_CASE("what lies behind the end of a capture is not missed") {
  const Seen before{.frames = {said(Endpoint::client, Opcode::text, "first"),
                               said(Endpoint::client, Opcode::text, "second")}};
  Seen after{.frames = {before.frames[0]}, .is_finished = false};
  const Comparison result = compared(before, after);
  CHECK(result.findings.empty());
  CHECK(result.directions[0].not_compared == 1);
}

}  // namespace
}  // namespace lastframe::diff
