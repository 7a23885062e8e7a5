// One TLS handshake that failed, as the reasons ask for it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/session/tls_facts.h"
#include "core/verdict/case.h"
#include "core/verdict/finding.h"

namespace lastframe::verdict {

struct TlsCase {
  // Both outlive the case.
  TlsCase(const Case& facts, const session::TlsFailureSeen& seen);

  const Case& facts;
  const session::TlsFailure& failure;
  const session::TlsLeg& leg;  // on which it failed
  Endpoint peer;               // on that leg
  std::int64_t now;            // when it failed: seconds since 1970

  // Between client and server themselves: we showed nothing.
  bool is_passed_through() const {
    return leg.handling == session::TlsHandling::passed_through ||
           leg.handling == session::TlsHandling::decrypted;
  }
  // Whether the peer sent one of these alerts.
  bool has_received(std::initializer_list<std::uint8_t> alerts) const;
  // It speaks of the certificate that its sender was shown.
  bool has_certificate_alert() const { return has_received({41, 42, 43, 44, 45, 46, 48, 113}); }
  // close_notify or user_canceled: an end, said politely.
  bool has_farewell() const { return has_received({0, 90}); }
  // FIN, or a farewell; not a reset.
  bool is_ended() const;
  bool is_ended_or_reset() const;

  bool has_hello() const;   // the ClientHello was read
  bool has_answer() const;  // and answered, with the server's certificate in it
  // What the peer was shown, as far as it is known.
  std::span<const session::CertificateFacts> shown_to_peer() const;

  std::string hello_sender() const;  // "The client", "This proxy"
  // Who has to act where that one offers too little, or who answered it.
  Party hello_party() const;
  Party answer_party() const;

  std::string alert_sentence() const;  // "The client sent the alert ...". There is one
};

}  // namespace lastframe::verdict
