#include "probe/head_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/words.h"
#include "core/http/head.h"
#include "net/clock.h"
#include "probe/comparison.h"
#include "probe/frame_checks.h"
#include "probe/path_peer.h"

namespace lastframe::probe {
namespace {

using ws::Opcode;

constexpr const char* kThere = "on the way to the echo";
constexpr const char* kBack = "on the way back";

std::vector<std::string> differences_there(const PathPeer& peer) {
  return head_differences(peer.request(), peer.account().head, kThere);
}

std::vector<std::string> differences_back(const PathPeer& peer) {
  return head_differences(peer.account().answer, peer.answer(), kBack);
}

void plain(const PathOptions& options, Row& row) {
  PathPeer peer(options, {});
  if (!peer.is_open()) return peer.note_failure(row, Result::refused);
  row.note_all(Result::altered, differences_there(peer));
  row.note_all(Result::altered, differences_back(peer));
  const bool is_tls_here = options.target.is_tls;
  if (is_tls_here != !peer.account().tls.empty()) {
    row.facts.push_back(is_tls_here ? "TLS ends before the echo" : "TLS begins behind us");
  }
}

// What a finding is about: an added Date or request id has another value each time.
std::string_view subject(std::string_view finding) {
  constexpr std::string_view kField = "the field ";
  const std::size_t at = finding.find(kField);
  if (at == std::string_view::npos || !finding.ends_with(" was added")) return finding;
  return finding.substr(0, finding.find(':', at));
}

// The differences of an unusual opening that no plain one has.
std::vector<std::string> own_differences(const PathOptions& options, const PathPeer& peer) {
  std::vector<std::string> usual;
  const PathPeer other(options, {});
  if (other.is_open()) {
    usual = differences_there(other);
    const auto back = differences_back(other);
    usual.insert(usual.end(), back.begin(), back.end());
  }
  // Each handshake has a key of its own.
  const auto is_usual = [&](const std::string& finding) {
    return std::ranges::find(usual, subject(finding), subject) != usual.end() ||
           finding.contains("Sec-WebSocket-Key") || finding.contains("Sec-WebSocket-Accept");
  };
  std::vector<std::string> found = differences_there(peer);
  const auto back = differences_back(peer);
  found.insert(found.end(), back.begin(), back.end());
  std::erase_if(found, is_usual);
  return found;
}

Check of_opening(std::string id, std::string title, Opening opening) {
  return {std::move(id), std::move(title),
          [opening = std::move(opening)](const PathOptions& options, Row& row) {
            const PathPeer peer(options, opening);
            if (!peer.is_open()) return peer.note_failure(row, Result::refused);
            row.note_all(Result::altered, own_differences(options, peer));
          }};
}

// RFC 7692 section 7.2.3.1: "Hello", compressed.
constexpr std::string_view kHello("\xf2\x48\xcd\xc9\xc9\x07\x00", 7);

void deflate(const PathOptions& options, Row& row) {
  PathPeer peer(options, {.segment = "deflate", .extensions = "permessage-deflate"});
  if (!peer.is_open()) return peer.note_failure(row, Result::refused);
  row.note_all(Result::altered, own_differences(options, peer));
  const auto head = http::parse_response_head(peer.answer());
  if (!head || !head->fields.first("Sec-WebSocket-Extensions")) return;
  Frame frame = peer.frame(Opcode::text, std::string(kHello));
  frame.header.rsv = ws::kRsv1;
  exchange(options, peer, {frame}, row);
}

// The echo declines what is offered elsewhere than at /deflate.
void declined_deflate(const PathOptions& options, Row& row) {
  const PathPeer peer(options, {.extensions = "permessage-deflate; client_max_window_bits"});
  if (!peer.is_open()) return peer.note_failure(row, Result::refused);
  row.note_all(Result::altered, own_differences(options, peer));
  const auto head = http::parse_response_head(peer.answer());
  if (head && head->fields.first("Sec-WebSocket-Extensions")) {
    row.note(Result::altered, "a hop compresses in the echo's place");
  }
}

void early_frames(const PathOptions& options, Row& row) {
  const Frame frame =
      make_frame(Opcode::text, "in one piece with the request",
                 ws::MaskingKey{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}});
  PathPeer peer(options, {.early = wire_bytes(frame)});
  if (!peer.is_open()) return peer.note_failure(row, Result::refused);
  // The first account was told behind it.
  const Account& account = peer.account();
  row.note_all(account.frame_count == 0 ? Result::lost : Result::altered,
               frame_differences({form_of(frame)}, account.frames, kThere));
  if (row.result == Result::unchanged) {
    row.facts.push_back(account.early.empty() ? "the frame arrived apart from the request"
                                              : "the frame arrived with the request");
  }
}

void glued_frame(const PathOptions& options, Row& row) {
  PathPeer peer(options, {.segment = "glue"});
  if (!peer.is_open()) return peer.note_failure(row, Result::refused);
  const auto frame = peer.next();
  const auto sent = form_of(make_frame(Opcode::text, "behind the 101", std::nullopt));
  if (!frame) return row.note(Result::lost, "the frame behind the 101 did not come");
  row.note_all(Result::altered, frame_differences({sent}, {form_of(*frame)}, kBack));
}

double milliseconds(std::chrono::microseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

// Of the network, not of one hop: what a direct connection takes is not known here.
void latency(const PathOptions& options, Row& row) {
  constexpr std::size_t kPings = 21;
  PathPeer peer(options, {});
  if (!peer.is_open()) return peer.note_failure(row, Result::not_tried);
  std::vector<std::chrono::microseconds> times;
  for (std::size_t i = 0; i < kPings; ++i) {
    const Moment sent = net::now();
    peer.send(peer.frame(Opcode::text, fmt::format("echo {}", i)));
    if (!peer.next()) return row.note(Result::timed_out, "an echo did not come in time");
    times.push_back(net::now() - sent);
  }
  std::ranges::sort(times);
  const auto connecting = peer.dialled().attempts.back().took;
  row.facts.push_back(fmt::format(
      "TCP to the first hop {:.2f} ms; an echo through the path {:.2f} ms (median of {}, from "
      "{:.2f} to {:.2f} ms)",
      milliseconds(connecting), milliseconds(times[kPings / 2]), kPings,
      milliseconds(times.front()), milliseconds(times.back())));
}

}  // namespace

std::vector<Check> head_checks() {
  return {
      {"handshake", "the heads of a plain handshake", plain},
      {"latency", "the time that an echo takes", latency},
      of_opening("odd_case", "field names in odd case",
                 {.fields = {{"x-LASTFRAME-oDD", "Case"}, {"X-MIXED-cAsE", "b"}}}),
      of_opening("repeated_field", "the same field twice",
                 {.fields = {{"X-Lastframe-Twice", "one"}, {"X-Lastframe-Twice", "two"}}}),
      of_opening("long_field", "a field of 8 KiB",
                 {.fields = {{"X-Lastframe-Long", std::string(8192, 'f')}}}),
      of_opening("long_url", "a URL of 4 KiB", {.query = "?lastframe=" + std::string(4096, 'u')}),
      of_opening("subprotocols", "several subprotocols offered",
                 {.subprotocols = {"lastframe.other", "lastframe.third"}}),
      of_opening("extension_unknown", "an extension that nobody knows",
                 {.extensions = "x-lastframe-unknown; mode=1"}),
      {"deflate", "permessage-deflate, accepted by the echo", deflate},
      {"deflate_declined", "permessage-deflate, declined by the echo", declined_deflate},
      {"early_frame", "a frame in one piece with the request (RFC 6455, 4.1 has clients wait)",
       early_frames},
      {"glued_frame", "a frame in one piece with the 101", glued_frame}};
}

}  // namespace lastframe::probe
