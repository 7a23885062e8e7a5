#include "diff/head_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/words.h"
#include "core/http/head_text.h"
#include "core/session/privacy.h"
#include "core/ws/opening_handshake.h"

namespace lastframe::diff {
namespace {

using http::equal_ignoring_case;

template <std::size_t size>
bool is_one_of(std::string_view name, const std::array<std::string_view, size>& names) {
  return std::ranges::any_of(names,
                             [&](std::string_view n) { return equal_ignoring_case(n, name); });
}

// RFC 9110 section 7.6.1, and what was hop-by-hop in RFC 2616 section 13.5.1.
constexpr std::array<std::string_view, 8> kHopByHop{
    "Connection",          "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate",
    "Proxy-Authorization", "TE",         "Trailer",          "Transfer-Encoding"};
// What an intermediary writes about itself and the way (RFC 9110 section 7.6.3, RFC 7239), and what
// says nothing of the WebSocket.
constexpr std::array<std::string_view, 14> kOfTheWay{"Via",
                                                     "Forwarded",
                                                     "X-Forwarded-For",
                                                     "X-Forwarded-Proto",
                                                     "X-Forwarded-Host",
                                                     "X-Real-IP",
                                                     "X-Request-ID",
                                                     "X-Forwarded-Port",
                                                     "Traceparent",
                                                     "Tracestate",
                                                     "CDN-Loop",
                                                     "Date",
                                                     "Server",
                                                     "X-Envoy-Expected-Rq-Timeout-Ms"};
constexpr std::array<std::string_view, 18> kShown{"Host",
                                                  "Upgrade",
                                                  "Connection",
                                                  "Sec-WebSocket-Version",
                                                  "Sec-WebSocket-Extensions",
                                                  "Via",
                                                  "Server",
                                                  "Date",
                                                  "Keep-Alive",
                                                  "Content-Length",
                                                  "Content-Type",
                                                  "Transfer-Encoding",
                                                  "User-Agent",
                                                  "Accept-Encoding",
                                                  "Cache-Control",
                                                  "Pragma",
                                                  "Sec-WebSocket-Accept",
                                                  "X-Forwarded-Proto"};

enum class Role : unsigned char { request, response };

struct Head {
  std::string first_line;
  std::string method;
  std::string target;
  unsigned version = 11;
  unsigned status = 0;
  http::Fields fields{{}};
};

std::optional<Head> parse(Role role, std::string_view text) {
  Head head;
  head.first_line = text.substr(0, text.find_first_of("\r\n"));
  if (role == Role::request) {
    auto parsed = http::parse_request_head(text);
    if (!parsed) return std::nullopt;
    head.method = parsed->method;
    head.target = parsed->target;
    head.version = parsed->version;
    head.fields = std::move(parsed->fields);
    return head;
  }
  auto parsed = http::parse_response_head(text);
  if (!parsed) return std::nullopt;
  head.version = parsed->version;
  head.status = parsed->status;
  head.fields = std::move(parsed->fields);
  return head;
}

bool is_http2(const Head& head) { return http::is_http2(head.version); }

std::string shown_field(std::string_view name, std::string_view value) {
  return fmt::format("{}: {}", printable(name), shown_value(name, value));
}

// One head, as it was sent and as it arrived.
class Comparison {
 public:
  Comparison(Role role, Head sent, Head arrived, Findings& findings)
      : role_(role), sent_(std::move(sent)), arrived_(std::move(arrived)), findings_(findings) {}

  void run() {
    compare_first_lines();
    compare_upgrade();
    compare_lists();
    compare_fields();
    compare_spelling();
  }

  bool has_found() const { return has_found_; }

 private:
  void add(Kind kind, std::string was, std::string is,
           std::optional<Severity> severity = std::nullopt) {
    has_found_ = true;
    Finding finding = finding_of(kind);
    finding.severity = severity.value_or(finding.severity);
    const bool is_request = role_ == Role::request;
    finding.direction = is_request ? Direction::client_to_server : Direction::server_to_client;
    finding.before.text = is_request ? std::move(was) : is;
    finding.after.text = is_request ? std::move(is) : std::move(was);
    findings_.add(std::move(finding));
  }

  // The hop speaks HTTP/2 on one side only.
  bool is_crossing() const { return is_http2(sent_) != is_http2(arrived_); }

  // What a request for a WebSocket, or its granting, is called in HTTP/1.1.
  static Head in_http1(const Head& head) {
    Head same = head;
    if (!is_http2(head)) return same;
    if (head.method == "CONNECT") same.method = "GET";
    if (head.status / 100 == 2) same.status = 101;
    return same;
  }

  void compare_first_lines() {
    if (is_crossing()) {
      add(Kind::http_version_changed, version(sent_), version(arrived_), Severity::reframed);
      return compare_lines(in_http1(sent_), in_http1(arrived_));
    }
    compare_lines(sent_, arrived_);
    if (sent_.version != arrived_.version) {
      const bool is_too_old = arrived_.version < 11;
      add(Kind::http_version_changed, version(sent_), version(arrived_),
          is_too_old ? Severity::corrupted : Severity::altered);
    }
  }

  void compare_lines(const Head& sent, const Head& arrived) {
    if (sent.method != arrived.method) {
      add(Kind::request_method_changed, printable(sent.method), printable(arrived.method));
    }
    if (sent.target != arrived.target) add_targets();
    if (sent.status != arrived.status) {
      add(Kind::status_changed, std::to_string(sent_.status), std::to_string(arrived_.status));
    }
  }

  // Queries hold tokens: of them, only that they differ is said.
  void add_targets() {
    const auto path = [](std::string_view target) { return target.substr(0, target.find('?')); };
    const auto shown = [&](std::string_view target) {
      return printable(session::redact_target(path(target), {}));
    };
    std::string was = shown(sent_.target);
    std::string is = shown(arrived_.target);
    if (path(sent_.target) == path(arrived_.target)) {
      was += "? and a query";
      is += "? and another query";
    }
    add(Kind::request_target_changed, std::move(was), std::move(is));
  }

  static std::string version(const Head& head) {
    return "HTTP/" + http::version_text(head.version);
  }

  static bool asks_upgrade(const Head& head) {
    if (is_http2(head)) return head.method == "CONNECT" || head.status / 100 == 2;
    return head.fields.has_token("Upgrade", "websocket") &&
           head.fields.has_token("Connection", "Upgrade");
  }

  void compare_upgrade() {
    if (!asks_upgrade(sent_) || asks_upgrade(arrived_)) return;
    const auto text = [](const Head& head) {
      return fmt::format("Upgrade: {}, Connection: {}",
                         printable(head.fields.joined("Upgrade").value_or("none")),
                         printable(head.fields.joined("Connection").value_or("none")));
    };
    // An answer that grants nothing has none; its status says that already.
    if (role_ == Role::response && sent_.status != arrived_.status) return;
    add(Kind::upgrade_removed, text(sent_), text(arrived_));
  }

  void compare_lists() {
    compare_list("Sec-WebSocket-Extensions", role_ == Role::request
                                                 ? Kind::extension_offer_changed
                                                 : Kind::extension_answer_changed);
    compare_list("Sec-WebSocket-Protocol", role_ == Role::request ? Kind::subprotocol_offer_changed
                                                                  : Kind::subprotocol_changed);
  }

  void compare_list(std::string_view name, Kind changed) {
    const auto was = sent_.fields.joined(name);
    const auto is = arrived_.fields.joined(name);
    if (was == is) return;
    if (was && is && has_same_elements(*was, *is)) return;
    Kind kind = changed;
    if (changed == Kind::extension_offer_changed && !is) kind = Kind::extension_offer_removed;
    if (changed == Kind::extension_offer_changed && !was) kind = Kind::extension_offer_added;
    const auto text = [&](const std::optional<std::string>& value) {
      return value ? shown_field(name, *value) : fmt::format("no {}", name);
    };
    add(kind, text(was), text(is));
  }

  static bool has_same_elements(std::string_view a, std::string_view b) {
    return http::list_elements(a) == http::list_elements(b);
  }

  static bool is_compared_elsewhere(std::string_view name) {
    static constexpr std::array<std::string_view, 5> kNames{
        "Sec-WebSocket-Key", "Sec-WebSocket-Accept", "Sec-WebSocket-Extensions",
        "Sec-WebSocket-Protocol", "Upgrade"};
    return is_one_of(name, kNames);
  }

  // Fields by name, in any order among different names (RFC 9110 section 5.3).
  void compare_fields() {
    std::vector<std::string> names;
    for (const Head* head : {&sent_, &arrived_}) {
      for (const http::Field& field : head->fields.all()) {
        std::string lower = lastframe::in_lower_case(field.name);
        if (std::ranges::find(names, lower) == names.end()) names.push_back(std::move(lower));
        if (names.size() > 1000) return;
      }
    }
    for (const std::string& name : names) {
      // RFC 9113 section 8.2.2: HTTP/2 has none of them.
      if (is_crossing() && is_one_of(name, kHopByHop)) continue;
      if (!is_compared_elsewhere(name)) compare_field(name);
    }
  }

  std::string written_name(const Head& head, std::string_view name) const {
    for (const http::Field& field : head.fields.all()) {
      if (equal_ignoring_case(field.name, name)) return std::string(field.name);
    }
    return std::string(name);
  }

  void compare_field(std::string_view name) {
    const auto was = sent_.fields.joined(name);
    const auto is = arrived_.fields.joined(name);
    if (was == is) return;
    const bool is_of_the_way = is_one_of(name, kOfTheWay);
    const bool is_hop_by_hop = is_one_of(name, kHopByHop);
    const std::string shown = written_name(was ? sent_ : arrived_, name);
    if (!was) {
      add(Kind::header_added, "", shown_field(shown, *is));
    } else if (!is) {
      if (equal_ignoring_case(name, "Connection")) return;  // told with the upgrade
      add(is_hop_by_hop ? Kind::hop_by_hop_removed : Kind::header_removed, shown_field(shown, *was),
          "", is_of_the_way ? std::optional(Severity::reframed) : std::nullopt);
    } else {
      const bool is_legal = is_of_the_way || is_hop_by_hop || has_same_elements(*was, *is);
      add(Kind::header_changed, shown_field(shown, *was), shown_field(shown, *is),
          is_legal ? std::optional(Severity::reframed) : std::nullopt);
    }
  }

  using Names = std::vector<std::string>;

  // How the fields that are in both heads are written, and in which order.
  // HTTP/2 knows no letter case, and a head of it is written in an order of ours.
  void compare_spelling() {
    if (is_crossing()) return;
    Names was = common_names(sent_, arrived_);
    Names is = common_names(arrived_, sent_);
    // A field that is there more often now, or less often, was told of.
    if (was.size() != is.size()) return;
    if (in_lower_case(was) != in_lower_case(is)) {
      add(Kind::header_order_changed, list(was), list(is));
    }
    std::ranges::sort(was);
    std::ranges::sort(is);
    if (was != is) add(Kind::header_case_changed, list(was), list(is));
  }

  static Names common_names(const Head& head, const Head& other) {
    Names names;
    for (const http::Field& field : head.fields.all()) {
      if (other.fields.first(field.name)) names.emplace_back(field.name);
    }
    return names;
  }

  static Names in_lower_case(const Names& names) {
    Names lower;
    for (const std::string& name : names) lower.push_back(lastframe::in_lower_case(name));
    return lower;
  }

  static std::string list(const Names& names) {
    return printable(fmt::format("{}", fmt::join(names, ", ")), 200);
  }

  Role role_;
  Head sent_;
  Head arrived_;
  Findings& findings_;
  bool has_found_ = false;
};

bool compare_head(Role role, std::string_view sent, std::string_view arrived, Findings& findings) {
  auto was = parse(role, sent);
  auto is = parse(role, arrived);
  if (!was || !is) return false;
  Comparison comparison(role, *std::move(was), *std::move(is), findings);
  comparison.run();
  return comparison.has_found();
}

void compare_keys(const Trace& before, const Trace& after, Findings& findings) {
  if (before.is_http2 || after.is_http2) return;
  if (before.key != after.key) {
    Finding finding = finding_of(Kind::key_replaced);
    finding.direction = Direction::client_to_server;
    findings.add(std::move(finding));
  }
  if (before.status != 101 || after.status != 101) return;
  const bool was_right = after.accept == ws::accept_value(after.key);
  const bool is_right = before.accept == ws::accept_value(before.key);
  if (!was_right || is_right) return;
  Finding finding = finding_of(Kind::accept_wrong);
  finding.direction = Direction::server_to_client;
  findings.add(std::move(finding));
}

void add_answered_by_hop(const Trace& before, Findings& findings) {
  Finding finding = finding_of(Kind::answered_by_hop);
  finding.direction = Direction::server_to_client;
  finding.before.text = std::to_string(before.status);
  finding.after.text = "no answer";
  findings.add(std::move(finding));
}

void note_respelled(Direction direction, std::string_view was, std::string_view is,
                    Findings& findings) {
  if (was == is) return;
  Finding finding = finding_of(Kind::head_respelled);
  finding.direction = direction;
  finding.detail = fmt::format("{} became {}", in_bytes(was.size()), is.size());
  findings.add(std::move(finding));
}

}  // namespace

std::string shown_value(std::string_view name, std::string_view value) {
  constexpr std::size_t kLongest = 120;
  if (!is_one_of(name, kShown)) return fmt::format("[{}]", in_bytes(value.size()));
  // It looks like a secret, and is none.
  if (equal_ignoring_case(name, "Sec-WebSocket-Accept")) return printable(value, kLongest);
  const bool is_host = equal_ignoring_case(name, "Host");
  return printable(is_host ? session::redact_target(value, {}) : session::redact_tokens(value),
                   kLongest);
}

void compare_heads(const Trace& before, const Trace& after, Findings& findings) {
  if (before.request.empty() || after.request.empty()) return;
  const bool has_request_finding =
      compare_head(Role::request, before.request, after.request, findings);
  compare_keys(before, after, findings);
  if (!has_request_finding && before.key == after.key) {
    note_respelled(Direction::client_to_server, before.request, after.request, findings);
  }
  if (before.response.empty()) return;
  if (after.response.empty()) {
    if (after.is_finished) add_answered_by_hop(before, findings);
    return;
  }
  const bool has_answer_finding =
      compare_head(Role::response, after.response, before.response, findings);
  if (!has_answer_finding && before.accept == after.accept) {
    note_respelled(Direction::server_to_client, after.response, before.response, findings);
  }
}

}  // namespace lastframe::diff
