#include "core/session/tls_privacy.h"

#include <algorithm>

namespace lastframe::session {
namespace {

std::string redacted(std::string_view text) {
  if (text.empty()) return {};
  return "[redacted, " + std::to_string(text.size()) + " bytes]";
}

bool is_method(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

void redact(TlsLeg& leg, Endpoint peer) {
  leg.server_name = redact_tokens(leg.server_name);
  // The rest of the chain are authorities, which are public.
  if (peer != Endpoint::client || leg.chain.empty()) return;
  CertificateFacts& own = leg.chain.front();
  if (own.issuer == own.subject) own.issuer = redacted(own.issuer);
  own.subject = redacted(own.subject);
  own.names.clear();
}

std::string shown_first_bytes(std::string_view bytes, const PrivacyOptions& options) {
  const std::size_t method_end = std::min(bytes.find(' '), bytes.size());
  const std::string_view method = bytes.substr(0, method_end);
  const std::string_view rest = bytes.substr(std::min(method_end + 1, bytes.size()));
  if (!is_method(method) || rest.empty()) return redact_tokens(bytes);
  const std::size_t target_end = rest.find(' ');
  std::string_view target = rest.substr(0, target_end);
  const bool is_cut = target_end == std::string_view::npos;
  // A query's values are redacted whole, cut off or not.
  if (is_cut && target.find('?') == std::string_view::npos) {
    target = target.substr(0, target.rfind('/') + 1);
  }
  std::string shown = std::string(method) + " " + redact_target(target, options);
  if (is_cut) return shown;
  constexpr std::size_t kVersion = std::string_view(" HTTP/1.1").size();
  const std::string_view version = rest.substr(target_end, kVersion);
  return version.starts_with(" HTTP/") ? shown.append(version) : shown;
}

}  // namespace lastframe::session
