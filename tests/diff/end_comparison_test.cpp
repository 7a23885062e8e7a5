#include "diff/end_comparison.h"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "support/two_taps.h"

namespace lastframe::diff {
namespace {

using namespace std::chrono_literals;
using session::EndKind;
using test::Seen;
using test::StreamEndSeen;
using Ends = std::vector<StreamEndSeen>;

constexpr Endpoint kClient = Endpoint::client;
constexpr Endpoint kServer = Endpoint::server;

struct Row {
  std::string_view name;
  Ends before;
  Ends after;
  std::optional<Kind> kind;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {"the same",
       {{kServer, EndKind::fin, 5}, {kClient, EndKind::fin, 6}},
       {{kServer, EndKind::fin, 5}, {kClient, EndKind::fin, 6}},
       std::nullopt},
      {"a server's reset",
       {{kServer, EndKind::fin, 5}},
       {{kServer, EndKind::reset, 5}},
       Kind::reset_became_fin},
      {"a client's reset",
       {{kClient, EndKind::reset, 5}},
       {{kClient, EndKind::fin, 5}},
       Kind::reset_became_fin},
      {"a server's FIN",
       {{kServer, EndKind::reset, 5}},
       {{kServer, EndKind::fin, 5}},
       Kind::fin_became_reset},
      {"close_notify",
       {{kServer, EndKind::tls_truncated, 5}},
       {{kServer, EndKind::fin, 5}},
       Kind::close_notify_lost},
      {"a half-close",
       {{kClient, EndKind::fin, 5}, {kServer, EndKind::fin, 9}},
       {{kServer, EndKind::fin, 9}},
       Kind::half_close_lost},
      {"a client that closed both directions: the server's FIN has nowhere to go",
       {{kClient, EndKind::fin, 5}, {kClient, EndKind::reset, 6}},
       {{kClient, EndKind::fin, 5}, {kServer, EndKind::fin, 6}},
       std::nullopt},
      {"a server that closed both directions: the client's FIN has nowhere to go",
       {{kServer, EndKind::fin, 5}, {kClient, EndKind::fin, 6}},
       {{kServer, EndKind::fin, 5}, {kServer, EndKind::reset, 6}},
       std::nullopt},
      {"a FIN with a reset right behind it, passed on as the reset",
       {{kClient, EndKind::fin, 5}, {kClient, EndKind::reset, 5}},
       {{kClient, EndKind::reset, 5}},
       std::nullopt},
      {"a reset, passed on behind a FIN",
       {{kServer, EndKind::fin, 5}, {kServer, EndKind::reset, 5}},
       {{kServer, EndKind::reset, 5}},
       std::nullopt},
      {"nothing passed on", {{kClient, EndKind::fin, 5}}, {}, Kind::end_missing},
      {"the hop, on both sides",
       {{kServer, EndKind::fin, 5}},
       {{kClient, EndKind::fin, 5}},
       Kind::ended_by_hop},
      {"two seconds later",
       {{kClient, EndKind::fin, 1000}},
       {{kClient, EndKind::fin, 3000}},
       Kind::ended_apart},
      {"half a second later",
       {{kClient, EndKind::fin, 1000}},
       {{kClient, EndKind::fin, 1500}},
       std::nullopt},
      {"another time-out",
       {{kServer, EndKind::timeout, 5}},
       {{kServer, EndKind::fin, 5}},
       Kind::end_changed},
      {"the tap's own shutdown",
       {{kServer, EndKind::proxy_shutdown, 5}},
       {{kServer, EndKind::proxy_shutdown, 5}},
       std::nullopt},
  };
  return all;
}

Findings findings_of(const Ends& before, const Ends& after, bool is_finished = true) {
  Findings findings;
  compare_ends(test::trace_of({.ends = before, .is_finished = is_finished}),
               test::trace_of({.ends = after, .is_finished = is_finished}), 0us, 1s, findings);
  return findings;
}

TEST_CASE("what became of an end is named") {
  for (const Row& line : rows()) {
    const Findings findings = findings_of(line.before, line.after);
    CAPTURE(line.name);
    REQUIRE(findings.all().size() == (line.kind ? 1 : 0));
    if (line.kind) CHECK(findings.all().front().kind == *line.kind);
  }
}

TEST_CASE("an end is not missed in a capture that ended before") {
  CHECK(findings_of({{kClient, EndKind::fin, 5}}, {}, false).all().empty());
}

TEST_CASE("clocks that differ make no difference") {
  Findings findings;
  compare_ends(test::trace_of({.ends = {{kClient, EndKind::fin, 5}}}),
               test::trace_of({.ends = {{kClient, EndKind::fin, 5}}, .clock = 100s}), 100s, 1s,
               findings);
  CHECK(findings.all().empty());
}

}  // namespace
}  // namespace lastframe::diff
