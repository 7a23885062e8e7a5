// Heads of HTTP without what is secret in them, at the same length, so that every offset stays.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/session/privacy.h"

namespace lastframe::capture {

struct RedactionOptions {
  // Names of fields whose values are hidden besides those that always are; case does not count.
  std::vector<std::string> headers;
  std::vector<std::string> query_allow{"EIO", "transport", "v"};  // as PrivacyOptions::query_allow
  // Names of JSON members whose values are hidden in text messages (json_mask.h). While there are
  // any, data that cannot be looked into, binary or compressed, is not kept.
  std::vector<std::string> members{};
  bool keeps_bodies = false;  // what is no head

  bool operator==(const RedactionOptions&) const = default;
};

// Whether a field's value is hidden whatever it is: credentials by name (Authorization, Cookie, any
// name with "token", "secret", "auth", "session", "password", "api-key" in it), and the options'.
bool is_hidden_field(std::string_view name, const RedactionOptions& options);

// `bytes`: what one side sent before its frames. Hidden values, query values that are not on the
// allow list, and whatever looks like a credential become "x" for each byte; so does what is no
// head, unless it is kept.
void redact_http(std::string& bytes, const RedactionOptions& options);

}  // namespace lastframe::capture
