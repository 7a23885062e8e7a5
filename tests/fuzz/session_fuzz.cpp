// Anything happens to a session, in any order that the relay can produce. It never throws, what it
// says depends neither on how bytes are cut nor on what its observer wants to hear, every upgrade
// request has one report, what is found lies within what was said, and it never holds more than its
// limits allow.
//
// Input: the chunk size; a byte of options (bit 0: an opening handshake without fault comes first,
// bit 1: everything is told to the observer, bit 2: with permessage-deflate, bit 3: the client is
// trusted, and frames are looked for behind a break, bit 4: without context takeover, or with an
// extension that is not known where bit 2 is clear, bit 5: with small windows, bit 6: memory for
// inflating one message at a time, bit 7: low limits for a message); then steps: one byte (bits 7
// and 6: what; the others: how many bytes, or which of its kinds) and the bytes.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/session/session.h"
#include "core/ws/inflate_pool.h"
#include "fuzz/chunks.h"
#include "fuzz/live_bytes.h"
#include "fuzz/report_properties.h"
#include "support/handshake.h"
#include "support/recording_observer.h"

namespace lastframe::fuzz {
namespace {

constexpr std::size_t kHeadLimit = 512;
constexpr std::size_t kMostRepeated = 16 * 1024;
constexpr std::size_t kMostInflaterMemory = 256 * 1024;
// As in http_watcher_fuzz.cpp; texts, offers and violations come on top, and they are bounded too.
constexpr std::ptrdiff_t kMostMemory = 256 * kHeadLimit + 128 * 1024 + kMostInflaterMemory;

class Options {
 public:
  explicit Options(std::string_view bytes)
      : bits_(bytes.empty() ? 0 : static_cast<unsigned char>(bytes.front())) {}

  bool has_handshake() const { return (bits_ & 1) != 0; }
  bool tells_everything() const { return (bits_ & 2) != 0; }
  bool has_deflate() const { return (bits_ & 4) != 0; }
  bool is_client_trusted() const { return (bits_ & 8) != 0; }
  session::AfterBreak after_break() const {
    return (bits_ & 8) != 0 ? session::AfterBreak::resynchronise : session::AfterBreak::give_up;
  }

  std::string offer() const {
    if (has_deflate()) return "permessage-deflate; client_max_window_bits";
    return has_unknown_extension() ? "x-webkit-deflate-frame" : "";
  }

  std::string answer() const {
    if (!has_deflate()) return offer();
    std::string answer = "permessage-deflate";
    if ((bits_ & 0x10) != 0) answer += "; client_no_context_takeover; server_no_context_takeover";
    if ((bits_ & 0x20) != 0) answer += "; client_max_window_bits=8; server_max_window_bits=9";
    return answer;
  }

  ws::InflateLimits inflate_limits() const {
    ws::InflateLimits limits{
        .memory = kMostInflaterMemory, .message = 1 << 18, .ratio = 200, .ratio_from = 1 << 16};
    if ((bits_ & 0x40) != 0) limits.memory = 64 * 1024;
    if ((bits_ & 0x80) != 0) {
      limits.message = 2000;
      limits.ratio = 10;
      limits.ratio_from = 500;
    }
    return limits;
  }

 private:
  bool has_unknown_extension() const { return (bits_ & 0x10) != 0; }

  unsigned bits_;
};

std::string with_extensions(std::string_view head, const std::string& extensions) {
  if (extensions.empty()) return std::string(head);
  return std::string(head.substr(0, head.size() - 2)) + "Sec-WebSocket-Extensions: " + extensions +
         "\r\n\r\n";
}

// All that a session said, of its reports and along the way.
struct Said {
  std::string reports;  // as facts
  std::vector<ws::Violation> violations;
  std::vector<session::Note> notes;
  std::vector<session::StraySeen> stray_bytes;
  std::vector<ws::Violation> told;
  std::string along_the_way;

  bool operator==(const Said&) const = default;
};

class Life {
 public:
  Life(std::string_view bytes, std::size_t chunk_size, bool tells_everything)
      : chunk_size_(chunk_size),
        steps_(bytes.substr(bytes.empty() ? 0 : 1)),
        script_options_(bytes),
        pool_(script_options_.inflate_limits()) {
    if (tells_everything) options_.interest = test::kEverything;
    options_.after_break = script_options_.after_break();
    session_ = std::make_unique<session::Session>(
        session::SessionStart{.id = 1,
                              .client = "192.0.2.1:1",
                              .is_client_trusted = script_options_.is_client_trusted(),
                              .accepted = now_,
                              .accepted_wall = {},
                              .inflaters = &pool_},
        options_, observer_);
    if (!script_options_.has_handshake()) return;
    say(Endpoint::client, with_extensions(test::kUpgradeRequest, script_options_.offer()));
    say(Endpoint::server, with_extensions(test::kAcceptingResponse, script_options_.answer()));
  }

  Said live() {
    while (!steps_.empty()) step();
    const bool has_asked = session_->has_upgrade_request();
    const std::size_t reports_before = observer_.reports.size();
    handle(session::Finished{});
    require(observer_.reports.size() <= reports_before + 1);
    require(!has_asked || !observer_.reports.empty());
    require(!has_failed_to_connect_ || observer_.reports.size() == reports_before + 1);
    check_reports();
    if (script_options_.has_handshake()) check_handshake(observer_.reports.front());
    return all_said();
  }

 private:
  void step() {
    const auto head = static_cast<unsigned char>(steps_.front());
    steps_.remove_prefix(1);
    now_ += std::chrono::milliseconds(1);
    const unsigned number = head & 0x3F;
    if ((head & 0x80) == 0) {
      say_if_open(kEndpoints[head >> 6], taken(number == 0x3F ? 1000 : number));
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
        // The search for an upstream ends once; what these bytes mean then is TLS.
        if (has_searched_) return tls_event(number >> 3, (number & 1) != 0);
        has_searched_ = true;
        if ((number & 7) == 4) return handle(session::UpstreamConnected{"10.0.0.7:9000"});
        has_failed_to_connect_ = true;
        return handle(session::ConnectFailed{"10.0.0.7:9000", "ECONNREFUSED"});
      case 6:
        if ((number & 0x20) != 0) return head_event(kDirections[number >> 3 & 1]);
        now_ += std::chrono::seconds(number);
        return;
      default:
        return say_again_and_again(kEndpoints[number >> 3 & 1]);
    }
  }

  // Of a stream of HTTP/2: a byte of how long it is, and its text.
  void head_event(Direction direction) {
    const std::string_view size = taken(1);
    if (size.empty()) return;
    handle(session::HeadRelayed{direction, taken(static_cast<unsigned char>(size[0]))});
  }

  void tls_event(unsigned number, bool is_failure) {
    const Endpoint peer = kEndpoints[number & 1];
    session::TlsLeg leg;
    leg.chain.resize(number & 3);
    if (!is_failure) return handle(session::TlsEstablished{peer, &leg});
    session::TlsFailure failure;
    failure.fault = session::TlsFault::alert_received;
    failure.bytes_from_peer = number >> 2 & 1;
    failure.is_after_handshake = (number & 2) != 0;
    failure.first_bytes = steps_.substr(0, 64);
    handle(session::TlsFailed{peer, &leg, &failure});
    if ((number & 4) == 0) handle(session::ClientNamed{"203.0.113.9:5000"});
  }

  // So a short input says much, but not too much for a second of fuzzing: a byte of how many bytes,
  // one of how often, and the bytes.
  void say_again_and_again(Endpoint endpoint) {
    const std::string_view sizes = taken(2);
    if (sizes.size() < 2) return;
    const std::string_view once = taken(static_cast<unsigned char>(sizes[0]));
    std::string bytes;
    for (unsigned i = 0; i < static_cast<unsigned char>(sizes[1]); ++i) {
      if (repeated_ + once.size() > kMostRepeated) break;
      repeated_ += once.size();
      bytes += once;
    }
    say_if_open(endpoint, bytes);
  }

  std::string_view taken(std::size_t size) {
    const std::string_view taken = steps_.substr(0, size);
    steps_.remove_prefix(taken.size());
    return taken;
  }

  // The relay reads nothing behind an end of stream, nor from a server that it did not reach.
  void say_if_open(Endpoint endpoint, std::string_view bytes) {
    if (has_ended_[index(endpoint)]) return;
    if (endpoint == Endpoint::server && has_failed_to_connect_) return;
    say(endpoint, bytes);
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
    require(pool_.memory() <= script_options_.inflate_limits().memory);
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
  void check_reports() const {
    unsigned attempt = 0;
    std::uint64_t violations = 0;
    std::uint64_t not_inflated = 0;
    for (std::size_t i = 0; i < observer_.reports.size(); ++i) {
      const session::SessionReport& report = observer_.reports[i];
      require(report.attempt == attempt + 1 ||
              (has_failed_to_connect_ && i + 1 == observer_.reports.size()));
      attempt = report.attempt;
      check_report(report, said_, script_options_.inflate_limits());
      violations += report.violation_count;
      for (const auto& counts : report.compression) {
        if (counts) not_inflated += counts->not_inflated;
      }
    }
    if (options_.interest.violations) require(observer_.violations.size() == violations);
    require(not_inflated <= pool_.shed_messages());
  }

  // It breaks no rule, and what was agreed on is known.
  void check_handshake(const session::SessionReport& report) const {
    require(report.handshake.outcome == session::HandshakeOutcome::accepted);
    for (const ws::Violation& violation : report.violations) {
      require(violation.frame > 0 || violation.rule == ws::Rule::frame_cut_off ||
              violation.rule == ws::Rule::ping_unanswered);
    }
    for (const auto& counts : report.compression) {
      require(counts.has_value() == script_options_.has_deflate());
    }
  }

  template <typename Element>
  static void append(const std::vector<Element>& more, std::vector<Element>& all) {
    all.insert(all.end(), more.begin(), more.end());
  }

  Said all_said() const {
    Said said;
    for (std::size_t i = 0; i < observer_.reports.size(); ++i) {
      const session::SessionReport& report = observer_.reports[i];
      said.reports += test::joined(test::facts_of(report)) + "\n";
      append(report.violations, said.violations);
      append(report.notes, said.notes);
      append(report.stray_bytes, said.stray_bytes);
      said.along_the_way += test::joined(observer_.records[i]);
    }
    said.told = observer_.violations;
    for (const session::SessionReport& start : observer_.starts) {
      said.along_the_way += test::joined(test::facts_of(start));
    }
    return said;
  }

  std::size_t chunk_size_;
  std::string_view steps_;
  Options script_options_;
  ws::InflatePool pool_;
  session::SessionOptions options_{.listener = "chat",
                                   .upstream = "chat-a",
                                   .privacy = {},
                                   .watched_head = kHeadLimit,
                                   .interest = {},
                                   .after_break = session::AfterBreak::give_up};
  test::RecordingObserver observer_;
  Moment now_{};
  std::unique_ptr<session::Session> session_;
  std::array<bool, 2> has_ended_{};
  SaidBytes said_{};
  std::ptrdiff_t grown_ = 0;
  std::size_t repeated_ = 0;  // bytes
  bool has_searched_ = false;
  bool has_failed_to_connect_ = false;
};

void check(const Input& input) {
  constexpr std::size_t kWhole = 64 * 1024;
  const bool tells_everything = Options(input.bytes).tells_everything();
  const Said cut = Life(input.bytes, input.chunk_size, tells_everything).live();
  require(Life(input.bytes, kWhole, tells_everything).live() == cut);
  Said of_other_interest = Life(input.bytes, kWhole, !tells_everything).live();
  of_other_interest.told = cut.told;
  of_other_interest.along_the_way = cut.along_the_way;
  require(of_other_interest == cut);
}

}  // namespace
}  // namespace lastframe::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lastframe::fuzz::begin_counting();
  lastframe::fuzz::check(lastframe::fuzz::input_of(data, size));
  return 0;
}
