// Finds what looks like a credential in a client's text.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace lastframe::session {

enum class SecretKind { jwt, bearer, random };

std::string_view to_text(SecretKind kind);

// A stretch of the text: begin + size <= text.size(), size > 0.
struct Secret {
  SecretKind kind = SecretKind::random;
  std::size_t begin = 0;
  std::size_t size = 0;

  bool operator==(const Secret&) const = default;
};

// JSON Web Tokens (RFC 7519, compact form), what follows the word "bearer" (RFC 6750), UUIDs and
// strings of 20 or more characters that look random, in their order, without overlap. Takes time
// linear in the text's length, whatever the text is.
std::vector<Secret> find_secrets(std::string_view text);

}  // namespace lastframe::session
