#include "core/verdict/tls_sentences.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "core/base/words.h"
#include "core/tls/names.h"
#include "core/verdict/sentences.h"

namespace lastframe::verdict {
namespace {

using session::CertificateFacts;

constexpr std::size_t kLongestText = 256;
constexpr std::size_t kMostNames = 8;
constexpr std::size_t kMostCiphers = 6;

std::string quoted(std::string_view text) {
  return fmt::format("\"{}\"", printable(text, kLongestText));
}

// "a, b and 3 more".
std::string first_of(std::span<const std::string> words, std::size_t count, std::size_t most) {
  std::string text;
  for (const std::string& word : words.first(std::min(most, words.size()))) {
    text += (text.empty() ? "" : ", ") + word;
  }
  const std::size_t shown = std::min(most, words.size());
  return count > shown ? fmt::format("{} and {} more", text, count - shown) : text;
}

std::string distance_text(std::int64_t from, std::int64_t to) {
  return time_text(static_cast<double>(to) - static_cast<double>(from));
}

bool is_covered(std::string_view name, std::string_view pattern) {
  if (name == pattern) return true;
  if (!pattern.starts_with("*.")) return false;
  const std::size_t dot = name.find('.');
  return dot != std::string_view::npos && dot > 0 && name.substr(dot) == pattern.substr(1);
}

}  // namespace

std::string date_text(std::int64_t seconds) {
  constexpr std::int64_t kYear1 = -62'135'596'800;
  constexpr std::int64_t kYear10000 = 253'402'300'800;
  if (seconds < kYear1 || seconds >= kYear10000) return "a date that no calendar has";
  const std::chrono::sys_seconds at{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(at - day);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} UTC", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count());
}

std::string certificate_text(const CertificateFacts& certificate) {
  std::string text = fmt::format(
      "It is for {} and was issued by {}, valid from {} to {}", quoted(certificate.subject),
      certificate.is_self_issued ? "itself" : quoted(certificate.issuer),
      date_text(certificate.not_before), date_text(certificate.not_after));
  if (!certificate.key.empty()) text += "; key: " + printable(certificate.key);
  if (!certificate.signature.empty()) text += ", signature: " + printable(certificate.signature);
  return text + ".";
}

std::string validity_text(const CertificateFacts& certificate, std::int64_t now) {
  if (certificate.not_before > now) {
    return fmt::format("It becomes valid in {}, on {}; here it is {}.",
                       distance_text(now, certificate.not_before),
                       date_text(certificate.not_before), date_text(now));
  }
  if (certificate.not_after < now) {
    return fmt::format("It expired {} ago, on {}; here it is {}.",
                       distance_text(certificate.not_after, now), date_text(certificate.not_after),
                       date_text(now));
  }
  return fmt::format("By the clock here it is valid for another {}, until {}.",
                     distance_text(now, certificate.not_after), date_text(certificate.not_after));
}

std::string names_text(const CertificateFacts& certificate) {
  if (certificate.names.empty()) {
    return "It has no name in subjectAltName, and its common name does not count.";
  }
  std::vector<std::string> names;
  for (const std::string& name : certificate.names) names.push_back(printable(name, kLongestText));
  return fmt::format("It is good for {}.",
                     first_of(names, std::max(certificate.name_count, names.size()), kMostNames));
}

std::string chain_text(std::span<const CertificateFacts> chain, std::size_t length) {
  length = std::max(length, chain.size());
  std::string text =
      fmt::format("{} shown", length == 1 ? std::string("1 certificate was")
                                          : fmt::format("{} certificates were", length));
  const char* between = ": ";
  for (const CertificateFacts& certificate : chain) {
    text += fmt::format("{}{}, issued by {}", between, quoted(certificate.subject),
                        certificate.is_self_issued ? "itself" : quoted(certificate.issuer));
    between = "; ";
  }
  return text + ".";
}

std::string versions_text(std::span<const std::uint16_t> versions) {
  std::vector<std::string> words;
  for (const std::uint16_t version : versions) words.push_back(tls::version_name(version));
  return first_of(words, words.size(), kMostNames);
}

std::string ciphers_text(std::span<const std::uint16_t> ciphers) {
  std::vector<std::string> words;
  for (const std::uint16_t cipher : ciphers) words.push_back(tls::cipher_name(cipher));
  return first_of(words, words.size(), kMostCiphers);
}

std::string list_text(std::span<const std::string> words) {
  std::vector<std::string> shown;
  for (const std::string& word : words) shown.push_back(quoted(word));
  return first_of(shown, shown.size(), kMostNames);
}

std::string alert_text(std::uint8_t number) {
  const std::string_view name = tls::alert_name(number);
  if (name.empty()) return fmt::format("the unnamed number {}", number);
  return fmt::format("{} ({})", name, number);
}

bool is_good_for(const CertificateFacts& certificate, std::string_view name) {
  std::string wanted = in_lower_case(name);
  if (wanted.ends_with('.')) wanted.pop_back();
  return std::ranges::any_of(certificate.names, [&](const std::string& pattern) {
    return is_covered(wanted, in_lower_case(pattern));
  });
}

}  // namespace lastframe::verdict
