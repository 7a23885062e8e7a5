#include "core/ws/handshake_rules.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <tuple>
#include <utility>

#include "core/base/ascii.h"
#include "core/http/head_lines.h"
#include "core/http/head_text.h"
#include "core/ws/extensions.h"

namespace lastframe::ws {
namespace {

using http::Field;

constexpr std::size_t kKeySize = 16;     // RFC 6455 section 4.1: a "16-byte value"
constexpr std::size_t kDigestSize = 20;  // of SHA-1

// Collects the faults of one head.
class Findings {
 public:
  Findings(const http::Fields& fields, std::string_view text) : fields_(fields), text_(text) {}

  const http::Fields& fields() const { return fields_; }

  std::vector<const Field*> named(std::string_view name) const {
    std::vector<const Field*> found;
    for (const Field& field : fields_.all()) {
      if (http::equal_ignoring_case(field.name, name)) found.push_back(&field);
    }
    return found;
  }

  // Of the start line, or of a field that is missing.
  void add(Rule rule, std::string detail) { add_at(0, rule, std::move(detail)); }
  void add(Rule rule, const Field& field, std::string detail) {
    add_at(offset_of(field), rule, std::move(detail));
  }

  // The field of this name where there is exactly one; else null, and `rule` is broken.
  const Field* only_field(std::string_view name, Rule rule) {
    const auto found = named(name);
    if (found.empty()) {
      add(rule, "missing");
      return nullptr;
    }
    if (found.size() == 1) return found.front();
    add(rule, *found[1],
        (found.size() == 2 ? "two" : std::to_string(found.size())) + std::string(" fields"));
    return nullptr;
  }

  std::vector<HandshakeFault> in_order() && {
    for (auto& [offset, detail] : http::malformed_lines(text_))
      add_at(offset, Rule::header_malformed, std::move(detail));
    std::ranges::sort(faults_, {}, [](const HandshakeFault& fault) {
      return std::tie(fault.offset, fault.rule, fault.detail);
    });
    return std::move(faults_);
  }

 private:
  void add_at(std::size_t offset, Rule rule, std::string detail) {
    faults_.push_back({.rule = rule, .offset = offset, .detail = std::move(detail)});
  }

  // A name that does not lie in the text is that of a caller who gave no text.
  std::size_t offset_of(const Field& field) const {
    const char* at = field.name.data();
    const bool is_within =
        std::less_equal<>{}(text_.data(), at) && std::less<>{}(at, text_.data() + text_.size());
    return is_within ? static_cast<std::size_t>(at - text_.data()) : 0;
  }

  const http::Fields& fields_;
  std::string_view text_;
  std::vector<HandshakeFault> faults_;
};

// Of a value that is a word of the protocol, never of one that could be a secret.
std::string seen_word(std::string_view value) {
  if (value.empty()) return "is empty";
  const bool is_shown = value.size() < 32 && http::is_token(value);
  return is_shown ? "is " + std::string(value) : "is no short token";
}

// The parts between the commas, without white space around them; empty ones too.
std::vector<std::string_view> split_at_commas(std::string_view value) {
  std::vector<std::string_view> parts;
  std::size_t comma = 0;
  do {
    comma = value.find(',');
    parts.push_back(http::trimmed(value.substr(0, comma)));
    if (comma != std::string_view::npos) value.remove_prefix(comma + 1);
  } while (comma != std::string_view::npos);
  return parts;
}

std::optional<unsigned> sextet(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<unsigned>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<unsigned>(c - 'a') + 26;
  if (is_digit(c)) return static_cast<unsigned>(c - '0') + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return std::nullopt;
}

struct Base64 {
  std::size_t size;     // bytes that it decodes to
  bool has_spare_bits;  // behind the last byte; RFC 4648 section 3.5: they "MUST be set to zero"
};

// RFC 4648 section 4, with padding. No value: `text` is something else.
std::optional<Base64> read_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const std::string_view digits = text.substr(0, text.size() - padding);
  if (!std::ranges::all_of(digits, [](char c) { return sextet(c).has_value(); }))
    return std::nullopt;
  const unsigned spare = padding == 2 ? 0xFu : padding == 1 ? 0x3u : 0u;
  const unsigned last = digits.empty() ? 0u : *sextet(digits.back());
  return Base64{.size = text.size() / 4 * 3 - padding, .has_spare_bits = (last & spare) != 0};
}

// HS-01.
void judge_request_line(const http::RequestHead& request, Findings& findings) {
  std::string detail;
  if (request.method != "GET") detail = "the method " + seen_word(request.method);
  if (request.version < 11) {
    if (!detail.empty()) detail += "; ";
    detail +=
        "HTTP/" + std::to_string(request.version / 10) + "." + std::to_string(request.version % 10);
  }
  if (!detail.empty()) findings.add(Rule::request_not_get, std::move(detail));
}

// HS-04 and HS-12.
void judge_connection(Rule rule, Findings& findings) {
  if (findings.fields().has_token("Connection", "upgrade")) return;
  const auto found = findings.named("Connection");
  if (found.empty()) return findings.add(rule, "missing");
  findings.add(rule, *found.front(), "does not name upgrade");
}

// HS-03 and HS-25.
void judge_requested_upgrade(Findings& findings) {
  const auto found = findings.named("Upgrade");
  if (found.empty()) {
    findings.add(Rule::upgrade_not_websocket, "missing");
    if (findings.fields().first("Sec-WebSocket-Key")) findings.add(Rule::upgrade_stripped, "");
  } else if (!findings.fields().has_token("Upgrade", "websocket")) {
    findings.add(Rule::upgrade_not_websocket, *found.front(), seen_word(found.front()->value));
  }
}

// HS-05. The detail says what the key is, never the key.
void judge_key(Findings& findings) {
  const Field* field = findings.only_field("Sec-WebSocket-Key", Rule::key_invalid);
  if (field == nullptr) return;
  const std::string_view key = field->value;
  const auto decoded = read_base64(key);
  std::string detail;
  if (key.empty()) {
    detail = "is empty";
  } else if (!decoded) {
    detail = "is not base64 (" + std::to_string(key.size()) + " characters)";
  } else if (decoded->size != kKeySize) {
    detail = "decodes to " + std::to_string(decoded->size) + " bytes";
  } else if (decoded->has_spare_bits) {
    detail = "has bits behind its 16 bytes";
  } else {
    return;
  }
  findings.add(Rule::key_invalid, *field, std::move(detail));
}

// HS-07.
void judge_version(Findings& findings) {
  const Field* field = findings.only_field("Sec-WebSocket-Version", Rule::version_not_13);
  if (field == nullptr || field->value == "13") return;
  const std::string_view value = field->value;
  const bool is_shown = !value.empty() && value.size() <= 3 && std::ranges::all_of(value, is_digit);
  findings.add(Rule::version_not_13, *field,
               is_shown        ? "is " + std::string(value)
               : value.empty() ? "is empty"
                               : "is no short number");
}

// HS-08. RFC 6455 section 4.1: "The request MUST include a header field with the name |Origin| if
// the request is coming from a browser client."
void judge_origin(Findings& findings) {
  const std::string_view agent = findings.fields().first("User-Agent").value_or("");
  if (!agent.starts_with("Mozilla/5.0") || findings.fields().first("Origin")) return;
  // Chrome names Safari too, so that it comes first.
  constexpr std::array<std::string_view, 3> kBrowsers{"Firefox", "Chrome", "Safari"};
  for (const std::string_view browser : kBrowsers) {
    if (agent.find(std::string(browser) + "/") == std::string_view::npos) continue;
    return findings.add(Rule::origin_missing, "User-Agent names " + std::string(browser));
  }
}

struct Subprotocol {
  std::string_view text;
  std::size_t position;  // in the whole list, from 1
  const Field* field;
};

// For each element the position of the first one like it, where there is one before; else 0. Any
// order that brings like ones together serves, and by size is the quickest.
std::vector<std::size_t> repeated(std::vector<Subprotocol> elements) {
  std::ranges::sort(elements, [](const Subprotocol& a, const Subprotocol& b) {
    if (a.text.size() != b.text.size()) return a.text.size() < b.text.size();
    const int order = a.text.compare(b.text);
    return order != 0 ? order < 0 : a.position < b.position;
  });
  std::vector<std::size_t> firsts(elements.size());
  for (std::size_t i = 1, first = 0; i < elements.size(); ++i) {
    if (elements[i].text != elements[first].text) {
      first = i;
    } else {
      firsts[elements[i].position - 1] = elements[first].position;
    }
  }
  return firsts;
}

// HS-09. Subprotocols are told by their position: some clients put credentials there. An empty
// element is one that a sender "MUST NOT generate" (RFC 9110 section 5.6.1.1).
void judge_offered_subprotocols(Findings& findings) {
  std::vector<Subprotocol> elements;
  for (const Field* field : findings.named("Sec-WebSocket-Protocol")) {
    for (const std::string_view part : split_at_commas(field->value))
      elements.push_back({.text = part, .position = elements.size() + 1, .field = field});
  }
  const std::vector<std::size_t> firsts = repeated(elements);
  const Field* reported = nullptr;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const Subprotocol& element = elements[i];
    if (element.field == reported) continue;
    std::string detail;
    if (element.text.empty()) {
      detail = "is empty";
    } else if (!http::is_token(element.text)) {
      detail = "is no token";
    } else if (firsts[i] != 0) {
      detail = "repeats element " + std::to_string(firsts[i]);
    } else {
      continue;
    }
    detail = "element " + std::to_string(element.position) + " " + detail;
    findings.add(Rule::subprotocol_list_invalid, *element.field, std::move(detail));
    reported = element.field;
  }
}

// Adds what is not yet said of this field.
class FieldFindings {
 public:
  FieldFindings(Findings& findings, const Field& field) : findings_(findings), field_(field) {}

  void add(Rule rule, std::string detail) {
    if (said_.has(rule)) return;
    said_.add(rule);
    findings_.add(rule, field_, std::move(detail));
  }
  void add(std::vector<ExtensionFault> faults) {
    for (auto& [rule, detail] : faults) add(rule, std::move(detail));
  }

 private:
  Findings& findings_;
  const Field& field_;
  RuleSet said_;
};

// PD-02 and PD-03 of the offers.
void judge_offered_extensions(Findings& findings) {
  for (const Field* field : findings.named("Sec-WebSocket-Extensions")) {
    FieldFindings found(findings, *field);
    for (const Extension& extension : parse_extensions(field->value)) {
      if (is_deflate(extension)) found.add(parameter_faults(extension, Endpoint::client));
    }
  }
}

// HS-11. RFC 6455 section 4.1: "a value that is not an ASCII case-insensitive match for the value
// "websocket"" fails the connection, so a list does too.
void judge_answered_upgrade(Findings& findings) {
  const Field* field = findings.only_field("Upgrade", Rule::response_upgrade_wrong);
  if (field == nullptr || http::equal_ignoring_case(field->value, "websocket")) return;
  findings.add(Rule::response_upgrade_wrong, *field, seen_word(field->value));
}

// HS-13.
void judge_accept(const HandshakeOffer& offer, Findings& findings) {
  const Field* field = findings.only_field("Sec-WebSocket-Accept", Rule::accept_wrong);
  if (field == nullptr || field->value == accept_value(offer.key)) return;
  const auto decoded = read_base64(field->value);
  const bool is_digest = decoded && decoded->size == kDigestSize && !decoded->has_spare_bits;
  findings.add(Rule::accept_wrong, *field,
               field->value.empty() ? "is empty"
               : is_digest          ? "is that of another key"
                                    : "is not 20 bytes in base64");
}

// HS-14, PD-01 to PD-05 and EX-01. Sorted, for both lists may be as long as a head allows.
void judge_accepted_extensions(const HandshakeOffer& offer, Findings& findings) {
  const auto fields = findings.named("Sec-WebSocket-Extensions");
  if (fields.empty()) return;
  const std::string offered_text = offer.extensions.value_or("");
  const std::vector<Extension> offered = parse_extensions(offered_text);
  std::vector<std::string_view> names;
  for (const Extension& extension : offered) names.push_back(extension.name);
  std::ranges::sort(names, http::less_ignoring_case);
  const auto repeats = std::ranges::unique(names, http::equal_ignoring_case);
  names.erase(repeats.begin(), repeats.end());
  bool has_deflate = false;
  for (const Field* field : fields) {
    FieldFindings found(findings, *field);
    for (const Extension& extension : parse_extensions(field->value)) {
      if (!std::ranges::binary_search(names, extension.name, http::less_ignoring_case))
        found.add(Rule::extension_not_offered, shown_name(extension.name));
      if (!is_deflate(extension)) {
        found.add(Rule::extension_unknown, shown_name(extension.name));
        continue;
      }
      found.add(parameter_faults(extension, Endpoint::server));
      if (std::exchange(has_deflate, true)) {
        found.add(Rule::deflate_accepted_twice, "");
      } else {
        found.add(answer_faults(extension, offered));
      }
    }
  }
}

// HS-15. RFC 6455 section 4.2.2: "the empty string is not the same as the null value for these
// purposes and is not a legal value for this field".
void judge_chosen_subprotocol(const HandshakeOffer& offer, Findings& findings) {
  if (findings.named("Sec-WebSocket-Protocol").empty()) return;
  constexpr Rule kRule = Rule::subprotocol_not_offered;
  const Field* field = findings.only_field("Sec-WebSocket-Protocol", kRule);
  if (field == nullptr) return;
  const std::string_view chosen = field->value;
  if (chosen.empty()) return findings.add(kRule, *field, "is empty");
  if (chosen.find(',') != std::string_view::npos) return findings.add(kRule, *field, "is a list");
  if (!offer.subprotocols) return findings.add(kRule, *field, "none was offered");
  const auto offered = split_at_commas(*offer.subprotocols);
  if (std::ranges::find(offered, chosen) == offered.end())
    findings.add(kRule, *field, "was not offered");
}

// HS-16.
void judge_body_framing(Findings& findings) {
  constexpr std::array<std::string_view, 2> kNames{"Content-Length", "Transfer-Encoding"};
  for (const std::string_view name : kNames) {
    const auto found = findings.named(name);
    if (found.empty()) continue;
    findings.add(Rule::switch_with_body_framing, *found.front(),
                 std::string(name) + " " + seen_word(found.front()->value));
  }
}

// RFC 9113 sections 8.2.1 and 8.2.2: what has upper-case letters in its name, or is of a
// connection, makes the message malformed.
void judge_fields_of_http2(Findings& findings) {
  constexpr std::array<std::string_view, 5> kOfConnections{
      "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"};
  for (const Field& field : findings.fields().all()) {
    if (std::ranges::any_of(field.name, [](char c) { return c >= 'A' && c <= 'Z'; })) {
      findings.add(Rule::header_malformed, field,
                   "upper-case letters in a name (RFC 9113 section 8.2.1)");
    } else if (std::ranges::find(kOfConnections, field.name) != kOfConnections.end()) {
      findings.add(
          Rule::header_malformed, field,
          std::string(field.name) + ", which HTTP/2 has no place for (RFC 9113 section 8.2.2)");
    }
  }
}

}  // namespace

std::vector<HandshakeFault> request_faults(const http::RequestHead& request,
                                           std::string_view text) {
  Findings findings(request.fields, text);
  findings.only_field("Host", Rule::host_missing);
  if (http::is_http2(request.version)) {
    judge_fields_of_http2(findings);
  } else {
    judge_request_line(request, findings);
    judge_requested_upgrade(findings);
    judge_connection(Rule::connection_without_upgrade, findings);
    judge_key(findings);
  }
  judge_version(findings);
  judge_origin(findings);
  judge_offered_subprotocols(findings);
  judge_offered_extensions(findings);
  return std::move(findings).in_order();
}

std::vector<HandshakeFault> response_faults(const http::ResponseHead& response,
                                            std::string_view text, const HandshakeOffer& offer) {
  Findings findings(response.fields, text);
  if (offer.is_http2) {
    judge_fields_of_http2(findings);
  } else {
    judge_answered_upgrade(findings);
    judge_connection(Rule::response_connection_wrong, findings);
    judge_accept(offer, findings);
    judge_body_framing(findings);
  }
  judge_accepted_extensions(offer, findings);
  judge_chosen_subprotocol(offer, findings);
  return std::move(findings).in_order();
}

bool is_acceptable(const std::vector<HandshakeFault>& response_faults) {
  constexpr std::array kFatal{
      Rule::response_upgrade_wrong,
      Rule::response_connection_wrong,
      Rule::accept_wrong,
      Rule::extension_not_offered,
      Rule::subprotocol_not_offered,
      Rule::deflate_accepted_twice,
      Rule::deflate_parameter_invalid,
      Rule::deflate_window_bits_invalid,
      Rule::deflate_answer_exceeds_offer,
      Rule::deflate_answer_drops_demand,
  };
  return std::ranges::none_of(response_faults, [&](const HandshakeFault& fault) {
    return std::ranges::find(kFatal, fault.rule) != kFatal.end();
  });
}

}  // namespace lastframe::ws
