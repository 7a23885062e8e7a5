#include "core/verdict/end_facts.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/crowd.h"

namespace lastframe::verdict {
namespace {

using session::EndKind;
using session::Initiator;
using session::RecentMessage;
using session::SessionReport;
using std::chrono::milliseconds;
using test::at;

// Accepted at 0, the first Close or end at 100, over at 103.
SessionReport report_of(Initiator initiator, std::optional<std::uint16_t> code) {
  SessionReport report;
  report.accepted = at(0);
  report.ended = at(103);
  report.initiator = initiator;
  const Endpoint closer = initiator == Initiator::client ? Endpoint::client : Endpoint::server;
  const EndKind how = initiator == Initiator::proxy ? EndKind::proxy_shutdown : EndKind::fin;
  report.stream_ends = {{closer, how, at(code ? 101 : 100)},
                        {other(closer), EndKind::fin, at(102)}};
  if (code) {
    session::CloseSeen close;
    close.code = code;
    close.reported = static_cast<ws::CloseCode>(*code);
    close.at = at(100);
    report.close_frames[index(closer)] = close;
  }
  return report;
}

SessionReport with_circumstances(SessionReport report) {
  report.circumstances.emplace().at = at(99.5);
  return report;
}

TEST_CASE("who closed, how and when") {
  for (const Initiator initiator : {Initiator::client, Initiator::server}) {
    for (const std::optional<std::uint16_t> code :
         {std::optional<std::uint16_t>{}, std::optional<std::uint16_t>{1001}}) {
      const auto facts = end_facts(report_of(initiator, code));
      REQUIRE(facts.has_value());
      CHECK(facts->closer ==
            (initiator == Initiator::client ? Endpoint::client : Endpoint::server));
      CHECK(facts->code == code);
      CHECK_FALSE(facts->was_cut_by_us);
      CHECK(facts->accepted == at(0));
      CHECK(facts->ended == at(100));
      CHECK(facts->finished == at(103));
      // Without circumstances nothing is known of silences and sizes.
      CHECK_FALSE(facts->idle.has_value());
      CHECK_FALSE(facts->accepted_size.has_value());
    }
  }
  CHECK(end_facts(with_circumstances(report_of(Initiator::client, 1000)))->ended == at(99.5));
}

TEST_CASE("an empty Close is a 1005") {
  SessionReport report = report_of(Initiator::client, 1000);
  auto& close = report.close_frames[index(Endpoint::client)];
  close->code.reset();
  close->reported = ws::CloseCode::no_status_received;
  CHECK(end_facts(report)->code == 1005);
}

TEST_CASE("a connection that never opened teaches nothing") {
  for (const session::RecordKind kind :
       {session::RecordKind::handshake_failed, session::RecordKind::connect_failed,
        session::RecordKind::tls_failed}) {
    SessionReport report = report_of(Initiator::client, std::nullopt);
    report.kind = kind;
    CHECK_FALSE(end_facts(report).has_value());
  }
}

TEST_CASE("our own ends are known as ours") {
  CHECK(end_facts(report_of(Initiator::proxy, std::nullopt))->was_cut_by_us);
  CHECK(end_facts(report_of(Initiator::none, std::nullopt))->was_cut_by_us);
  // A client that answers our end with a Close.
  SessionReport report = report_of(Initiator::client, 1000);
  report.stream_ends = {{Endpoint::server, EndKind::proxy_shutdown, at(99)}};
  CHECK(end_facts(report)->was_cut_by_us);
  // A Close that came first, and our end behind it.
  report.stream_ends.front().at = at(101);
  CHECK_FALSE(end_facts(report)->was_cut_by_us);
}

TEST_CASE("silences count from the last byte, or from the handshake where none came") {
  SessionReport report = with_circumstances(report_of(Initiator::server, std::nullopt));
  report.handshake.opened = at(1);
  auto& [up, down] = report.circumstances->directions;
  CHECK(end_facts(report)->idle == milliseconds(98'500));
  up.last_byte_at = at(40);
  auto facts = end_facts(report);
  CHECK(facts->idle == milliseconds(59'500));
  CHECK(facts->idle_of[index(Endpoint::client)] == milliseconds(59'500));
  CHECK(facts->idle_of[index(Endpoint::server)] == milliseconds(98'500));
  down.last_byte_at = at(90);
  facts = end_facts(report);
  CHECK(facts->idle == milliseconds(9'500));
  CHECK(facts->idle_of[index(Endpoint::server)] == milliseconds(9'500));
  report.handshake.opened.reset();
  up.last_byte_at.reset();
  facts = end_facts(report);
  CHECK_FALSE(facts->idle_of[index(Endpoint::client)].has_value());
  CHECK(facts->idle == milliseconds(9'500));
}

RecentMessage message(std::uint64_t size, std::optional<std::uint64_t> inflated = std::nullopt,
                      bool is_complete = true) {
  RecentMessage result;
  result.size = size;
  result.inflated = inflated;
  result.is_complete = is_complete;
  return result;
}

TEST_CASE("sizes towards the closer, and which of them a 1009 refused") {
  using Size = std::optional<std::uint64_t>;
  struct Row {
    std::string name;
    std::uint16_t code;
    std::uint64_t largest;
    Size largest_inflated;
    std::vector<RecentMessage> recent;
    Size accepted;
    Size refused;
  };
  const Size none = std::nullopt;
  for (const Row& row : std::vector<Row>{
           {"no messages", 1000, 0, none, {}, none, none},
           {"all were taken", 1000, 700, none, {message(700)}, 700, none},
           {"inflated", 1000, 700, 9000, {message(700, 9000)}, 9000, none},
           {"refused while it came",
            1009,
            700,
            none,
            {message(700), message(5000, none, false)},
            700,
            5000},
           {"refused when it was there",
            1009,
            5000,
            none,
            {message(700), message(5000)},
            700,
            5000},
           {"refused as inflated",
            1009,
            800,
            90'000,
            {message(700), message(800, 90'000)},
            700,
            90'000},
           {"the sender went on",
            1009,
            5000,
            none,
            {message(700), message(5000), message(20)},
            700,
            5000},
           {"nothing else was taken", 1009, 5000, none, {message(5000)}, none, 5000},
           {"a 1009 out of nothing", 1009, 0, none, {}, none, none},
       }) {
    CAPTURE(row.name);
    for (const Initiator closer : {Initiator::client, Initiator::server}) {
      SessionReport report = with_circumstances(report_of(closer, row.code));
      const Direction towards =
          closer == Initiator::client ? Direction::server_to_client : Direction::client_to_server;
      session::DirectionState& state = report.circumstances->directions[index(towards)];
      state.largest_message = row.largest;
      state.largest_inflated = row.largest_inflated;
      state.recent = row.recent;
      const auto facts = end_facts(report);
      CHECK(facts->accepted_size == row.accepted);
      CHECK(facts->refused_size == row.refused);
    }
  }
}

}  // namespace
}  // namespace lastframe::verdict
