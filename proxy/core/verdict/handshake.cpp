// Upgrades that did not come about.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "core/base/ranges.h"
#include "core/base/words.h"
#include "core/verdict/reasons.h"
#include "core/verdict/sentences.h"
#include "core/ws/rule_table.h"
#include "core/ws/stray_bytes.h"

namespace lastframe::verdict {
namespace {

using catalogue::RefusalRow;
using catalogue::Sign;
using session::HandshakeOutcome;
using session::Text;
using ws::Rule;

std::string_view text_of(const Case& facts, Text which) {
  return facts.report.texts[which].value_or("");
}

const session::Refusal* refusal_of(const Case& facts) {
  return facts.report.handshake.refusal ? &*facts.report.handshake.refusal : nullptr;
}

// Signs of headers were looked at when the answer passed.
bool holds(const Case& facts, const Sign& sign) {
  switch (sign.where) {
    case Sign::Where::host:
      return catalogue::matches(sign, text_of(facts, Text::host));
    case Sign::Where::path:
      return catalogue::matches(sign, text_of(facts, Text::path));
    case Sign::Where::subprotocol:
      return catalogue::matches(sign, text_of(facts, Text::subprotocol));
    case Sign::Where::request_header:
    case Sign::Where::response_header:
      return true;
  }
  return false;
}

// Of several the one that says most: a body before headers, more signs before fewer.
const RefusalRow* known_refusal(const Case& facts) {
  const session::Refusal* const refusal = refusal_of(facts);
  if (refusal == nullptr) return nullptr;
  const RefusalRow* best = nullptr;
  const auto weight = [](const RefusalRow& row) {
    return row.body_contains.size() * 8 + row.signs.size();
  };
  for (const std::uint16_t position : refusal->rows) {
    const RefusalRow& row = facts.rows.refusals[position];
    if (!contains_ignoring_case(refusal->body, row.body_contains)) continue;
    if (!std::ranges::all_of(row.signs, [&](const Sign& sign) { return holds(facts, sign); })) {
      continue;
    }
    if (best == nullptr || weight(row) > weight(*best)) best = &row;
  }
  return best;
}

bool has_rule(const Case& facts, Rule rule) {
  const auto is_it = [&](const ws::Violation& violation) { return violation.rule == rule; };
  return std::ranges::any_of(facts.report.violations, is_it) ||
         std::ranges::any_of(facts.report.notes, is_it, &session::Note::first);
}

void say_broken_rules(const Case& facts, Endpoint side, Finding& found) {
  for (const ws::Violation& violation : facts.report.violations) {
    if (violation.side != side || violation.frame != 0) continue;
    const ws::RuleRow& row = row_of(violation.rule);
    found.says(
        fmt::format("{} ({}): {}{}", row.id, row.name, row.sentence,
                    violation.detail.empty() ? "" : " Seen: " + printable(violation.detail) + "."));
  }
}

// On which products the way is known to lose what is missing here: the one on the path.
void say_product_fix(const Case& facts, Cause cause, Endpoint side, Finding& found) {
  const catalogue::CauseRow& row = facts.rows[cause];
  for (const auto* product : facts.products[index(side)]) {
    const auto fix = std::ranges::find(row.fixes, product->id, &catalogue::ProductFix::product);
    if (fix == row.fixes.end()) continue;
    found.fix = fmt::format("{} ({} is on the path): {}", product->name, product->name, fix->text);
    return;
  }
  found.fix = row.fix;
  for (const catalogue::ProductFix& fix : row.fixes) {
    const auto* const product = facts.rows.product(fix.product);
    found.fix += fmt::format(" {}: {}", product != nullptr ? product->name : fix.product, fix.text);
  }
}

std::string answer_text(const Case& facts, unsigned status) {
  std::string text = fmt::format("The server answered with {}", status);
  if (const auto server = text_of(facts, Text::response_server); !server.empty()) {
    text += fmt::format(" (Server: {})", printable(server));
  }
  if (facts.report.handshake.duration_s) {
    text += fmt::format(" after {}", time_text(*facts.report.handshake.duration_s));
  }
  if (const auto* refusal = refusal_of(facts)) {
    if (refusal->body_length)
      text += fmt::format(", with a body of {}", size_text(*refusal->body_length));
    if (!refusal->content_type.empty())
      text += fmt::format(" ({})", printable(refusal->content_type));
  }
  return text + ".";
}

bool has_hop_behind(const Case& facts) {
  const auto& behind = facts.products[index(Endpoint::server)];
  return std::ranges::find(behind, catalogue::Role::proxy, &catalogue::ProductRow::role) !=
         behind.end();
}

bool is_request_stripped(const Case& facts) {
  return has_rule(facts, Rule::upgrade_stripped) || has_rule(facts, Rule::upgrade_not_websocket) ||
         has_rule(facts, Rule::connection_without_upgrade);
}

std::optional<Finding> stripped_upgrade(const Case& facts, std::optional<unsigned> status) {
  if (!is_request_stripped(facts)) return std::nullopt;
  Finding found(Cause::upgrade_stripped, Confidence::likely);
  found.acts(Party::hop_before);
  found.says(
      "The request still has its Sec-WebSocket headers, but the headers that ask for the "
      "upgrade did not arrive whole: a hop that does not pass them on stands before this "
      "tap.");
  say_broken_rules(facts, Endpoint::client, found);
  if (has_rule(facts, Rule::request_not_get)) {
    found.says(
        "It came as HTTP/1.0, or not as a GET: nginx, for one, speaks HTTP/1.0 to its "
        "upstream unless proxy_http_version is 1.1.");
  }
  if (status) found.says(answer_text(facts, *status));
  say_product_fix(facts, Cause::upgrade_stripped, Endpoint::client, found);
  return found.may_be(Cause::upgrade_malformed);
}

// What the answer's headers add to its status.
void say_answer_headers(const Case& facts, unsigned status, Finding& found) {
  const auto* const refusal = refusal_of(facts);
  if (refusal == nullptr) return;
  if (status >= 300 && status < 400 && !refusal->location.empty()) {
    found.says(fmt::format("It points to {}.", printable(refusal->location)));
  }
  if ((status == 401 || status == 407) && !refusal->authenticate.empty()) {
    found.says(fmt::format("It asks for {} authentication.", printable(refusal->authenticate)));
  }
  if (!refusal->retry_after.empty()) {
    found.says(fmt::format("Its Retry-After is {}.", printable(refusal->retry_after)));
  }
}

Finding of_status(const Case& facts, Cause cause, Confidence confidence, unsigned status) {
  Finding found(cause, confidence, {answer_text(facts, status)});
  say_answer_headers(facts, status, found);
  return found;
}

Finding forbidden(const Case& facts) {
  Finding found = of_status(facts, Cause::handshake_forbidden, Confidence::possible, 403);
  const std::string_view origin = text_of(facts, Text::origin);
  found.says(origin.empty()
                 ? std::string("The request has no Origin, so a check of it would refuse "
                               "every client that is no browser.")
                 : fmt::format("The request's Origin is {}.", printable(origin)));
  const auto* const refusal = refusal_of(facts);
  const bool has_body = refusal != nullptr && refusal->body_length.value_or(1) > 0;
  found.says(has_body ? "The answer has a body: a page of a firewall or of the framework."
                      : "The answer has no body: frameworks refuse like this before they accept, "
                        "also where no route fits.");
  found.may_be("no route for this path, refused before accepting");
  if (!origin.empty()) found.may_be(Cause::origin_refused);
  return found.may_be("a web application firewall").may_be(Cause::handshake_unauthenticated);
}

// 426 to a request that asked for an upgrade here.
Finding upgrade_wanted(Finding found) {
  found.summary = "The server wants an upgrade, which the request had asked for here.";
  return found.acts(Party::hop_behind)
      .says(
          "The request asked for the upgrade here: a hop behind this tap lost the headers, or the "
          "server does not speak this version.")
      .may_be(Cause::version_unsupported);
}

Finding by_status(const Case& facts, unsigned status) {
  const auto of = [&](Cause cause, Confidence confidence) {
    return of_status(facts, cause, confidence, status);
  };
  if (status >= 300 && status < 400) {
    return of(Cause::redirected, Confidence::certain)
        .says("Browsers do not follow redirects of a WebSocket handshake.");
  }
  switch (status) {
    case 401:
    case 407: {
      Finding found = of(Cause::handshake_unauthenticated, Confidence::certain);
      if (status == 407) found.acts(Party::hop_behind);
      return found;
    }
    case 403:
      return forbidden(facts);
    case 404:
    case 405:
    case 410:
      return of(Cause::not_found, Confidence::likely);
    case 426:
      if (has_rule(facts, Rule::version_not_13)) {
        return of(Cause::version_unsupported, Confidence::certain);
      }
      return upgrade_wanted(of(Cause::answered_without_upgrade, Confidence::likely));
    case 429:
      return of(Cause::handshake_rate_limited, Confidence::certain);
    case 502:
    case 503:
    case 504:
      return of(Cause::handshake_unavailable, Confidence::likely);
    default:
      break;
  }
  if (status >= 200 && status < 300) {
    Finding found = of(Cause::answered_without_upgrade, Confidence::likely);
    found.says(
        "A page in place of a 101: the request was whole here, so that a hop behind this tap "
        "lost its Upgrade, or nothing at this path speaks WebSocket.");
    if (has_hop_behind(facts)) found.acts(Party::hop_behind);
    say_product_fix(facts, Cause::answered_without_upgrade, Endpoint::server, found);
    return found;
  }
  if (status >= 500) return of(Cause::handshake_server_error, Confidence::likely);
  return of(Cause::handshake_rejected, Confidence::possible);
}

std::optional<Finding> told_refusal(const Case& facts, unsigned status) {
  const RefusalRow* const row = known_refusal(facts);
  if (row == nullptr) return std::nullopt;
  Finding found(row->cause, row->confidence, {answer_text(facts, status)});
  found.says(row->says);
  say_answer_headers(facts, status, found);
  found.fix = row->fix;
  if (row->party) found.acts(resolved(*row->party, facts.closer));
  if (row->cause == name(Cause::upgrade_stripped)) {
    found.acts(Party::hop_behind);
    found.summary =
        "A hop behind this tap removed Upgrade or Connection from the request, so the server saw "
        "a plain GET.";
    found.says("The request had both of them here, so that a hop behind this tap took them out.");
  }
  if (status == 403 && row->cause == name(Cause::origin_refused)) {
    const std::string_view origin = text_of(facts, Text::origin);
    found.says(origin.empty() ? std::string("The request has no Origin.")
                              : fmt::format("The request's Origin is {}.", printable(origin)));
  }
  say_broken_rules(facts, Endpoint::client, found);
  return found;
}

Finding rejected(const Case& facts, unsigned status) {
  if (auto stripped = stripped_upgrade(facts, status)) {
    if (const RefusalRow* const row = known_refusal(facts)) stripped->says(row->says);
    return *stripped;
  }
  if (auto told = told_refusal(facts, status)) return *told;
  const bool is_broken = std::ranges::any_of(facts.report.violations, [](const auto& violation) {
    return violation.side == Endpoint::client;
  });
  if (is_broken &&
      (status == 400 || status == 405 || status == 426 || status == 501 || status == 505)) {
    Finding found(has_rule(facts, Rule::version_not_13) ? Cause::version_unsupported
                                                        : Cause::upgrade_malformed,
                  Confidence::likely, {answer_text(facts, status)});
    say_broken_rules(facts, Endpoint::client, found);
    return found;
  }
  return by_status(facts, status);
}

Finding failed(const Case& facts) {
  if (!facts.report.stray_bytes.empty()) {
    const session::StraySeen& stray = facts.report.stray_bytes.front();
    return Finding(Cause::answer_not_http, Confidence::likely,
                   {fmt::format("In place of an HTTP answer came {}.", stray.summary)})
        .acts(Party::server);
  }
  const bool is_answer_seen = std::ranges::any_of(
      facts.report.violations,
      [](const ws::Violation& violation) { return violation.side == Endpoint::server; });
  if (!is_answer_seen) {
    if (auto lost = lost_track(facts)) return *lost;
  }
  Finding found(Cause::answer_malformed, Confidence::certain);
  found.says("The server answered 101, but not so that a client may take it.");
  say_broken_rules(facts, Endpoint::server, found);
  say_product_fix(facts, Cause::answer_malformed, Endpoint::server, found);
  if (has_hop_behind(facts)) found.acts(Party::hop_behind);
  return found.may_be("a hop behind this tap changed the answer");
}

Finding unanswered(const Case& facts) {
  Finding found(Cause::handshake_unanswered, Confidence::likely);
  if (facts.report.initiator == session::Initiator::proxy) {
    found.says(
        fmt::format("The server did not answer the upgrade for {}, and this proxy's own "
                    "time-out or shutdown ended the wait.",
                    time_text(facts.report.ended - facts.report.accepted)));
    return found;
  }
  const auto how = facts.end_kind();
  found.says(fmt::format(
      "The server {} {} after the client had been accepted, without an answer to "
      "the upgrade.",
      how ? end_verb(*how) : "said nothing", time_text(facts.began - facts.report.accepted)));
  if (is_request_stripped(facts)) say_broken_rules(facts, Endpoint::client, found);
  return found.may_be(Cause::server_crashed).may_be("a port that speaks something else, or TLS");
}

Finding abandoned(const Case& facts) {
  const std::string left = fmt::format(
      "The client left {} after it had been accepted, before the "
      "server had answered.",
      time_text(facts.began - facts.report.accepted));
  if (facts.report.patterns.has_same_client_asked_again) {
    return Finding(Cause::client_opened_twice, Confidence::likely,
                   {left, "The same client asked for another connection within 2 s."})
        .may_be(Cause::client_abandoned);
  }
  return Finding(Cause::client_abandoned, Confidence::likely, {left})
      .may_be(Cause::client_opened_twice)
      .may_be("a connect time-out of the client");
}

}  // namespace

std::optional<Finding> refused_handshake(const Case& facts) {
  const auto outcome = facts.report.handshake.outcome.value_or(HandshakeOutcome::unanswered);
  switch (outcome) {
    case HandshakeOutcome::rejected:
      return rejected(facts, facts.report.handshake.status.value_or(0));
    case HandshakeOutcome::accepted:
    case HandshakeOutcome::failed:
      return failed(facts);
    case HandshakeOutcome::unanswered:
      return unanswered(facts);
    case HandshakeOutcome::abandoned:
      return abandoned(facts);
  }
  return std::nullopt;
}

}  // namespace lastframe::verdict
