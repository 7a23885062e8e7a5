#include "probe/frame_checks.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>
#include <utility>

#include "capture/digest.h"
#include "core/base/words.h"
#include "net/clock.h"
#include "probe/comparison.h"

namespace lastframe::probe {
namespace {

using ws::Opcode;

constexpr const char* kThere = "on the way to the echo";
constexpr const char* kBack = "on the way back";

using Frames = std::vector<Frame>;
using MakeFrames = std::function<Frames(PathPeer&)>;

// The echo has not answered: what another connection is told of this one says why.
void note_silence(const PathOptions& options, PathPeer& peer, const Frames& frames, Row& row) {
  const std::string end = peer.end_text();
  const auto account = account_of(options, peer.account().connection, false);
  if (!end.empty()) row.note(Result::refused, end);
  if (!account) {
    if (end.empty()) row.note(Result::timed_out, "the echo did not answer in time");
    return;
  }
  std::vector<FrameForm> sent = forms_of(frames);
  const auto found = frame_differences(sent, account->frames, kThere);
  const bool is_incomplete = account->frame_count < frames.size();
  row.note_all(is_incomplete ? Result::lost : Result::altered, found);
  if (account->mid_frame && *account->mid_frame > 0) {
    row.note(Result::lost,
             fmt::format("{}: {} of a frame never arrived", kThere, in_bytes(*account->mid_frame)));
  }
  if (end.empty() && found.empty()) {
    row.note(Result::timed_out, "all arrived at the echo, and its answer did not come in time");
  }
}

Check of_frames(std::string id, std::string title, MakeFrames make) {
  return {std::move(id), std::move(title), [make](const PathOptions& options, Row& row) {
            PathPeer peer(options, {});
            if (!peer.is_open()) return peer.note_failure(row, Result::not_tried);
            exchange(options, peer, make(peer), row);
          }};
}

Check of_length(std::size_t size, const char* name) {
  return of_frames(fmt::format("length_{}", size), fmt::format("a binary frame of {}", name),
                   [size](PathPeer& peer) {
                     return Frames{peer.frame(Opcode::binary, std::string(size, 'L'))};
                   });
}

Check of_key(std::string id, std::string title, ws::MaskingKey key) {
  return of_frames(std::move(id), std::move(title), [key](PathPeer& peer) {
    return Frames{peer.frame(Opcode::text, "the same key", Last::yes, key),
                  peer.frame(Opcode::text, "and once more", Last::yes, key)};
  });
}

ws::MaskingKey key_of(unsigned a, unsigned b, unsigned c, unsigned d) {
  return {std::byte(a), std::byte(b), std::byte(c), std::byte(d)};
}

Frames fragments_with_pings(PathPeer& peer) {
  return {peer.frame(Opcode::text, "one ", Last::no), peer.frame(Opcode::ping, "a"),
          peer.frame(Opcode::continuation, "two ", Last::no), peer.frame(Opcode::ping, ""),
          peer.frame(Opcode::continuation, "three")};
}

Frames empty_fragments(PathPeer& peer) {
  return {peer.frame(Opcode::binary, "", Last::no), peer.frame(Opcode::continuation, "", Last::no),
          peer.frame(Opcode::continuation, "x", Last::no), peer.frame(Opcode::continuation, "")};
}

// "a", U+00E9, U+20AC and U+1F600, cut within each of the last three.
Frames cut_characters(PathPeer& peer) {
  return {peer.frame(Opcode::text, "a\xc3", Last::no),
          peer.frame(Opcode::continuation, "\xa9\xe2\x82", Last::no),
          peer.frame(Opcode::continuation, "\xac\xf0\x9f", Last::no),
          peer.frame(Opcode::continuation, "\x98\x80")};
}

void byte_by_byte(const PathOptions& options, Row& row) {
  constexpr std::chrono::milliseconds kPause{2};
  PathPeer peer(options, {});
  if (!peer.is_open()) return peer.note_failure(row, Result::not_tried);
  const Frames frames{peer.frame(Opcode::text, "a byte at a time"), peer.frame(Opcode::ping, "p")};
  for (const Frame& frame : frames) {
    for (const char byte : wire_bytes(frame)) {
      peer.send_bytes({&byte, 1});
      std::this_thread::sleep_for(kPause);
    }
  }
  const PathPeer::Returned returned = peer.ask({});
  if (!returned.account) return note_silence(options, peer, frames, row);
  row.note_all(Result::altered,
               frame_differences(forms_of(frames), returned.account->frames, kThere));
  row.note_all(Result::altered,
               frame_differences(echo_of(frames), forms_of(returned.frames), kBack));
}

// `theirs`: messages that the echo sends meanwhile.
void burst(const PathOptions& options, std::uint32_t theirs, Row& row) {
  constexpr std::size_t kCount = 1000;
  PathPeer peer(options, {});
  if (!peer.is_open()) return peer.note_failure(row, Result::not_tried);
  if (theirs > 0) peer.tell(Burst{theirs, 64});
  capture::Digest digest;
  std::string bytes;
  for (std::size_t i = 0; i < kCount; ++i) {
    const Frame frame = peer.frame(Opcode::binary, fmt::format("burst {:04}", i));
    digest.take(as_bytes(frame.payload));
    bytes += wire_bytes(frame);
  }
  peer.send_bytes(bytes);
  const PathPeer::Returned returned = peer.ask({});
  if (!returned.account) return note_silence(options, peer, {}, row);
  if (returned.account->frame_count != kCount) {
    row.note(Result::altered, fmt::format("{}: {} frames sent, {} arrived", kThere, kCount,
                                          returned.account->frame_count));
  }
  if (returned.account->digest != digest.value()) {
    row.note(Result::altered, fmt::format("{}: the payloads arrived changed", kThere));
  }
  if (returned.frames.size() != kCount + theirs) {
    row.note(Result::altered, fmt::format("{}: {} frames sent, {} arrived", kBack, kCount + theirs,
                                          returned.frames.size()));
  }
}

// What the echo and we saw of frames that were sent.
void compare_returned(const PathOptions& options, PathPeer& peer, const Frames& frames,
                      const PathPeer::Returned& returned, Row& row) {
  if (!returned.account) return note_silence(options, peer, frames, row);
  const Result there =
      returned.account->frame_count < frames.size() ? Result::lost : Result::altered;
  const auto arrived = frame_differences(forms_of(frames), returned.account->frames, kThere);
  row.note_all(there, arrived);
  // What did not arrive cannot come back; what comes back all the same is the hop's own.
  const auto came_back = frame_differences(echo_of(frames), forms_of(returned.frames), kBack);
  if (came_back.empty() && there == Result::lost) {
    row.note(Result::altered, "a hop answered in the echo's place");
  }
  if (arrived.empty()) row.note_all(Result::altered, came_back);
  peer.send(peer.frame(Opcode::close, close_body(1000, "")));
}

bool is_whole(const PathPeer::Returned& returned, std::string_view payload) {
  capture::Digest digest;
  digest.take(as_bytes(payload));
  if (!returned.account || returned.account->digest != digest.value()) return false;
  std::string came_back;
  for (const Frame& frame : returned.frames) {
    if (!ws::is_control(frame.header.opcode)) came_back += frame.payload;
  }
  return came_back == payload;
}

struct SizeTried {
  Row row{};
  bool passes = false;  // there and back, whatever became of its mask and its fragments
};

SizeTried of_size(const PathOptions& options, std::size_t size) {
  SizeTried tried;
  PathPeer peer(options, {});
  if (!peer.is_open()) {
    peer.note_failure(tried.row, Result::not_tried);
    return tried;
  }
  const std::string payload(size, 'S');
  const Frames frames{peer.frame(Opcode::binary, payload)};
  peer.send(frames.front());
  const PathPeer::Returned returned = peer.ask({});
  tried.passes = is_whole(returned, payload);
  compare_returned(options, peer, frames, returned, tried.row);
  return tried;
}

void growing_sizes(const PathOptions& options, Row& row) {
  constexpr std::size_t kSmallest = std::size_t{4} * 1024;
  constexpr int kMostSteps = 8;
  std::size_t passed = 0;
  std::size_t failed = 0;
  Row of_passed;
  Row of_failed;
  const auto try_size = [&](std::size_t size) {
    SizeTried tried = of_size(options, size);
    (tried.passes ? passed : failed) = size;
    (tried.passes ? of_passed : of_failed) = std::move(tried.row);
  };
  for (std::size_t size = std::min(kSmallest, options.max_size); failed == 0;
       size = std::min(size * 4, options.max_size)) {
    try_size(size);
    if (passed == options.max_size) break;
  }
  for (int step = 0; step < kMostSteps && failed > passed + 1; ++step) {
    try_size(passed + (failed - passed) / 2);
  }
  row.facts.push_back(fmt::format("the largest message that passed: {}", in_bytes(passed)));
  row.note_all(Result::altered, of_passed.findings);
  if (failed == 0) return;
  row.note(of_failed.result, fmt::format("a message of {} passes, one of {} does not",
                                         in_bytes(passed), in_bytes(failed)));
  row.note_all(of_failed.result, of_failed.findings);
}

}  // namespace

void exchange(const PathOptions& options, PathPeer& peer, const Frames& frames, Row& row) {
  for (const Frame& frame : frames) peer.send(frame);
  compare_returned(options, peer, frames, peer.ask({}), row);
}

std::vector<Check> frame_checks() {
  std::vector<Check> checks{
      of_length(0, "no bytes"),
      of_length(1, "1 byte"),
      of_length(125, "125 bytes"),
      of_length(126, "126 bytes"),
      of_length(127, "127 bytes"),
      of_length(65535, "65535 bytes"),
      of_length(65536, "65536 bytes"),
      of_length(std::size_t{1} << 20, "1 MiB"),
      of_frames("fragments_with_pings", "fragments with Pings between them", fragments_with_pings),
      of_frames("empty_fragments", "fragments without payload", empty_fragments),
      of_frames("cut_characters", "characters cut between fragments", cut_characters),
      of_key("mask_zero", "the masking key 00000000", key_of(0, 0, 0, 0)),
      of_key("mask_ones", "the masking key ffffffff", key_of(0xFF, 0xFF, 0xFF, 0xFF)),
      of_key("mask_fixed", "the same masking key twice", key_of(0x37, 0xFA, 0x21, 0x3D)),
      of_frames("pong_unsolicited", "Pongs that nobody asked for",
                [](PathPeer& peer) {
                  return Frames{peer.frame(Opcode::pong, ""), peer.frame(Opcode::pong, "alive"),
                                peer.frame(Opcode::text, "x")};
                }),
      of_frames("ping_125", "a Ping with 125 bytes", [](PathPeer& peer) {
        return Frames{peer.frame(Opcode::ping, std::string(125, 'p'))};
      })};
  checks.push_back({"byte_by_byte", "frames sent a byte at a time", byte_by_byte});
  checks.push_back({"burst", "1000 small messages at once",
                    [](const PathOptions& options, Row& row) { burst(options, 0, row); }});
  checks.push_back({"both_ways", "1000 messages each way at the same time",
                    [](const PathOptions& options, Row& row) { burst(options, 1000, row); }});
  checks.push_back({"sizes", "messages that grow", growing_sizes});
  return checks;
}

}  // namespace lastframe::probe
