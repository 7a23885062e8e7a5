// A small catalogue with a row of each kind, for tests of what is made from it.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/catalogue/catalogue.h"

namespace lastframe::test {

namespace sample {

inline catalogue::Source source(std::string text) { return {std::move(text), "-", "2026-11-20"}; }

inline catalogue::CodeRow code(catalogue::CodeRange codes, catalogue::Localised name,
                               catalogue::Localised meaning, std::string sent_by,
                               bool may_be_sent) {
  catalogue::CodeRow row;
  row.codes = codes;
  row.name = std::move(name);
  row.meaning = std::move(meaning);
  row.sent_by = std::move(sent_by);
  row.may_be_sent = may_be_sent;
  row.source = source("RFC 6455 section 7.4");
  return row;
}

inline std::vector<catalogue::CodeRow> codes() {
  std::vector<catalogue::CodeRow> rows;
  rows.push_back(code({0, 999}, {"Not Used"}, {"No endpoint may send it."}, "nobody", false));
  rows.push_back(code({1000, 1000}, {"Normal Closure"}, {"The work is done."}, "either", true));
  rows.push_back(code({1002, 1002},
                      {"Protocol Error", "Erreur de protocole", "", "خطأ في البروتوكول"},
                      {"The peer broke RFC 6455.", "Le pair a enfreint la RFC 6455.", "",
                       "خالف الطرف الآخر RFC 6455 (القسم 5)."},
                      "either", true));
  rows.back().when = {"A frame had a reserved bit.", "Une trame portait un bit réservé.", "",
                      "حملت إحدى الإطارات بتًّا محجوزًا."};
  rows.back().fix = {"Look for a proxy between.", "Cherchez un proxy.", "", "ابحث عن وكيل بينهما."};
  rows.back().causes = {"protocol_violation"};
  rows.push_back(
      code({1006, 1006}, {"Abnormal Closure"}, {"No Close frame came."}, "nobody", false));
  rows.back().when = {"The stream ended alone."};
  rows.back().fix = {"Find out who ended it."};
  rows.back().causes = {"idle_timeout", "no_such_cause"};
  rows.push_back(code({1008, 1008}, {"Policy Violation", "Violation de politique"},
                      {"A message is against the receiver's rules."}, "either", true));
  rows.back().when = {"The server refused a message."};
  rows.back().fix = {"Read the service's rules."};
  rows.push_back(
      code({1016, 2999}, {"Unassigned"}, {"Nobody has given it a meaning."}, "nobody", false));
  rows.push_back(
      code({4000, 4999}, {"Application Code"}, {"The application knows."}, "application", true));
  rows.back().when = {"An application closed."};
  rows.back().fix = {"Ask its documentation."};
  return rows;
}

inline std::vector<catalogue::CauseRow> causes() {
  catalogue::CauseRow idle;
  idle.id = "idle_timeout";
  idle.party = catalogue::PartyRule::hop_at_closer;
  idle.title = "Idle time-out";
  idle.summary = "An idle time-out on the {closer}'s side ended it, not the {other}.";
  idle.meaning = "Nothing passed for as long as a hop waits.";
  idle.found_by = "The silence before the end is as long as a known time-out.";
  idle.fix = "Send a Ping more often.";
  idle.fixes = {{"nginx", "Raise proxy_read_timeout."}, {"code", "Turn keepalive on."}};
  idle.codes = {{1006, 1006}, {1000, 1001}};
  idle.see = {"keepalive_unanswered", "FR-01"};
  idle.source = source("nginx 1.22.1 ngx_http_proxy_module.c");
  catalogue::CauseRow keepalive;
  keepalive.id = "keepalive_unanswered";
  keepalive.party = catalogue::PartyRule::other_side;
  keepalive.title = "Keepalive Ping unanswered";
  keepalive.summary = "The {other} did not answer a Ping.";
  keepalive.fix = "Find out what blocks the {other}.";
  catalogue::CauseRow big;
  big.id = "message_too_big";
  big.party = catalogue::PartyRule::closer;
  big.title = "Message too big";
  big.summary = "A message is larger than its receiver takes.";
  catalogue::CauseRow stripped;
  stripped.id = "upgrade_stripped";
  stripped.party = catalogue::PartyRule::hop_before;
  stripped.title = "Upgrade header stripped";
  return {idle, keepalive, big, stripped};
}

inline std::vector<catalogue::ProductRow> products() {
  using catalogue::Sign;
  catalogue::ProductRow chromium;
  chromium.id = "chromium";
  chromium.name = "Chromium";
  chromium.role = catalogue::Role::client;
  chromium.logs = {{1006, "Invalid frame header"}};
  catalogue::ProductRow nginx;
  nginx.id = "nginx";
  nginx.name = "nginx";
  nginx.role = catalogue::Role::proxy;
  nginx.signs = {{Sign::Where::response_header, "server", "nginx"},
                 {Sign::Where::path, "", "/socket.io/"}};
  nginx.source = source("nginx 1.22.1");
  catalogue::ProductRow python;
  python.id = "python_websockets";
  python.name = "websockets (Python)";
  python.habits.refuses_codes = {{1012, 2999}};
  python.habits.refusal_code = 1002;
  python.habits.fails_without_close = true;
  python.habits.strict = {"It refuses a subprotocol that it did not offer."};
  python.habits.too_big_code_to_peer = 1001;
  python.logs = {{1006, "no close frame received or sent"}};
  python.source = {"websockets@10.4 exceptions.py", "10.4", "2026-11-20"};
  return {chromium, nginx, python};
}

inline std::vector<catalogue::TimeoutRow> timeouts() {
  using catalogue::TimeoutKind;
  catalogue::TimeoutRow idle;
  idle.id = "nginx_proxy_read";
  idle.product = "nginx";
  idle.after = std::chrono::seconds(60);
  idle.setting = "proxy_read_timeout";
  idle.how = "fin";
  idle.fix = "Raise it, or send Pings.";
  idle.source = source("nginx 1.22.1");
  catalogue::TimeoutRow life = idle;
  life.id = "nginx_shutdown";
  life.kind = TimeoutKind::lifetime;
  life.after = std::chrono::minutes(4);
  life.is_default = false;
  life.setting = "worker_shutdown_timeout";
  return {idle, life};
}

inline std::vector<catalogue::ReasonRow> reasons() {
  catalogue::ReasonRow keepalive;
  keepalive.id = "python_websockets_keepalive";
  keepalive.codes = {{1011, 1011}, {1002, 1002}};
  keepalive.sender = Endpoint::server;
  keepalive.text = "keepalive ping timeout";
  keepalive.product = "python_websockets";
  keepalive.cause = "keepalive_unanswered";
  keepalive.says = "The sender's keepalive Ping was not answered in time.";
  keepalive.source = source("websockets@10.4 legacy/protocol.py");
  catalogue::ReasonRow big;
  big.id = "too_big_prefix";
  big.match = catalogue::Match::prefix;
  big.text = "frame exceeds limit";
  big.cause = "message_too_big";
  big.says = "A frame is larger than the sender of this text takes.";
  big.fix = "Send smaller frames.";
  big.source = source("example@1 limit.c");
  return {keepalive, big};
}

inline std::vector<catalogue::ApplicationRow> applications() {
  catalogue::ApplicationRow graphql;
  graphql.id = "graphql_transport_ws";
  graphql.name = "graphql-transport-ws";
  graphql.signs = {{catalogue::Sign::Where::subprotocol, "", "graphql-transport-ws"}};
  graphql.codes = {{{4401, 4401},
                    "Unauthorized",
                    "It subscribed before it was acknowledged.",
                    "Send connection_init first.",
                    "authentication_failed",
                    catalogue::PartyRule::client},
                   {{4403, 4403},
                    "Forbidden",
                    "The server refused connection_init.",
                    "Check the token.",
                    "access_denied",
                    {}}};
  graphql.source = source("graphql-ws PROTOCOL.md");
  catalogue::ApplicationRow other;
  other.id = "other_service";
  other.name = "Other Service";
  other.codes = {{{4401, 4402},
                  "Token expired",
                  "The token has expired.",
                  "Log in again.",
                  "session_expired",
                  {}}};
  other.source = source("https://example.org/codes");
  return {graphql, other};
}

inline std::vector<catalogue::HeadingRow> headings() {
  return {
      {"both_belong", {"Both {a} and {b} are WebSocket close codes."}},
      {"description", {"Description", "Description", "Descripción", "الوصف"}},
      {"for_code", {"For {a}:", "Pour {a} :"}},
      {"how_to_fix", {"How to Fix", "Comment résoudre", "Cómo solucionarlo", "كيفية الإصلاح"}},
      {"key_differences",
       {"Key Differences", "Différences clés", "Diferencias clave", "الفروق الرئيسية"}},
      {"means", {"{a} means:"}},
      {"no_match", {"Nothing known matches {text}."}},
      {"on_the_wire", {"On the wire"}},
      {"party_client", {"the client"}},
      {"sent_by_either",
       {"either side", "les deux côtés", "cualquiera de los dos", "أي من الطرفين"}},
      {"source", {"Source", "Source", "Fuente", "المصدر"}},
      {"title_versus", {"{a} vs {b}", "{a} ou {b}"}},
      {"when_to_use_which", {"When to Use Which"}},
      {"when_you_see_it",
       {"When You See It", "Quand vous le voyez", "Cuándo lo verás", "متى تراه"}},
      {"wire_yes", {"yes"}},
      {"you_see", {"You see {a} when:"}},
  };
}

}  // namespace sample

inline catalogue::Catalogue sample_catalogue() {
  catalogue::Catalogue rows;
  rows.codes = sample::codes();
  rows.causes = sample::causes();
  rows.products = sample::products();
  rows.timeouts = sample::timeouts();
  catalogue::LimitRow limit;
  limit.id = "python_websockets_max_size";
  limit.product = "python_websockets";
  limit.bytes = 1 << 20;
  limit.setting = "max_size";
  limit.note = "It sends 1009.";
  limit.source = sample::source("websockets@10.4");
  rows.limits = {limit};
  rows.reasons = sample::reasons();
  rows.applications = sample::applications();
  catalogue::HeartbeatRow heartbeat;
  heartbeat.id = "python_websockets_ping";
  heartbeat.product = "python_websockets";
  heartbeat.every = std::chrono::seconds(20);
  heartbeat.patience = std::chrono::seconds(20);
  heartbeat.note = "On by default.";
  heartbeat.source = sample::source("websockets@10.4");
  rows.heartbeats = {heartbeat};
  rows.headings = sample::headings();
  rows.differences = {{{1002, 1008},
                       {"1002 is about bytes, 1008 about meaning.", "1002 : octets, 1008 : sens."},
                       {"Send 1008 for a frame that is legal."},
                       sample::source("RFC 6455 section 7.4.1")}};
  return rows;
}

}  // namespace lastframe::test
