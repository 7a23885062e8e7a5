// The words of a scenario behind `client tls` and `server tls`: a handshake's facts.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/session/tls_facts.h"

namespace lastframe::test {

struct TlsStep {
  Endpoint peer;
  session::TlsLeg leg;
  std::optional<session::TlsFailure> failure;  // none: it was established
  bool is_of_shown = false;                    // the words of certificates are of what we showed

  std::vector<session::CertificateFacts>& certificates() {
    return is_of_shown ? leg.shown : leg.chain;
  }
};

// Blanks stand between words, but not between quotes: `subject="CN=a, O=b"` is one, without them.
inline std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  bool is_quoted = false;
  bool is_in_word = false;
  for (const char c : text) {
    if (c == ' ' && !is_quoted) {
      is_in_word = false;
      continue;
    }
    if (!is_in_word) words.emplace_back();
    is_in_word = true;
    c == '"' ? void(is_quoted = !is_quoted) : words.back().push_back(c);
  }
  return words;
}

inline std::vector<std::string> list_of(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    items.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return items;
}

// The enumerator of this name, of those up to `last`.
template <typename Enum>
std::optional<Enum> enumerator(std::string_view word, Enum last) {
  for (unsigned i = 0; i <= static_cast<unsigned>(last); ++i) {
    if (name(static_cast<Enum>(i)) == word) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

// "TLS1.2"; 0: none.
inline std::uint16_t tls_version(std::string_view word) {
  const bool is_known =
      word.size() == 6 && word.starts_with("TLS1.") && word[5] >= '0' && word[5] <= '3';
  return is_known ? static_cast<std::uint16_t>(0x0301 + word[5] - '0') : std::uint16_t{0};
}

// "-3d" or "+3d" from the accept, which is at 0 in a scenario; or unix seconds.
inline std::int64_t tls_date(const std::string& word) {
  const std::int64_t number = std::strtoll(word.c_str(), nullptr, 10);
  return word.ends_with('d') ? number * 86'400 : number;
}

inline std::uint16_t hex_of(const std::string& word) {
  return static_cast<std::uint16_t>(std::strtoul(word.c_str(), nullptr, 16));
}

inline bool take_of_certificate(std::string_view key, const std::string& value,
                                session::CertificateFacts& certificate) {
  if (key == "subject") return (certificate.subject = value, true);
  if (key == "issuer") return (certificate.issuer = value, true);
  if (key == "not_before") return (certificate.not_before = tls_date(value), true);
  if (key == "not_after") return (certificate.not_after = tls_date(value), true);
  if (key == "key") return (certificate.key = value, true);
  if (key == "signature") return (certificate.signature = value, true);
  if (key != "names") return false;
  certificate.names = list_of(value);
  certificate.name_count = certificate.names.size();
  return true;
}

inline bool take_of_leg(std::string_view key, const std::string& value, session::TlsLeg& leg) {
  using session::TlsHandling;
  if (key == "server_name") return (leg.server_name = value, true);
  if (key == "cipher") return (leg.cipher = value, true);
  if (key == "alpn") return (leg.alpn = value, true);
  if (key == "expected_name") return (leg.expected_name = value, true);
  if (key == "certificate_text") return (leg.certificate_fault_text = value, true);
  if (key == "offered_alpn") return (leg.offered_alpn = list_of(value), true);
  if (key == "offered_versions") {
    for (const std::string& version : list_of(value)) {
      leg.offered_versions.push_back(tls_version(version));
    }
    return true;
  }
  if (key == "offered_ciphers") {
    for (const std::string& cipher : list_of(value)) leg.offered_ciphers.push_back(hex_of(cipher));
    return true;
  }
  if (key != "handling") return false;
  const auto handling = enumerator(value, TlsHandling::decrypted);
  return handling && (leg.handling = *handling, true);
}

inline bool take_of_failure(std::string_view key, const std::string& value,
                            session::TlsFailure& failure) {
  const auto number = std::strtoull(value.c_str(), nullptr, 10);
  const session::TlsAlert alert{.number = static_cast<std::uint8_t>(number), .is_fatal = true};
  if (key == "alert_received") return (failure.received = alert, true);
  if (key == "alert_sent") return (failure.sent = alert, true);
  if (key == "detail") return (failure.detail = value, true);
  if (key == "first_bytes") return (failure.first_bytes = value, true);
  return key == "bytes" && (failure.bytes_from_peer = number, true);
}

// A word without a value.
inline bool take_tls_flag(std::string_view word, TlsStep& step) {
  if (const std::uint16_t version = tls_version(word)) return (step.leg.version = version, true);
  if (const auto fault = enumerator(word, session::CertificateFault::other)) {
    return (step.leg.certificate_fault = *fault, true);
  }
  if (word == "verified") return step.leg.is_verified = true;
  if (word == "after_handshake" && step.failure) return step.failure->is_after_handshake = true;
  if (word == "certificate") {
    step.is_of_shown = false;
    return (step.leg.chain.emplace_back(), ++step.leg.chain_length, true);
  }
  if (word == "showing") return (step.leg.shown.emplace_back(), step.is_of_shown = true);
  if (step.certificates().empty()) return false;
  session::CertificateFacts& certificate = step.certificates().back();
  if (word == "self_issued") return certificate.is_self_issued = true;
  return word == "issuer_url" && (certificate.names_issuer_url = true);
}

inline bool take_tls_word(const std::string& word, TlsStep& step) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos) return take_tls_flag(word, step);
  const std::string_view key = std::string_view(word).substr(0, equals);
  const std::string value = word.substr(equals + 1);
  if (take_of_leg(key, value, step.leg)) return true;
  if (step.failure && take_of_failure(key, value, *step.failure)) return true;
  return !step.certificates().empty() &&
         take_of_certificate(key, value, step.certificates().back());
}

// `established TLS1.3 alpn=http/1.1`, `failed alert_received alert_received=48`.
inline std::optional<TlsStep> tls_step(Endpoint peer, std::string_view what) {
  const std::vector<std::string> words = words_of(what);
  if (words.empty()) return std::nullopt;
  TlsStep step{.peer = peer, .leg = {}, .failure = std::nullopt, .is_of_shown = false};
  if (peer == Endpoint::server) step.leg.handling = session::TlsHandling::originated;
  std::size_t next = 1;
  if (words[0] == "failed") {
    const auto fault =
        words.size() < 2 ? std::nullopt : enumerator(words[next++], session::TlsFault::other);
    if (!fault) return std::nullopt;
    step.failure.emplace().fault = *fault;
    step.failure->bytes_from_peer = 100;
  } else if (words[0] != "established") {
    return std::nullopt;
  }
  for (; next < words.size(); ++next) {
    if (!take_tls_word(words[next], step)) return std::nullopt;
  }
  return step;
}

}  // namespace lastframe::test
