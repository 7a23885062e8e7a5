#include "core/session/closing.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace lastframe::session {
namespace {

using namespace std::chrono_literals;

CloseFound close_of(unsigned code, std::uint64_t frame = 1) {
  return {.body = ws::StatusAndReason{static_cast<ws::CloseCode>(code), "why"}, .frame = frame};
}

SessionReport concluded(const Closing& closing, Closing::Cut cut = {}) {
  SessionReport report;
  closing.conclude(cut, report);
  return report;
}

TEST_CASE("a connection of which nothing is known ended without a Close, started by nobody") {
  const SessionReport report = concluded({});
  CHECK(report.code == ws::CloseCode::abnormal_closure);
  CHECK(report.initiator == Initiator::none);
  CHECK(report.ending == Ending::fin_without_close);
  CHECK_FALSE(report.clean);
}

TEST_CASE("how a stream ended and where it stood give the ending, for both sides") {
  struct Row {
    EndKind how;
    bool is_mid_frame;
    bool is_mid_message;
    Ending ending;
  };
  constexpr auto kRows = std::to_array<Row>({
      {EndKind::fin, false, false, Ending::fin_without_close},
      {EndKind::fin, false, true, Ending::fin_mid_message},
      {EndKind::fin, true, false, Ending::fin_mid_frame},
      {EndKind::fin, true, true, Ending::fin_mid_frame},
      {EndKind::tls_truncated, false, false, Ending::fin_without_close},
      {EndKind::tls_truncated, true, false, Ending::fin_mid_frame},
      {EndKind::reset, false, false, Ending::reset},
      {EndKind::reset, false, true, Ending::reset},
      {EndKind::reset, true, false, Ending::reset_mid_frame},
      {EndKind::error, false, false, Ending::reset},
      {EndKind::error, true, true, Ending::reset_mid_frame},
      {EndKind::timeout, true, true, Ending::timeout},
      {EndKind::proxy_shutdown, true, true, Ending::proxy_shutdown},
  });
  for (const Endpoint endpoint : kEndpoints) {
    for (const Row& row : kRows) {
      CAPTURE(name(endpoint));
      CAPTURE(name(row.how));
      CAPTURE(row.is_mid_frame);
      CAPTURE(row.is_mid_message);
      Closing closing;
      closing.note_end({.endpoint = endpoint, .how = row.how}, Moment{1s});
      closing.note_end({.endpoint = other(endpoint), .how = EndKind::fin}, Moment{2s});
      const SessionReport report = concluded(
          closing, {.is_mid_frame = row.is_mid_frame, .is_mid_message = row.is_mid_message});
      CHECK(name(report.ending) == name(row.ending));
      const bool is_ours = row.how == EndKind::proxy_shutdown;
      CHECK(name(report.initiator) == (is_ours ? "proxy" : name(endpoint)));
      CHECK(report.code == ws::CloseCode::abnormal_closure);
      CHECK(report.stream_ends.size() == 2);
    }
  }
}

TEST_CASE("the first Close says who began, whoever ended first") {
  for (const Endpoint endpoint : kEndpoints) {
    CAPTURE(name(endpoint));
    Closing closing;
    closing.note_end({.endpoint = other(endpoint), .how = EndKind::fin}, Moment{1s});
    closing.note_close(endpoint, close_of(4001, 7), Moment{2s});
    SessionReport report = concluded(closing);
    CHECK(name(report.initiator) == name(endpoint));
    CHECK(report.ending == Ending::close_unanswered);
    CHECK_FALSE(report.clean);
    closing.note_close(other(endpoint), close_of(1000), Moment{3s});
    closing.note_close(endpoint, close_of(1002), Moment{4s});
    report = concluded(closing);
    CHECK(name(report.initiator) == name(endpoint));
    CHECK(report.ending == Ending::closing_handshake);
    CHECK(report.clean);
    CHECK(static_cast<unsigned>(report.code) == 4001);
    const auto& seen = report.close_frames[index(endpoint)];
    REQUIRE(seen);
    CHECK(seen->code == 4001);
    CHECK(seen->reason == "why");
    CHECK(seen->frame == 7);
    CHECK(seen->at == Moment{2s});
  }
}

TEST_CASE("a body without a code has no code, but is reported as the RFC says") {
  struct Row {
    ws::CloseBody body;
    unsigned reported;
  };
  const auto rows = std::to_array<Row>({
      {ws::NoStatus{}, 1005},                     // RFC 6455 section 7.1.5
      {ws::TruncatedStatus{std::byte{3}}, 1002},  // section 5.5.1
  });
  for (const Endpoint endpoint : kEndpoints) {
    for (const Row& row : rows) {
      CAPTURE(row.reported);
      Closing closing;
      closing.note_close(endpoint, {.body = row.body, .frame = 1}, Moment{});
      const SessionReport report = concluded(closing);
      CHECK(static_cast<unsigned>(report.code) == row.reported);
      CHECK_FALSE(report.close_frames[index(endpoint)]->code);
    }
  }
}

// "fin", "fin reset": the ends of `endpoint` after these were noted.
std::string ends_after(Endpoint endpoint, const std::vector<EndKind>& noted) {
  Closing closing;
  for (const EndKind how : noted) closing.note_end({.endpoint = endpoint, .how = how}, Moment{});
  std::string text;
  for (const StreamEnd& end : concluded(closing).stream_ends) {
    CHECK(end.endpoint == endpoint);
    text.append(text.empty() ? "" : " ").append(name(end.how));
  }
  return text;
}

TEST_CASE("a stream ends once, or in order and then by what became of the rest") {
  using enum EndKind;
  for (const Endpoint endpoint : kEndpoints) {
    CAPTURE(name(endpoint));
    CHECK(ends_after(endpoint, {fin}) == "fin");
    CHECK(ends_after(endpoint, {fin, fin}) == "fin");
    CHECK(ends_after(endpoint, {fin, reset}) == "fin reset");
    CHECK(ends_after(endpoint, {fin, reset, timeout, fin}) == "fin reset");
    CHECK(ends_after(endpoint, {reset, fin}) == "reset");
    CHECK(ends_after(endpoint, {timeout, reset}) == "timeout");
    CHECK(ends_after(endpoint, {tls_truncated, reset}) == "tls_truncated");
  }
}

TEST_CASE("giving up ends what has not ended, and began it only where nothing had") {
  Closing untouched;
  untouched.note_given_up(Moment{9s});
  CHECK(concluded(untouched).initiator == Initiator::proxy);
  CHECK(concluded(untouched).ending == Ending::timeout);
  CHECK(concluded(untouched).stream_ends.size() == 2);
  for (const Endpoint endpoint : kEndpoints) {
    CAPTURE(name(endpoint));
    Closing closing;
    closing.note_end({.endpoint = endpoint, .how = EndKind::fin}, Moment{1s});
    closing.note_given_up(Moment{9s});
    const SessionReport report = concluded(closing);
    CHECK(name(report.initiator) == name(endpoint));
    CHECK(report.ending == Ending::fin_without_close);
    REQUIRE(report.stream_ends.size() == 2);
    CHECK(report.stream_ends[1].endpoint == other(endpoint));
    CHECK(report.stream_ends[1].how == EndKind::timeout);
  }
}

TEST_CASE("a conclusion takes nothing away: the next one is the same") {
  Closing closing;
  closing.note_close(Endpoint::server, close_of(1001), Moment{1s});
  closing.note_end({.endpoint = Endpoint::server, .how = EndKind::fin}, Moment{2s});
  for (int i = 0; i < 2; ++i) {
    const SessionReport report = concluded(closing);
    CHECK(static_cast<unsigned>(report.code) == 1001);
    CHECK(report.stream_ends.size() == 1);
    CHECK(report.close_frames[index(Endpoint::server)].has_value());
  }
  CHECK(closing.has_end(Endpoint::server));
  CHECK_FALSE(closing.has_end(Endpoint::client));
  REQUIRE(closing.first_end() != nullptr);
  CHECK(closing.first_end()->at == Moment{2s});
}

}  // namespace
}  // namespace lastframe::session
