#include "core/ws/extensions.h"

#include <algorithm>
#include <bitset>
#include <utility>

#include "core/base/ascii.h"
#include "core/http/head.h"

namespace lastframe::ws {
namespace {

// Longer names are not worth a line in a report.
constexpr std::size_t kLongestShown = 31;

// The parameters of RFC 7692 section 7.1; all of them may stand in an offer and in an answer.
enum class Term : unsigned char {
  server_no_context_takeover,
  client_no_context_takeover,
  server_max_window_bits,
  client_max_window_bits,
};
constexpr std::array<std::string_view, 4> kTerms{
    "server_no_context_takeover",
    "client_no_context_takeover",
    "server_max_window_bits",
    "client_max_window_bits",
};

constexpr std::size_t index(Term term) { return static_cast<std::size_t>(term); }

constexpr bool is_flag(Term term) {
  return term == Term::server_no_context_takeover || term == Term::client_no_context_takeover;
}

std::optional<Term> term_of(std::string_view name) {
  for (std::size_t i = 0; i < kTerms.size(); ++i) {
    if (http::equal_ignoring_case(name, kTerms[i])) return static_cast<Term>(i);
  }
  return std::nullopt;
}

// Where `wanted` stands outside of quoted strings; npos: nowhere.
std::size_t find_unquoted(std::string_view text, char wanted) {
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      is_quoted = !is_quoted;
    } else if (!is_quoted && text[i] == wanted) {
      return i;
    }
  }
  return std::string_view::npos;
}

ExtensionParameter parse_parameter(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {.name = http::trimmed(text)};
  std::string_view value = http::trimmed(text.substr(equals + 1));
  const bool is_quoted = value.size() >= 2 && value.starts_with('"') && value.ends_with('"');
  if (is_quoted) value = value.substr(1, value.size() - 2);
  return {.name = http::trimmed(text.substr(0, equals)), .value = value, .is_quoted = is_quoted};
}

// RFC 6455 section 9.1: "the value after quoted-string unescaping MUST conform to the 'token'
// ABNF".
std::string unescaped(const ExtensionParameter& parameter) {
  const std::string_view value = parameter.value.value_or("");
  if (!parameter.is_quoted) return std::string(value);
  std::string text;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && i + 1 < value.size()) ++i;
    text += value[i];
  }
  return text;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

// RFC 7692 section 7.1.2: "a decimal integer value without leading zeroes between 8 to 15".
std::optional<std::uint8_t> window_bits(std::string_view text) {
  if (!is_number(text) || text.size() > 2 || text.front() == '0') return std::nullopt;
  int bits = 0;
  for (const char digit : text) bits = bits * 10 + (digit - '0');
  if (bits < 8 || bits > 15) return std::nullopt;
  return static_cast<std::uint8_t>(bits);
}

// What a permessage-deflate says, read tolerantly: the first parameter of each name.
struct Terms {
  std::array<bool, kTerms.size()> given{};
  std::array<std::optional<std::uint8_t>, kTerms.size()> values{};  // valid window bits

  bool has(Term term) const { return given[index(term)]; }
  std::optional<std::uint8_t> bits(Term term) const { return values[index(term)]; }
};

Terms terms_of(const Extension& deflate) {
  Terms terms;
  for (const ExtensionParameter& parameter : deflate.parameters) {
    const auto term = term_of(parameter.name);
    if (!term || std::exchange(terms.given[index(*term)], true)) continue;
    if (!is_flag(*term)) terms.values[index(*term)] = window_bits(unescaped(parameter));
  }
  return terms;
}

// What stands where window bits should; a number is shown while it is short.
std::string seen_bits(std::string_view text) {
  if (text.empty()) return "empty";
  if (is_number(text) && text.size() <= 3) return std::string(text);
  return is_number(text) ? "a number of " + std::to_string(text.size()) + " digits" : "no number";
}

// How an answer can fail to fit an offer.
enum Misfit : std::size_t {
  client_window_not_offered,
  server_window_larger,
  takeover_allowed,
  server_window_dropped,
  kMisfits,
};

// RFC 7692 section 7.1.1.1 and 7.1.2.1: a server accepts such an offer by including the parameter,
// the window "with the same or smaller value as the offer". A window of 15 is what holds without
// the parameter as well, so that nothing is lost with it. Section 7.1.2.2: without
// client_max_window_bits in the offer the answer "MUST NOT include" it; a value there is a hint,
// which the server "may either ignore" or use, so that a larger one in the answer breaks nothing.
// Whatever else the server adds needs no offer.
std::bitset<kMisfits> misfits(const Terms& answer, const Terms& offer) {
  const auto offered_bits = offer.bits(Term::server_max_window_bits);
  const auto answered_bits = answer.bits(Term::server_max_window_bits);
  std::bitset<kMisfits> found;
  found[client_window_not_offered] =
      answer.has(Term::client_max_window_bits) && !offer.has(Term::client_max_window_bits);
  found[server_window_larger] = offered_bits && answered_bits && *answered_bits > *offered_bits;
  found[takeover_allowed] =
      offer.has(Term::server_no_context_takeover) && !answer.has(Term::server_no_context_takeover);
  found[server_window_dropped] =
      offered_bits && *offered_bits < 15 && !answer.has(Term::server_max_window_bits);
  return found;
}

std::string joined(std::string text, std::string_view more) {
  if (!text.empty()) text += "; ";
  return text.append(more);
}

}  // namespace

std::vector<Extension> parse_extensions(std::string_view value) {
  std::vector<Extension> extensions;
  for (std::string_view element : http::list_elements(value)) {
    std::size_t end = find_unquoted(element, ';');
    Extension& extension = extensions.emplace_back();
    extension.name = http::trimmed(element.substr(0, end));
    while (end != std::string_view::npos) {
      element.remove_prefix(end + 1);
      end = find_unquoted(element, ';');
      extension.parameters.push_back(parse_parameter(element.substr(0, end)));
    }
  }
  return extensions;
}

bool is_deflate(const Extension& extension) {
  return http::equal_ignoring_case(extension.name, "permessage-deflate");
}

std::string shown_name(std::string_view name) {
  if (name.empty()) return "an empty name";
  if (name.size() > kLongestShown) return "a name of " + std::to_string(name.size()) + " bytes";
  return http::is_token(name) ? std::string(name) : "a name that is no token";
}

NegotiatedExtensions negotiated(std::string_view accepted) {
  NegotiatedExtensions result;
  for (const Extension& extension : parse_extensions(accepted)) {
    if (!is_deflate(extension)) {
      result.has_unknown = true;
    } else if (!std::exchange(result.has_deflate, true)) {
      const Terms terms = terms_of(extension);
      result.deflate[lastframe::index(Endpoint::client)] = {
          .window_bits = terms.bits(Term::client_max_window_bits).value_or(15),
          .takes_over = !terms.has(Term::client_no_context_takeover)};
      result.deflate[lastframe::index(Endpoint::server)] = {
          .window_bits = terms.bits(Term::server_max_window_bits).value_or(15),
          .takes_over = !terms.has(Term::server_no_context_takeover)};
    }
  }
  return result;
}

// RFC 7692 section 7.1: an unknown parameter, an invalid value or a repeated name makes a server
// decline an offer and a client fail the connection.
std::vector<ExtensionFault> parameter_faults(const Extension& deflate, Endpoint speaker) {
  std::optional<std::string> invalid;
  std::optional<std::string> wrong_bits;
  std::bitset<kTerms.size()> seen;
  for (const ExtensionParameter& parameter : deflate.parameters) {
    const auto term = term_of(parameter.name);
    if (!term) {
      if (!invalid) invalid = "unknown parameter: " + shown_name(parameter.name);
      continue;
    }
    const std::string name(kTerms[index(*term)]);
    if (seen[index(*term)] && !invalid) invalid = name + " is repeated";
    seen.set(index(*term));
    if (is_flag(*term)) {
      if (parameter.value && !invalid) invalid = name + " has a value";
      continue;
    }
    if (wrong_bits) continue;
    if (!parameter.value) {
      const bool may_be_bare = *term == Term::client_max_window_bits && speaker == Endpoint::client;
      if (!may_be_bare) wrong_bits = name + " has no value";
      continue;
    }
    const std::string value = unescaped(parameter);
    if (!window_bits(value)) wrong_bits = name + " is " + seen_bits(value);
  }
  std::vector<ExtensionFault> faults;
  if (invalid) faults.push_back({Rule::deflate_parameter_invalid, *std::move(invalid)});
  if (wrong_bits) faults.push_back({Rule::deflate_window_bits_invalid, *std::move(wrong_bits)});
  return faults;
}

std::vector<ExtensionFault> answer_faults(const Extension& deflate,
                                          const std::vector<Extension>& offered) {
  const Terms answer = terms_of(deflate);
  std::optional<Terms> best;
  bool is_best_valid = false;
  std::size_t fewest = 0;
  for (const Extension& offer : offered) {
    if (!is_deflate(offer)) continue;
    const Terms terms = terms_of(offer);
    const bool is_valid = parameter_faults(offer, Endpoint::client).empty();
    const std::size_t count = misfits(answer, terms).count();
    if (best && (is_best_valid > is_valid || (is_best_valid == is_valid && count >= fewest)))
      continue;
    best = terms;
    is_best_valid = is_valid;
    fewest = count;
  }
  if (!best || fewest == 0) return {};

  const auto found = misfits(answer, *best);
  std::string exceeds;
  if (found[client_window_not_offered]) exceeds = "client_max_window_bits was not offered";
  if (found[server_window_larger]) {
    exceeds = joined(std::move(exceeds),
                     "server_max_window_bits is " +
                         std::to_string(*answer.bits(Term::server_max_window_bits)) + ", offered " +
                         std::to_string(*best->bits(Term::server_max_window_bits)));
  }
  std::string drops;
  if (found[takeover_allowed]) drops = "server_no_context_takeover is left out";
  if (found[server_window_dropped]) {
    drops = joined(std::move(drops), "server_max_window_bits is left out, offered " +
                                         std::to_string(*best->bits(Term::server_max_window_bits)));
  }
  std::vector<ExtensionFault> faults;
  if (!exceeds.empty()) faults.push_back({Rule::deflate_answer_exceeds_offer, std::move(exceeds)});
  if (!drops.empty()) faults.push_back({Rule::deflate_answer_drops_demand, std::move(drops)});
  return faults;
}

}  // namespace lastframe::ws
