// Finds what looks like a credential in a client's text.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace lastframe::session {

enum class SecretKind { jwt, bearer, random, userinfo };

// Empty for userinfo, which is known by where it stands, as a query's value is.
std::string_view to_text(SecretKind kind);

// A stretch of the text: begin + size <= text.size(), size > 0.
struct Secret {
  SecretKind kind = SecretKind::random;
  std::size_t begin = 0;
  std::size_t size = 0;

  bool operator==(const Secret&) const = default;
};

// JSON Web Tokens (RFC 7519, compact form), what follows the word "bearer" (RFC 6750), users of
// URLs (RFC 3986 section 3.2.1), UUIDs and strings of 20 or more characters that look random, in
// their order, without overlap. Takes time linear in the text's length, whatever the text is.
std::vector<Secret> find_secrets(std::string_view text);

// How many bytes of `authority`, as a Host or what stands behind the "//" of a URL, name its user:
// those before the last "@". 0 where nobody is named.
std::size_t userinfo_size(std::string_view authority);

}  // namespace lastframe::session
