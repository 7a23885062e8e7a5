// Anything happens to a session, in any order that the relay can produce. It never throws, what it
// says does not depend on how bytes are cut, every upgrade request has one report, sizes add up,
// and it never holds more than its limits allow.
//
// Input: the chunk size; a byte of options (bit 0: the opening handshake of RFC 6455 comes first,
// bit 1: everything is told to the observer, bit 2: with permessage-deflate); then steps: one byte
// (bits 7 and 6: what; the others: how many bytes, or which of its kinds) and the bytes.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/session/session.h"
#include "fuzz/chunks.h"
#include "fuzz/live_bytes.h"
#include "support/handshake.h"
#include "support/recording_observer.h"

namespace lastframe::fuzz {
namespace {

constexpr std::size_t kHeadLimit = 512;
// As in http_watcher_fuzz.cpp; texts, offers and violations come on top, and they are bounded too.
constexpr std::ptrdiff_t kMostMemory = 256 * kHeadLimit + 128 * 1024;

constexpr std::string_view kDeflateRequest =
    "GET /chat HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
constexpr std::string_view kDeflateResponse =
    "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
    "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";

class Life {
 public:
  Life(std::string_view bytes, std::size_t chunk_size) : chunk_size_(chunk_size) {
    const unsigned options = bytes.empty() ? 0 : static_cast<unsigned char>(bytes.front());
    steps_ = bytes.substr(bytes.empty() ? 0 : 1);
    if ((options & 2) != 0) options_.interest = test::kEverything;
    session_ = std::make_unique<session::Session>(
        session::SessionStart{.id = 1,
                              .client = "192.0.2.1:1",
                              .is_client_trusted = (options & 8) != 0,
                              .accepted = now_,
                              .accepted_wall = {}},
        options_, observer_);
    if ((options & 1) != 0) {
      const bool has_deflate = (options & 4) != 0;
      say(Endpoint::client, has_deflate ? kDeflateRequest : test::kUpgradeRequest);
      say(Endpoint::server, has_deflate ? kDeflateResponse : test::kAcceptingResponse);
    }
  }

  std::string live() {
    while (!steps_.empty()) step();
    const bool has_asked = session_->has_upgrade_request();
    const std::size_t reports_before = observer_.reports.size();
    handle(session::Finished{});
    require(observer_.reports.size() <= reports_before + 1);
    require(!has_asked || !observer_.reports.empty());
    require(!has_failed_to_connect_ || observer_.reports.size() == reports_before + 1);
    return check_reports();
  }

 private:
  void step() {
    const auto head = static_cast<unsigned char>(steps_.front());
    steps_.remove_prefix(1);
    now_ += std::chrono::milliseconds(1);
    const unsigned number = head & 0x3F;
    if ((head & 0x80) == 0) {
      const Endpoint endpoint = kEndpoints[head >> 6];
      const std::string_view bytes = steps_.substr(0, number == 0x3F ? 1000 : number);
      steps_.remove_prefix(bytes.size());
      // The relay reads nothing behind an end of stream, nor from a server that it did not reach.
      if (has_ended_[index(endpoint)]) return;
      if (endpoint == Endpoint::server && has_failed_to_connect_) return;
      say(endpoint, bytes);
    } else if ((head & 0x40) == 0) {
      const Endpoint endpoint = kEndpoints[number & 1];
      has_ended_[index(endpoint)] = true;
      handle(session::StreamEnded{endpoint, static_cast<session::EndKind>((number >> 1) % 6)});
    } else {
      other_event(number);
    }
    look_at(*session_);
  }

  void other_event(unsigned number) {
    switch (number & 7) {
      case 0:
        return handle(session::GivenUp{});
      case 1:
        return handle(session::TransportSampled{kEndpoints[number >> 3 & 1], {}});
      case 2:
        return handle(session::RelaySampled{kDirections[number >> 3 & 1], number, {}});
      case 3:
        return session_->note_answered_by_us();
      case 4:
      case 5:
        // The search for an upstream ends once.
        if (has_searched_) return;
        has_searched_ = true;
        if ((number & 7) == 4) return handle(session::UpstreamConnected{"10.0.0.7:9000"});
        has_failed_to_connect_ = true;
        return handle(session::ConnectFailed{"10.0.0.7:9000", "ECONNREFUSED"});
      default:
        now_ += std::chrono::seconds(number);
        return;
    }
  }

  void say(Endpoint endpoint, std::string_view bytes) {
    said_[index(endpoint)] += bytes.size();
    // Who speaks has been reached.
    if (endpoint == Endpoint::server) has_searched_ = true;
    feed_chunks(bytes, chunk_size_, [&](std::string_view chunk) {
      handle(session::BytesRelayed{direction_from(endpoint), as_bytes(chunk)});
    });
  }

  void handle(const session::Input& input) {
    const std::size_t told = observer_.records.size();
    const Watermark watermark;
    const std::ptrdiff_t begin = live_bytes;
    session_->handle(now_, input);
    // What the observer keeps is its own.
    if (observer_.records.size() != told || options_.interest.frames) return;
    require(grown_ + watermark.height() <= kMostMemory);
    grown_ += live_bytes - begin;
  }

  static void look_at(const session::Session& session) {
    if (session.is_opaque()) require(session.has_answer());
    if (session.is_opaque()) require(!session.is_between_messages());
    session.has_unanswered_request();
  }

  // One report for each upgrade request, in order; one more where the upstream was not reached.
  std::string check_reports() {
    std::string all;
    unsigned attempt = 0;
    for (std::size_t i = 0; i < observer_.reports.size(); ++i) {
      const session::SessionReport& report = observer_.reports[i];
      require(report.attempt == attempt + 1 ||
              (has_failed_to_connect_ && i + 1 == observer_.reports.size()));
      attempt = report.attempt;
      require(report.violations.size() <= session::kMostListedViolations);
      require(report.violations.size() <= report.violation_count);
      require(report.stream_ends.size() <= 4);
      require(report.clean == (report.ending == session::Ending::closing_handshake));
      for (const Endpoint endpoint : kEndpoints) {
        const auto& traffic = report.traffic[index(direction_from(endpoint))];
        require(traffic.bytes <= said_[index(endpoint)]);
        require(traffic.messages <= traffic.frames);
        require(traffic.frames <= traffic.bytes / 2);
        const auto& close = report.close_frames[index(endpoint)];
        if (close) require(close->frame >= 1 && close->frame <= traffic.frames);
        if (close) require(close->reason.size() <= 123);
      }
      all += test::joined(observer_.records[i]) + "\n";
    }
    return all;
  }

  std::size_t chunk_size_;
  std::string_view steps_;
  session::SessionOptions options_{.listener = "chat",
                                   .upstream = "chat-a",
                                   .privacy = {},
                                   .watched_head = kHeadLimit,
                                   .interest = {}};
  test::RecordingObserver observer_;
  Moment now_{};
  std::unique_ptr<session::Session> session_;
  std::array<bool, 2> has_ended_{};
  std::array<std::uint64_t, 2> said_{};
  std::ptrdiff_t grown_ = 0;
  bool has_searched_ = false;
  bool has_failed_to_connect_ = false;
};

}  // namespace
}  // namespace lastframe::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lastframe::fuzz;
  begin_counting();
  const Input input = input_of(data, size);
  const std::string cut = Life(input.bytes, input.chunk_size).live();
  require(Life(input.bytes, 1000).live() == cut);
  return 0;
}
