#include "core/session/secrets.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/base/ascii.h"
#include "core/session/randomness.h"

namespace lastframe::session {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t kShortestJwtHeader = 16;  // {"alg":"none"} is 19 characters in base64url

bool is_base64url(char c) { return is_alphanumeric(c) || c == '-' || c == '_'; }
bool is_token_character(char c) { return is_base64url(c) || c == '+' || c == '~'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Where the characters that `is_part` accepts end, from `at` on.
template <typename Predicate>
std::size_t end_of(std::string_view text, std::size_t at, Predicate is_part) {
  while (at < text.size() && is_part(text[at])) ++at;
  return at;
}

bool starts_with_word(std::string_view text, std::string_view lower_case_word) {
  if (text.size() < lower_case_word.size()) return false;
  return std::ranges::equal(text.substr(0, lower_case_word.size()), lower_case_word, {},
                            [](char c) { return is_upper(c) ? static_cast<char>(c | 0x20) : c; });
}

// RFC 7519 section 3: base64url parts with dots between; the first is a JSON object, whose `{"` is
// always written "eyJ". A reason of 123 bytes seldom holds a whole one: the header alone is enough.
std::optional<Secret> jwt_at(std::string_view text, std::size_t begin) {
  constexpr int kMostParts = 5;  // an encrypted one (RFC 7516 section 3.1)
  if (!text.substr(begin).starts_with("eyJ")) return std::nullopt;
  std::size_t end = end_of(text, begin, is_base64url);
  if (end - begin < kShortestJwtHeader) return std::nullopt;
  for (int part = 2; part <= kMostParts && end < text.size() && text[end] == '.'; ++part) {
    const std::size_t part_end = end_of(text, end + 1, is_base64url);
    const bool is_empty = part_end == end + 1;
    const bool may_be_empty = part == 3 || (part_end < text.size() && text[part_end] == '.');
    if (is_empty && !may_be_empty) break;
    end = part_end;
  }
  return Secret{SecretKind::jwt, begin, end - begin};
}

// RFC 9562 section 4: 8-4-4-4-12 hexadecimal digits.
std::optional<Secret> uuid_at(std::string_view text, std::size_t begin) {
  constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  const std::string_view candidate = text.substr(begin, kShape.size());
  const bool fits = std::ranges::equal(
      candidate, kShape, [](char c, char shape) { return shape == 'x' ? is_hex(c) : c == shape; });
  const std::size_t end = begin + kShape.size();
  if (!fits || (end < text.size() && is_alphanumeric(text[end]))) return std::nullopt;
  return Secret{SecretKind::random, begin, kShape.size()};
}

// RFC 3986 section 3.2: an authority stands behind "//", which begins a reference or follows a
// scheme. A blank or a quotation mark ends it as well: the text around a URL goes on with them.
std::optional<Secret> userinfo_at(std::string_view text, std::size_t begin) {
  constexpr std::string_view kEnds = "/?#\"<>";
  const std::string_view before = text.substr(0, begin);
  if (before != "//" && !before.ends_with("://")) return std::nullopt;
  const auto is_part = [&](char c) {
    return static_cast<unsigned char>(c) > ' ' && !kEnds.contains(c);
  };
  const std::size_t end = end_of(text, begin, is_part);
  const std::size_t size = userinfo_size(text.substr(begin, end - begin));
  if (size == 0) return std::nullopt;
  return Secret{SecretKind::userinfo, begin, size};
}

// What people write behind "bearer" when they talk about tokens instead of showing one.
constexpr auto kProse = std::to_array<std::string_view>({"and",
                                                         "are",
                                                         "auth",
                                                         "authentication",
                                                         "authorization",
                                                         "but",
                                                         "can",
                                                         "cannot",
                                                         "credential",
                                                         "credentials",
                                                         "did",
                                                         "does",
                                                         "error",
                                                         "expected",
                                                         "expired",
                                                         "failed",
                                                         "for",
                                                         "from",
                                                         "had",
                                                         "has",
                                                         "header",
                                                         "in",
                                                         "invalid",
                                                         "is",
                                                         "malformed",
                                                         "may",
                                                         "missing",
                                                         "must",
                                                         "needed",
                                                         "no",
                                                         "not",
                                                         "of",
                                                         "on",
                                                         "or",
                                                         "please",
                                                         "realm",
                                                         "rejected",
                                                         "required",
                                                         "revoked",
                                                         "scheme",
                                                         "should",
                                                         "to",
                                                         "token",
                                                         "tokens",
                                                         "type",
                                                         "unauthorized",
                                                         "value",
                                                         "was",
                                                         "were",
                                                         "with"});

bool is_prose(std::string_view word) {
  while (!word.empty() && !is_alphanumeric(word.back())) word.remove_suffix(1);
  return std::ranges::any_of(kProse, [&](std::string_view prose) {
    return word.size() == prose.size() && starts_with_word(word, prose);
  });
}

// Spaces and other separators behind the word "bearer". Those that names have as well
// ("bearer-channel") prove little.
struct Separators {
  std::size_t end = 0;
  bool are_telling = false;
};

Separators separators_at(std::string_view text, std::size_t begin) {
  constexpr std::string_view kTelling = " \t:=,+";
  constexpr std::string_view kSeparators = " \t:=,+\"'._-/";
  constexpr std::size_t kLookedAt = 64;
  Separators found{begin, false};
  const std::size_t last = std::min(text.size(), begin + kLookedAt);
  while (found.end < last) {
    const bool is_space = text.substr(found.end).starts_with("%20");
    if (!is_space && !kSeparators.contains(text[found.end])) break;
    found.are_telling |= is_space || kTelling.contains(text[found.end]);
    found.end += is_space ? 3 : 1;
  }
  return found;
}

// Without a telling separator a value has eight characters and a digit among them. Only its
// beginning is looked at, which bounds the time.
bool looks_like_value(std::string_view text) {
  constexpr std::size_t kShortest = 8;
  constexpr std::size_t kLookedAt = 64;
  const std::string_view start = text.substr(0, kLookedAt);
  const std::string_view value = start.substr(0, end_of(start, 0, is_token_character));
  return value.size() >= kShortest && std::ranges::any_of(value, is_digit);
}

// The word "bearer" and a value: as in `Authorization: Bearer VALUE` (RFC 6750 section 2.1), and
// as in subprotocols that carry one ("bearer, VALUE"; Kubernetes'
// "base64url.bearer.authorization.k8s.io.VALUE"). Only the value is secret.
std::optional<Secret> bearer_at(std::string_view text, std::size_t begin) {
  constexpr std::string_view kBearer = "bearer";
  constexpr std::string_view kKubernetes = "bearer.authorization.k8s.io.";
  const std::string_view here = text.substr(begin);
  if (!starts_with_word(here, kBearer)) return std::nullopt;
  const bool is_kubernetes = starts_with_word(here, kKubernetes);
  const std::size_t word_end = begin + (is_kubernetes ? kKubernetes.size() : kBearer.size());
  Separators separators = separators_at(text, word_end);
  if (!is_kubernetes && separators.end == word_end) return std::nullopt;
  bool is_surely_value = is_kubernetes || separators.are_telling;
  if (starts_with_word(text.substr(separators.end), "token ") ||
      starts_with_word(text.substr(separators.end), "token:")) {
    separators = separators_at(text, separators.end + 5);
    is_surely_value = false;
  }
  const std::size_t at = separators.end;
  if (!is_surely_value && !looks_like_value(text.substr(at))) return std::nullopt;
  if (auto jwt = jwt_at(text, at)) return jwt;
  std::string_view value = text.substr(at, text.find_first_of(" \t\r\n\"',;()<>[]{}&", at) - at);
  while (value.ends_with('.')) value.remove_suffix(1);  // the sentence's
  if (value.empty() || is_prose(value)) return std::nullopt;
  return Secret{SecretKind::bearer, at, value.size()};
}

// A slash is a digit of base 64, too, so a short piece beside a random one belongs to it, unless
// it is a plain word as in a path.
bool may_belong(std::string_view piece) {
  return !piece.empty() &&
         std::ranges::any_of(piece, [](char c) { return is_upper(c) || is_digit(c); });
}

struct Piece {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool is_secret = false;
};

// The pieces between slashes of one run of token characters.
std::vector<Piece> pieces_of(std::string_view text, std::size_t begin, std::size_t end) {
  std::vector<Piece> pieces;
  while (true) {
    const std::size_t piece_end = end_of(text.substr(0, end), begin, is_token_character);
    pieces.push_back({begin, piece_end, looks_random(text.substr(begin, piece_end - begin))});
    if (piece_end == end) break;
    begin = piece_end + 1;
  }
  const auto spread = [&](Piece& piece, const Piece& neighbour) {
    const std::string_view own = text.substr(piece.begin, piece.end - piece.begin);
    if (neighbour.is_secret && may_belong(own)) piece.is_secret = true;
  };
  for (std::size_t i = 1; i < pieces.size(); ++i) spread(pieces[i], pieces[i - 1]);
  for (std::size_t i = pieces.size() - 1; i > 0; --i) spread(pieces[i - 1], pieces[i]);
  return pieces;
}

// Random strings in text[begin, end), appended to `found`.
void find_random(std::string_view text, std::size_t begin, std::size_t end,
                 std::vector<Secret>& found) {
  const auto is_run = [](char c) { return is_token_character(c) || c == '/'; };
  const std::string_view part = text.substr(0, end);
  for (std::size_t at = begin; at < end; ++at) {
    if (!is_run(part[at])) continue;
    const std::size_t run_end = end_of(part, at, is_run);
    std::size_t joined = npos;  // where the last secret of this run ended
    for (const Piece& piece : pieces_of(part, at, run_end)) {
      if (!piece.is_secret) continue;
      if (joined != npos && joined + 1 == piece.begin) {
        found.back().size = piece.end - found.back().begin;
      } else {
        found.push_back({SecretKind::random, piece.begin, piece.end - piece.begin});
      }
      joined = piece.end;
    }
    if (joined == run_end) {  // the padding of base 64
      const std::size_t padded =
          end_of(part.substr(0, run_end + 2), run_end, [](char c) { return c == '='; });
      found.back().size += padded - run_end;
    }
    at = run_end;
  }
}

}  // namespace

std::string_view to_text(SecretKind kind) {
  switch (kind) {
    case SecretKind::jwt:
      return "jwt";
    case SecretKind::bearer:
      return "bearer";
    case SecretKind::random:
      return "random";
    case SecretKind::userinfo:
      return "";
  }
  return "";
}

std::vector<Secret> find_secrets(std::string_view text) {
  std::vector<Secret> found;
  std::size_t unread = 0;  // everything before is in `found` or harmless
  std::size_t at = 0;
  while (at < text.size()) {
    const bool is_inside_word = at > 0 && is_alphanumeric(text[at - 1]);
    auto secret = userinfo_at(text, at);
    if (!is_inside_word && is_alphanumeric(text[at])) {
      if (!secret) secret = jwt_at(text, at);
      if (!secret) secret = uuid_at(text, at);
      if (!secret) secret = bearer_at(text, at);
    }
    if (!secret) {
      ++at;
      continue;
    }
    find_random(text, unread, secret->begin, found);
    at = unread = secret->begin + secret->size;
    found.push_back(*secret);
  }
  find_random(text, unread, text.size(), found);
  return found;
}

std::size_t userinfo_size(std::string_view authority) {
  const std::size_t at = authority.rfind('@');
  return at == npos ? 0 : at;
}

}  // namespace lastframe::session
