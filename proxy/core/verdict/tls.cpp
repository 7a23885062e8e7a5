// TLS handshakes that failed: the order of the reasons, and what is said with each of them.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "core/base/words.h"
#include "core/verdict/reasons.h"
#include "core/verdict/sentences.h"
#include "core/verdict/tls_reasons.h"
#include "core/verdict/tls_sentences.h"

namespace lastframe::verdict {
namespace {

// From the most to the least telling; the first that holds wins. What we checked ourselves comes
// before what the other side says, and that before what a bare end lets one guess.
constexpr std::array<TlsReason, 16> kReasons{
    tls_inside_tls,      bytes_without_tls,          no_own_certificate,
    refused_certificate, refused_client_certificate, distrusted_authority,
    refused_by_client,   no_common_version,          no_common_protocol,
    unknown_server_name, no_common_cipher,           broken_tls,
    reset_in_handshake,  end_in_handshake,           silence_in_handshake,
    other_alert,
};

void say_once(std::string sentence, Finding& found) {
  if (std::ranges::find(found.evidence, sentence) == found.evidence.end()) {
    found.says(std::move(sentence));
  }
}

void say_hello(const TlsCase& tls, Finding& found) {
  if (!tls.has_hello()) return;
  std::string text = tls.leg.server_name.empty()
                         ? tls.hello_sender() + "'s hello had no server name"
                         : fmt::format("{}'s hello asked for {}", tls.hello_sender(),
                                       in_quotes(tls.leg.server_name));
  if (!tls.leg.offered_versions.empty()) {
    text += " and offered " + versions_text(tls.leg.offered_versions);
  }
  if (!tls.leg.offered_alpn.empty()) {
    text += fmt::format(" (ALPN: {})", list_text(tls.leg.offered_alpn));
  }
  found.says(text + ".");
}

// What helps with every cause: alerts, the hellos, where it happened.
void say_circumstances(const TlsCase& tls, Finding& found) {
  if (tls.failure.received) say_once(tls.alert_sentence(), found);
  // OpenSSL answers an end with decode_error, to nobody.
  if (tls.failure.sent && !tls.is_ended_or_reset()) {
    found.says(fmt::format("This proxy sent the alert {}.", alert_text(tls.failure.sent->number)));
  }
  if (!tls.failure.detail.empty()) {
    found.says(fmt::format("In the words of the TLS library or the system: {}.",
                           printable(tls.failure.detail, 200)));
  }
  say_hello(tls, found);
  if (tls.leg.version != 0) {
    const std::uint16_t version[] = {tls.leg.version};
    found.says(fmt::format("{}{} had been agreed on.", versions_text(version),
                           tls.leg.cipher.empty() ? "" : " with " + printable(tls.leg.cipher)));
  }
  found.says(fmt::format("It failed {} {}, {} after the client had been accepted.",
                         tls.is_passed_through()
                             ? "between client and server themselves, and was seen on the leg of"
                             : "on the leg of",
                         "the " + std::string(name(tls.peer)),
                         time_text(tls.facts.report.tls_failure->at - tls.facts.report.accepted)));
}

// Of a name that a shell takes as it stands: a client may ask for any.
bool is_plain_word(std::string_view word) {
  return !word.empty() && !word.starts_with('-') && std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
  });
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

// The row's commands with the addresses of this connection, ready to be pasted.
std::string filled_in_fix(const TlsCase& tls, const Finding& found) {
  const catalogue::CauseRow* const row = tls.facts.rows.cause(found.cause);
  if (row == nullptr) return {};
  std::string fix = row->fix;
  const auto address = tls.facts.report.texts[session::Text::server];
  const bool is_servers = tls.peer == Endpoint::server;
  if (is_servers && address && !address->starts_with("unix:") && is_plain_word(*address)) {
    replace_all(fix, "HOST:PORT", *address);
  }
  if (is_plain_word(tls.leg.server_name)) {
    replace_all(fix, "-servername NAME", "-servername " + tls.leg.server_name);
  }
  return fix;
}

}  // namespace

std::optional<Finding> failed_tls(const Case& facts) {
  const auto& seen = facts.report.tls_failure;
  if (!seen) return Finding(Cause::tls_failed, Confidence::unknown);
  const TlsCase tls(facts, *seen);
  Finding found(Cause::tls_failed, Confidence::unknown);
  for (const TlsReason reason : kReasons) {
    if (auto held = reason(tls)) {
      found = *std::move(held);
      break;
    }
  }
  say_circumstances(tls, found);
  if (!found.victim) found.harms(tls.peer);
  if (found.fix.empty()) found.fix = filled_in_fix(tls, found);
  return found;
}

}  // namespace lastframe::verdict
