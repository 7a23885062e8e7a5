#include "settings/catalogue_rows.h"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "settings/catalogue_reading.h"

namespace lastframe::settings {
namespace {

using namespace catalogue;
using namespace std::chrono_literals;

const Source kSource{.source = "RFC 6455", .version_seen = "-", .verified_on = "2026-11-20"};

std::string with_source(std::string_view row) { return std::string(row) + test::kSourceLines; }

TEST_CASE("a code row") {
  const auto rows = catalogue_from(with_source(R"(codes:
  - codes: 3000-3999
    name: {en: Library Code, fr: Code de bibliothèque, es: Código de biblioteca, ar: رمز مكتبة}
    meaning: {en: b}
    when: {en: c}
    fix: {en: d, fr: e}
    sent_by: application
    may_be_sent: false
    causes: [application_close, unknown_code]
)"))
                        .codes;
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].codes == CodeRange{3000, 3999});
  CHECK(rows[0].name ==
        Localised{"Library Code", "Code de bibliothèque", "Código de biblioteca", "رمز مكتبة"});
  CHECK(rows[0].meaning[0] == "b");
  CHECK(rows[0].when[0] == "c");
  CHECK(rows[0].fix == Localised{"d", "e", "", ""});
  CHECK(rows[0].sent_by == "application");
  CHECK_FALSE(rows[0].may_be_sent);
  CHECK(rows[0].causes == std::vector<std::string>{"application_close", "unknown_code"});
  CHECK(rows[0].source == kSource);
}

TEST_CASE("a cause row") {
  const auto catalogue = catalogue_from(with_source(R"(causes:
  - id: mine
    party: operator
    title: Idle time-out
    summary: An idle time-out on the {closer}'s side ended the connection.
    meaning: b
    found_by: c
    fix: d
    fixes: {nginx: e, code: f}
    codes: [1006, 3000-3999]
    see: [lifetime_limit, FR-01]
)"));
  const CauseRow* const row = catalogue.cause("mine");
  REQUIRE(row != nullptr);
  CHECK(row->party == PartyRule::operators);
  CHECK(row->title == "Idle time-out");
  CHECK(row->summary == "An idle time-out on the {closer}'s side ended the connection.");
  CHECK(row->meaning == "b");
  CHECK(row->found_by == "c");
  CHECK(row->fix == "d");
  CHECK(row->fixes == std::vector<ProductFix>{{"nginx", "e"}, {"code", "f"}});
  CHECK(row->codes == std::vector<CodeRange>{{1006, 1006}, {3000, 3999}});
  CHECK(row->see == std::vector<std::string>{"lifetime_limit", "FR-01"});
  CHECK(row->source == kSource);
}

TEST_CASE("a product row") {
  const auto catalogue = catalogue_from(with_source(R"(products:
  - id: mine
    name: Mine
    role: service
    signs:
      - {response_header: Server, contains: Mine}
      - {request_header: x-amzn-trace-id}
      - {host: .Example.com}
      - {path: /socket.io/}
      - {subprotocol: graphql-*}
    refuses_codes: [1012-3999]
    refusal_code: 1002
    fails_without_close: true
    strict: [a, b]
    too_big_code_to_peer: 1001
    logs: [{code: 1006, text: no close frame received or sent}]
)"));
  const ProductRow* const row = catalogue.product("mine");
  REQUIRE(row != nullptr);
  CHECK(row->name == "Mine");
  CHECK(row->role == Role::service);
  using Where = Sign::Where;
  CHECK(row->signs == std::vector<Sign>{{Where::response_header, "server", "Mine"},
                                        {Where::request_header, "x-amzn-trace-id", ""},
                                        {Where::host, "", ".example.com"},
                                        {Where::path, "", "/socket.io/"},
                                        {Where::subprotocol, "", "graphql-*"}});
  CHECK(row->habits.refuses_codes == std::vector<CodeRange>{{1012, 3999}});
  CHECK(row->habits.refusal_code == 1002);
  CHECK(row->habits.fails_without_close);
  CHECK(row->habits.strict == std::vector<std::string>{"a", "b"});
  CHECK(row->habits.too_big_code_to_peer == 1001);
  REQUIRE(row->logs.size() == 1);
  CHECK(row->logs[0].code == 1006);
  CHECK(row->logs[0].text == "no close frame received or sent");
  CHECK(row->source == kSource);
}

TEST_CASE("a time-out row, and one with as little as it needs") {
  const auto rows = catalogue_from(with_source(R"(timeouts:
  - id: a
    product: nginx
    kind: silent
    counts: server
    after: 350s
    default: false
    setting: proxy_read_timeout
    how: reset
    codes: [1000, 1001]
    fix: Raise it.
)") + with_source("  - id: b\n    product: nginx\n    kind: idle\n    after: 432000s\n"))
                        .timeouts;
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].product == "nginx");
  CHECK(rows[0].kind == TimeoutKind::silent);
  CHECK(rows[0].counts == Counts::server);
  CHECK(rows[0].after == 350s);
  CHECK_FALSE(rows[0].is_default);
  CHECK(rows[0].setting == "proxy_read_timeout");
  CHECK(rows[0].how == "reset");
  CHECK(rows[0].codes == std::vector<unsigned>{1000, 1001});
  CHECK(rows[0].fix == "Raise it.");
  CHECK(rows[0].source == kSource);
  CHECK(rows[1].counts == Counts::either);
  CHECK(rows[1].after == 120h);
  CHECK(rows[1].is_default);
  CHECK(rows[1].how == "any");
}

TEST_CASE("a limit row, in bytes or with a unit") {
  const auto rows = catalogue_from(with_source(R"(limits:
  - id: a
    product: nginx
    bytes: 1MiB
    of: frame
    inflated: false
    setting: max_size
    note: b
)") + with_source("  - id: b\n    product: nginx\n    bytes: 65535\n"))
                        .limits;
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].product == "nginx");
  CHECK(rows[0].bytes == 1'048'576);
  CHECK(rows[0].of == LimitOf::frame);
  CHECK_FALSE(rows[0].is_inflated);
  CHECK(rows[0].setting == "max_size");
  CHECK(rows[0].note == "b");
  CHECK(rows[0].source == kSource);
  CHECK(rows[1].bytes == 65'535);
  CHECK(rows[1].of == LimitOf::message);
  CHECK(rows[1].is_inflated);
}

TEST_CASE("a reason row, and one with as little as it needs") {
  const auto rows = catalogue_from(with_source(R"(reasons:
  - id: a
    codes: [1011, 4000-4999]
    sender: server
    text: keepalive ping timeout
    match: prefix
    product: nginx
    cause: keepalive_unanswered
    confidence: certain
    party: other_side
    says: It was not answered.
    fix: Answer it.
)") + with_source("  - id: b\n    text: bye\n    cause: client_left\n"
                  "    confidence: possible\n    says: c\n"))
                        .reasons;
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].codes == std::vector<CodeRange>{{1011, 1011}, {4000, 4999}});
  CHECK(rows[0].sender == Endpoint::server);
  CHECK(rows[0].text == "keepalive ping timeout");
  CHECK(rows[0].match == Match::prefix);
  CHECK(rows[0].product == "nginx");
  CHECK(rows[0].cause == "keepalive_unanswered");
  CHECK(rows[0].confidence == Confidence::certain);
  CHECK(rows[0].party == PartyRule::other_side);
  CHECK(rows[0].says == "It was not answered.");
  CHECK(rows[0].fix == "Answer it.");
  CHECK(rows[0].source == kSource);
  CHECK(rows[1].codes.empty());
  CHECK_FALSE(rows[1].sender.has_value());
  CHECK(rows[1].match == Match::exact);
  CHECK(rows[1].product == "");
  CHECK(rows[1].confidence == Confidence::possible);
  CHECK_FALSE(rows[1].party.has_value());
  CHECK(rows[1].fix == "");
}

TEST_CASE("an application row") {
  const auto rows = catalogue_from(with_source(R"(applications:
  - id: a
    name: graphql-transport-ws
    signs: [{subprotocol: graphql-transport-ws}]
    codes:
      - {codes: 4401, name: Unauthorized, meaning: b, fix: c, cause: authentication_failed, party: client}
      - {codes: 4500-4599, name: Failed, meaning: d, cause: server_error}
)"))
                        .applications;
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].id == "a");
  CHECK(rows[0].name == "graphql-transport-ws");
  CHECK(rows[0].signs == std::vector<Sign>{{Sign::Where::subprotocol, "", "graphql-transport-ws"}});
  CHECK(rows[0].source == kSource);
  REQUIRE(rows[0].codes.size() == 2);
  const ApplicationCode& first = rows[0].codes[0];
  CHECK(first.codes == CodeRange{4401, 4401});
  CHECK(first.name == "Unauthorized");
  CHECK(first.meaning == "b");
  CHECK(first.fix == "c");
  CHECK(first.cause == "authentication_failed");
  CHECK(first.party == PartyRule::client);
  CHECK(rows[0].codes[1].codes == CodeRange{4500, 4599});
  CHECK_FALSE(rows[0].codes[1].party.has_value());
}

TEST_CASE("a heartbeat row, in text messages or in Pings") {
  const auto rows = catalogue_from(with_source(R"(heartbeats:
  - id: a
    product: nginx
    carrier: text
    sender: client
    every: 25s
    patience: 20s
    starts: "2"
    note: b
)") + with_source("  - id: b\n    product: nginx\n    carrier: ping\n    sender: server\n"
                  "    every: 500ms\n"))
                        .heartbeats;
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].product == "nginx");
  CHECK(rows[0].carrier == Carrier::text);
  CHECK(rows[0].sender == Endpoint::client);
  CHECK(rows[0].every == 25s);
  CHECK(rows[0].patience == 20s);
  CHECK(rows[0].starts == "2");
  CHECK(rows[0].note == "b");
  CHECK(rows[0].source == kSource);
  CHECK(rows[1].carrier == Carrier::ping);
  CHECK(rows[1].sender == Endpoint::server);
  CHECK(rows[1].every == 500ms);
  CHECK(rows[1].patience == 0ms);
}

TEST_CASE("a farewell row, with a field or without") {
  const auto rows = catalogue_from(with_source(R"(farewells:
  - id: a
    product: nginx
    sender: server
    starts: '{"type":"disconnect"'
    field: reason
    values:
      - {value: unauthorized, cause: authentication_failed, party: client, says: b, fix: c}
      - {value: 7, cause: server_shutdown, says: d}
      - {value: "*", cause: application_close, says: e}
)") + with_source("  - id: b\n    sender: client\n    starts: \"41\"\n"
                  "    values: [{value: \"*\", cause: client_left, says: f}]\n"))
                        .farewells;
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].product == "nginx");
  CHECK(rows[0].sender == Endpoint::server);
  CHECK(rows[0].starts == R"({"type":"disconnect")");
  CHECK(rows[0].field == "reason");
  CHECK(rows[0].source == kSource);
  REQUIRE(rows[0].values.size() == 3);
  CHECK(rows[0].values[0].value == "unauthorized");
  CHECK(rows[0].values[0].cause == "authentication_failed");
  CHECK(rows[0].values[0].party == PartyRule::client);
  CHECK(rows[0].values[0].says == "b");
  CHECK(rows[0].values[0].fix == "c");
  CHECK(rows[0].values[1].value == "7");
  CHECK_FALSE(rows[0].values[1].party.has_value());
  CHECK(rows[1].product == "");
  CHECK(rows[1].sender == Endpoint::client);
  CHECK(rows[1].starts == "41");
  CHECK(rows[1].field == "");
}

TEST_CASE("a refusal row") {
  const auto rows = catalogue_from(with_source(R"(refusals:
  - id: a
    statuses: [400, 403]
    signs: [{path: /socket.io/}, {response_header: cf-ray}]
    body_contains: Session ID unknown
    product: nginx
    cause: sticky_session_missing
    confidence: likely
    party: operator
    says: b
    fix: c
)"))
                        .refusals;
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].statuses == std::vector<unsigned>{400, 403});
  CHECK(rows[0].signs.size() == 2);
  CHECK(rows[0].body_contains == "Session ID unknown");
  CHECK(rows[0].product == "nginx");
  CHECK(rows[0].cause == "sticky_session_missing");
  CHECK(rows[0].confidence == Confidence::likely);
  CHECK(rows[0].party == PartyRule::operators);
  CHECK(rows[0].says == "b");
  CHECK(rows[0].fix == "c");
  CHECK(rows[0].source == kSource);
}

TEST_CASE("a row of differences, and a heading, which needs no source") {
  const auto catalogue = catalogue_from(with_source(R"(differences:
  - between: [1002, 1008]
    difference: {en: a, ar: b}
    which: {en: c}
)") + "headings: [{id: fix_it, text: {en: How To Fix It, es: Cómo arreglarlo}}]\n");
  REQUIRE(catalogue.differences.size() == 1);
  CHECK(catalogue.differences[0].between == std::vector<unsigned>{1002, 1008});
  CHECK(catalogue.differences[0].difference == Localised{"a", "", "", "b"});
  CHECK(catalogue.differences[0].which[0] == "c");
  CHECK(catalogue.differences[0].source == kSource);
  REQUIRE(catalogue.headings.size() == 1);
  CHECK(catalogue.headings[0].text == Localised{"How To Fix It", "", "Cómo arreglarlo", ""});
}

// A list with one row in line 2; `keys` beside the source.
struct MistakenRow {
  std::string_view list;
  std::string_view keys;
  std::string_view said;  // how the mistakes begin; "" where there are none
};

void check_rows(std::span<const MistakenRow> rows) {
  for (const MistakenRow& row : rows) {
    CAPTURE(row.keys);
    const std::string found =
        catalogue_mistakes_of(std::string(row.list) + ":\n  - {" + std::string(row.keys) + ", " +
                              test::kRowSource + "}\n");
    CAPTURE(found);
    CHECK((row.said.empty() ? found.empty() : found.starts_with(row.said)));
  }
}

TEST_CASE("what a row lacks or cannot mean is told") {
  check_rows(std::to_array<MistakenRow>({
      {"heartbeats", "id: a, product: nginx, carrier: text, sender: client, every: 1s",
       "2: heartbeats[0].starts: this key is missing; write how the text message begins\n"},
      {"heartbeats", "id: a, product: nginx, carrier: pings, sender: client, every: 1s",
       "2: heartbeats[0].carrier: \"pings\" is not known here; did you mean ping?\n"},
      {"farewells", "id: a, sender: client, starts: b, values: []",
       "2: farewells[0].values: the list is empty; write a list such as [{...}]\n"},
      {"farewells",
       "id: a, sender: client, starts: b, values: [{value: c, cause: unknown, says: d}]",
       "2: farewells[0].field: this key is missing; name the member that holds a value"},
      {"farewells",
       "id: a, sender: client, starts: b, field: c, values: [{value: d, cause: unknown, says: e}, "
       "{value: d, cause: client_left, says: f}]",
       "2: farewells[0].values[1]: the value \"d\" stands here twice; keep one of the two\n"},
      {"farewells",
       "id: a, sender: client, starts: \"\", values: [{value: \"*\", cause: unknown, says: d}]",
       "2: farewells[0].starts: the text is empty; write a text\n"},
      {"refusals", "id: a, statuses: [], cause: unknown, confidence: likely, says: b",
       "2: refusals[0].statuses: the list is empty; write a list such as [100]\n"},
      {"refusals", "id: a, statuses: [99], cause: unknown, confidence: likely, says: b",
       "2: refusals[0].statuses[0]: 99 is out of range; write a number from 100 to 999\n"},
      {"refusals", "id: a, statuses: [400], cause: unknown, confidence: unknown, says: b",
       "2: refusals[0].confidence: \"unknown\" is not known here; write one of certain, likely, "
       "possible\n"},
      {"differences", "between: [1008, 1002], difference: {en: a}, which: {en: b}",
       "2: differences[0].between: these are not two codes, the smaller one first; write a list "
       "such as [1002, 1008]\n"},
      {"differences", "between: [1002, 1003, 1008], difference: {en: a}, which: {en: b}",
       "2: differences[0].between: these are not two codes"},
      {"applications", "id: a, name: b, codes: [{codes: 4000, name: c, cause: unknown}]",
       "2: applications[0].codes[0].meaning: this key is missing; write a text\n"},
      {"timeouts", "id: a, product: nginx, kind: idle, after: 0s",
       "2: timeouts[0].after: 0s is out of range; write a time from 1ms to 8760h\n"},
      {"timeouts", "id: a, product: nginx, kind: idle, after: 60s, how: rst",
       "2: timeouts[0].how: \"rst\" is not known here; "},
      {"codes",
       "codes: 1008, name: {en: a}, meaning: {en: a}, when: {en: a}, fix: {en: a}, sent_by: all",
       "2: codes[0].sent_by: \"all\" is not known here; "},
  }));
}

TEST_CASE("a sign has one place to look at, and only headers contain something") {
  const std::string_view product = "id: a, name: b, role: proxy, signs: ";
  const auto row = [&](std::string_view signs, std::string_view said) {
    const std::string keys = std::string(product) + std::string(signs);
    check_rows(std::vector<MistakenRow>{{"products", keys, said}});
  };
  row("[{path: /a}, {path: /b}]", "");
  row("[{path: /a, host: b}]",
      "2: products[0].signs[0]: 2 places to look at stand here; write one of request_header, ");
  row("[{contains: b}]", "2: products[0].signs[0]: 0 places to look at stand here; ");
  row("[{host: a, contains: b}]",
      "2: products[0].signs[0].contains: only a header contains something; leave it out\n");
  row("[{response_header: a b}]",
      "2: products[0].signs[0].response_header: no header can be called \"a b\"; ");
  row("[{response_heade: a}]",
      "2: products[0].signs[0].response_heade: this key is not known; did you mean "
      "response_header?\n");
  row("[/a]", "2: products[0].signs[0]: a single value stands here; write a row of keys");
}

}  // namespace
}  // namespace lastframe::settings
