#include "capture/frame_cutter.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "capture/input_codec.h"
#include "support/frames.h"
#include "support/seeds.h"

namespace lastframe::capture {
namespace {

using session::BytesMissed;
using session::BytesRelayed;
using ws::Opcode;

// What pieces say of a direction, put together: bytes, and what is missed between them.
struct Put {
  std::string text;  // kept bytes as they are, "\0" for each missed one
  std::vector<BytesMissed> missed;
  std::vector<bool> is_missed;  // by byte of `text`
  std::vector<std::uint64_t> frame_starts;
  std::uint64_t at = 0;

  void add(const FrameCutter::Piece& piece, Direction direction) {
    if (piece.is_frame_start) frame_starts.push_back(at);
    std::string entries;
    write_entry(piece.body, 0, entries);
    Decoder decoder(as_bytes(entries));
    std::uint64_t told = 0;
    while (!decoder.is_at_end()) {
      const EntryHead head = read_entry_head(decoder);
      CHECK(head.microseconds == 0);
      REQUIRE(read_input(head, decoder, [&](const session::Input& input) {
        if (const auto* bytes = std::get_if<BytesRelayed>(&input)) {
          CHECK(bytes->direction == direction);
          text += as_text(bytes->bytes);
          told += bytes->bytes.size();
        } else {
          const auto& gap = std::get<BytesMissed>(input);
          CHECK(gap.direction == direction);
          REQUIRE(gap.count < 10'000'000);
          is_missed.resize(text.size());
          text.append(gap.count, '\0');
          is_missed.resize(text.size(), true);
          told += gap.count;
          missed.push_back(gap);
        }
        is_missed.resize(text.size());
      }));
    }
    CHECK(told == piece.stream_bytes);
    at += told;
  }
};

Put cut(std::string_view stream, const FlightOptions& options, Direction direction,
        std::mt19937* random) {
  FrameCutter cutter(direction);
  FrameCutter::Piece piece;
  Put put;
  while (!stream.empty()) {
    const std::size_t size =
        random == nullptr ? stream.size()
                          : std::min<std::size_t>(stream.size(), 1 + test::below(*random, 9));
    ByteView input = as_bytes(stream.substr(0, size));
    while (!input.empty()) {
      const std::size_t before = input.size();
      if (cutter.next(input, options, piece)) put.add(piece, direction);
      REQUIRE(input.size() < before);
    }
    stream.remove_prefix(size);
  }
  if (cutter.rest(piece)) put.add(piece, direction);
  CHECK_FALSE(cutter.rest(piece));
  return put;
}

struct Stream {
  std::string bytes;
  std::string public_part;  // payload masked out as "\0"; what may be seen
  std::vector<std::uint64_t> starts;
  std::vector<std::uint64_t> digests;  // of payload, of frames with any that is hidden
};

Stream random_stream(std::mt19937& random, Endpoint from, const DigestKey& key) {
  Stream stream;
  const unsigned count = 1 + test::below(random, 8);
  for (unsigned i = 0; i < count; ++i) {
    constexpr Opcode kOpcodes[] = {Opcode::continuation, Opcode::text, Opcode::binary,
                                   Opcode::close,        Opcode::ping, Opcode::pong};
    const Opcode opcode = kOpcodes[test::below(random, 6)];
    const unsigned size =
        test::once_in(random, 6) ? test::below(random, 10'000) : test::below(random, 200);
    const std::string payload = test::random_bytes(random, size);
    const ws::FrameHeader header = test::header_of(from, opcode, size, test::once_in(random, 2));
    const std::string frame = test::frame(header, payload);
    stream.starts.push_back(stream.bytes.size());
    const std::size_t seen =
        header.header_length + (opcode == Opcode::close ? std::min<std::size_t>(2, size) : 0);
    stream.bytes += frame;
    stream.public_part += frame.substr(0, seen) + std::string(frame.size() - seen, '\0');
    Digest digest(key);
    digest.take(as_bytes(payload));
    if (frame.size() > seen) stream.digests.push_back(digest.value());
  }
  return stream;
}

TEST_CASE("members are hidden in text under its mask, and what cannot be looked into is not kept") {
  FlightOptions options;
  options.keeps_payload = true;
  options.redaction.members = {"pin"};
  const std::string text = R"({"pin":"1234","n":1})";
  const std::string shown = R"({"pin":"xxxx","n":1})";
  for (const Endpoint from : kEndpoints) {
    const auto frame = [from](Opcode opcode, std::string_view payload, bool fin = true,
                              std::uint8_t rsv = 0) {
      ws::FrameHeader header = test::header_of(from, opcode, payload.size(), fin);
      header.rsv = rsv;
      return test::frame(header, payload);
    };
    const std::string bytes =
        frame(Opcode::text, text) + frame(Opcode::ping, text) +
        frame(Opcode::text, text.substr(0, 9), false) +
        frame(Opcode::continuation, text.substr(9)) + frame(Opcode::binary, text) +
        frame(Opcode::text, text.substr(0, 9), false, ws::kRsv1) +
        frame(Opcode::continuation, text.substr(9)) + frame(Opcode::text, text);
    const auto unseen = [](std::string whole, std::size_t payload) {
      return whole.replace(whole.size() - payload, payload, payload, '\0');
    };
    const std::string kept = frame(Opcode::text, shown) + frame(Opcode::ping, text) +
                             frame(Opcode::text, shown.substr(0, 9), false) +
                             frame(Opcode::continuation, shown.substr(9)) +
                             unseen(frame(Opcode::binary, text), text.size()) +
                             unseen(frame(Opcode::text, text.substr(0, 9), false, ws::kRsv1), 9) +
                             unseen(frame(Opcode::continuation, text.substr(9)), text.size() - 9) +
                             frame(Opcode::text, shown);
    std::mt19937 random(test::seed());
    CHECK(cut(bytes, options, direction_from(from), nullptr).text == kept);
    CHECK(cut(bytes, options, direction_from(from), &random).text == kept);
  }
}

TEST_CASE(
    "property: however frames are cut, what is kept is the same, and every byte has a place") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  FlightOptions options;
  options.digest_key = digest_key_of("a key of the test");
  for (int run = 0; run < 60; ++run) {
    for (const Endpoint from : kEndpoints) {
      const Direction direction = direction_from(from);
      const Stream stream = random_stream(random, from, options.digest_key);
      for (const bool has_digests : {false, true}) {
        options.has_digests = has_digests;
        for (std::mt19937* const cuts : {static_cast<std::mt19937*>(nullptr), &random}) {
          options.keeps_payload = true;
          const Put all = cut(stream.bytes, options, direction, cuts);
          CHECK(all.text == stream.bytes);
          CHECK(all.missed.empty());
          CHECK(all.frame_starts == stream.starts);
          options.keeps_payload = false;
          const Put heads = cut(stream.bytes, options, direction, cuts);
          REQUIRE(heads.text == stream.public_part);
          CHECK(heads.frame_starts == stream.starts);
          REQUIRE(heads.missed.size() == stream.digests.size());
          for (std::size_t i = 0; i < heads.missed.size(); ++i) {
            CHECK(heads.missed[i].is_frame_next);
            CHECK(heads.missed[i].digest ==
                  (has_digests ? std::optional(stream.digests[i]) : std::nullopt));
          }
        }
      }
    }
  }
}

TEST_CASE("of a Close its code is kept, and not its reason") {
  for (const Endpoint from : kEndpoints) {
    const std::string frame =
        test::frame(from, Opcode::close, test::close_payload(4001, "hunter2 is the password"));
    const Put put = cut(frame, {}, direction_from(from), nullptr);
    const std::size_t header = from == Endpoint::client ? 6 : 2;
    REQUIRE(put.missed.size() == 1);
    CHECK(put.missed[0].count == 23);
    CHECK(put.text.substr(0, header + 2) == frame.substr(0, header + 2));
    for (std::size_t i = 0; i < put.text.size(); ++i) CHECK(put.is_missed[i] == (i >= header + 2));
  }
}

TEST_CASE("what is in hand when the connection ends is told, and that its frame is not over") {
  const std::string frame = test::frame(Endpoint::client, Opcode::text, "hello");
  for (std::size_t size = 1; size < frame.size(); ++size) {
    CAPTURE(size);
    const Put put =
        cut(std::string_view(frame).substr(0, size), {}, Direction::client_to_server, nullptr);
    CHECK(put.text.size() == size);
    CHECK(put.text.substr(0, 6) == frame.substr(0, std::min<std::size_t>(size, 6)));
    CHECK(put.frame_starts == std::vector<std::uint64_t>{0});
    if (size > 6) {
      REQUIRE(put.missed.size() == 1);
      CHECK_FALSE(put.missed[0].is_frame_next);
      CHECK_FALSE(put.missed[0].digest.has_value());
    }
  }
}

TEST_CASE("a frame that says it is endless is told of as it passes") {
  FrameCutter cutter(Direction::server_to_client);
  FrameCutter::Piece piece;
  const std::string header =
      test::encode(test::header_of(Endpoint::server, Opcode::binary, std::uint64_t{1} << 62));
  ByteView input = as_bytes(header);
  CHECK(cutter.next(input, {}, piece));
  const std::string part(1 << 20, 'p');
  std::uint64_t told = 0;
  for (int i = 0; i < 16; ++i) {
    input = as_bytes(part);
    while (!input.empty()) {
      if (cutter.next(input, {}, piece)) told += piece.stream_bytes;
      CHECK(piece.body.size() < 32);
    }
  }
  CHECK(told == std::uint64_t{16} << 20);
}

}  // namespace
}  // namespace lastframe::capture
