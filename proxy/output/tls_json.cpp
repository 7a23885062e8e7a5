#include "output/tls_json.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/tls/names.h"
#include "output/tls_words.h"

namespace lastframe::output {
namespace {

using session::SessionReport;

// What is empty is not known.
void append_known(JsonWriter& json, std::string_view key, std::string_view text) {
  json.key(key);
  text.empty() ? json.null() : json.value(text);
}

void append_list(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  json.key(key).begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

template <typename Name>
void append_numbers(JsonWriter& json, std::string_view key,
                    const std::vector<std::uint16_t>& numbers, Name name_of) {
  json.key(key).begin_array();
  for (const std::uint16_t number : numbers) json.value(name_of(number));
  json.end_array();
}

void append_certificate(JsonWriter& json, const session::TlsLeg& leg) {
  json.key("certificate");
  if (leg.chain.empty()) {
    json.null();
    return;
  }
  const session::CertificateFacts& own = leg.chain.front();
  json.begin_object()
      .field("subject", own.subject)
      .field("issuer", own.issuer)
      .field("not_before", certificate_time(own.not_before))
      .field("not_after", certificate_time(own.not_after));
  append_list(json, "names", own.names);
  json.field("name_count", own.name_count);
  append_known(json, "key", own.key);
  append_known(json, "signature", own.signature);
  json.end_object();
}

void append_alert(JsonWriter& json, std::string_view key,
                  const std::optional<session::TlsAlert>& alert) {
  json.key(key);
  if (!alert) {
    json.null();
    return;
  }
  const std::string_view name = tls::alert_name(alert->number);
  name.empty() ? json.value(alert->number) : json.value(name);
}

void append_leg(JsonWriter& json, const session::TlsLeg& leg, bool with_ciphers) {
  json.begin_object().field("handling", name(leg.handling));
  append_known(json, "server_name", leg.server_name);
  append_known(json, "version", leg.version == 0 ? "" : tls::version_name(leg.version));
  append_known(json, "cipher", leg.cipher);
  append_known(json, "alpn", leg.alpn);
  append_list(json, "offered_alpn", leg.offered_alpn);
  append_numbers(json, "offered_versions", leg.offered_versions, tls::version_name);
  if (with_ciphers) {
    append_numbers(json, "offered_ciphers", leg.offered_ciphers, tls::cipher_name);
  }
  append_certificate(json, leg);
  json.field("chain_length", leg.chain_length).field("verified", leg.is_verified);
  const bool is_faulty = leg.certificate_fault != session::CertificateFault::none;
  append_known(json, "certificate_fault", is_faulty ? name(leg.certificate_fault) : "");
  append_known(json, "certificate_fault_text", leg.certificate_fault_text);
  append_known(json, "expected_name", leg.expected_name);
  if (leg.handling == session::TlsHandling::passed_through) {
    append_alert(json, "alert", leg.alert);
    json.field("last_record", name(leg.last_record)).field("cut", leg.is_cut);
  }
  json.end_object();
}

void append_failure(JsonWriter& json, const SessionReport& report) {
  json.key("failure");
  if (!report.tls_failure) {
    json.null();
    return;
  }
  const session::TlsFailure& facts = report.tls_failure->facts;
  json.begin_object()
      .field("leg", name(report.tls_failure->peer))
      .field("fault", name(facts.fault));
  append_alert(json, "alert_received", facts.received);
  append_alert(json, "alert_sent", facts.sent);
  append_known(json, "detail", facts.detail);
  append_known(json, "first_bytes", facts.first_bytes);
  json.field("after_handshake", facts.is_after_handshake)
      .key("at_s")
      .seconds(seconds_between(report.accepted, report.tls_failure->at))
      .end_object();
}

}  // namespace

void append_tls(JsonWriter& json, const SessionReport& report) {
  const auto& [client, server] = report.tls;
  json.key("tls");
  if (!client && !server && !report.tls_failure) {
    json.null();
    return;
  }
  json.begin_object();
  const bool is_failed = report.kind == session::RecordKind::tls_failed;
  for (const Endpoint endpoint : kEndpoints) {
    const auto& leg = report.tls[index(endpoint)];
    json.key(name(endpoint));
    leg ? append_leg(json, *leg, is_failed) : void(json.null());
  }
  append_failure(json, report);
  json.end_object();
}

}  // namespace lastframe::output
