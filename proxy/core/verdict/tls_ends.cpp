// Handshakes that met bytes without TLS, broken TLS, or an end; and what is left over.
#include <fmt/core.h>

#include <string>

#include "core/base/words.h"
#include "core/tls/names.h"
#include "core/verdict/sentences.h"
#include "core/verdict/tls_reasons.h"
#include "core/verdict/tls_sentences.h"

namespace lastframe::verdict {
namespace {

using session::TlsFault;

// A request's query may hold a token.
std::string shown_first_bytes(const TlsCase& tls) {
  const std::string& bytes = tls.failure.first_bytes;
  const std::size_t query = bytes.find('?');
  return query == std::string::npos ? in_quotes(bytes) : in_quotes(bytes.substr(0, query)) + "...";
}

void say_first_bytes(const TlsCase& tls, Finding& found) {
  if (tls.failure.first_bytes.empty()) return;
  found.says(
      fmt::format("The first bytes of the {} are {}.", name(tls.peer), shown_first_bytes(tls)));
}

// haproxy's proxy-protocol.txt, section 2: a line, or a signature with QUIT in it.
bool is_proxy_header(const std::string& bytes) {
  return bytes.starts_with("PROXY ") || bytes.contains("QUIT\x0a");
}

Finding plain_upstream(const TlsCase& tls, Confidence confidence) {
  Finding found(Cause::tls_to_plain_port, confidence);
  say_first_bytes(tls, found);
  found.says(fmt::format("That is the answer to the ClientHello of {}, and no TLS.",
                         tls.is_passed_through() ? "the client" : "this proxy"));
  if (tls.is_passed_through()) {
    found.acts(Party::client);
    found.summary = "The client spoke TLS, and what answers behind this proxy does not.";
    found.fix =
        "Use ws:// in place of wss:// with this port, or let its server speak TLS. Lastframe can "
        "speak TLS for a plain upstream: tls.certificates on this listener.";
  }
  return found;
}

Finding proxy_header(const TlsCase& tls) {
  Finding found(Cause::not_tls_to_tls_port, Confidence::certain);
  say_first_bytes(tls, found);
  found.says("That is a PROXY protocol header; behind it TLS would have begun.");
  found.acts(Party::operators);
  found.summary =
      "A hop in front sends a PROXY protocol header, which this listener does not expect.";
  found.fix =
      "Set proxy_protocol: {accept: true} on this listener, or switch the header off in the load "
      "balancer in front of it.";
  return found;
}

void say_bytes(const TlsCase& tls, Finding& found) {
  found.says(tls.failure.bytes_from_peer == 0
                 ? fmt::format("Not one byte had come from the {}.", name(tls.peer))
                 : fmt::format("{} had come from the {} before.",
                               size_text(tls.failure.bytes_from_peer), name(tls.peer)));
}

// A server that says nothing to a ClientHello.
void suspect_silent_server(const TlsCase& tls, Finding& found) {
  if (!tls.leg.server_name.empty()) {
    found.may_be(fmt::format("a filter on the path that does not let the name {} pass",
                             in_quotes(tls.leg.server_name)));
  }
  found.may_be(Cause::tls_to_plain_port);
}

}  // namespace

// A listener without `tls` and an upstream with wss://: what a client of TLS says is for us to
// encrypt once more. Whatever the server then does, it got a ClientHello where a request belongs.
std::optional<Finding> tls_inside_tls(const TlsCase& tls) {
  const auto& client = tls.facts.report.tls[index(Endpoint::client)];
  const auto& server = tls.facts.report.tls[index(Endpoint::server)];
  const bool is_nested =
      client && server && client->handling == session::TlsHandling::passed_through &&
      server->handling == session::TlsHandling::originated && server->version != 0;
  if (!is_nested) return std::nullopt;
  const std::uint16_t version[] = {server->version};
  Finding found(Cause::tls_to_plain_port, Confidence::certain);
  found.says(fmt::format(
      "The client speaks TLS, and this listener has no `tls`: its ClientHello went, as any bytes "
      "would, into the TLS that this proxy itself had begun with the server ({}).",
      versions_text(version)));
  if (!tls.failure.first_bytes.empty()) {
    say_first_bytes(tls, found);
    found.says("That is what the server says to a ClientHello in the place of a request.");
  } else {
    say_bytes(tls, found);
  }
  found.acts(Party::operators).harms(Endpoint::client);
  found.summary =
      "The client spoke TLS to a listener without `tls`, and this proxy wrapped it in TLS once "
      "more for the upstream.";
  found.fix =
      "Give this listener `tls: {certificates: [{cert: FILE, key: FILE}]}`, so that the client's "
      "TLS ends here; or write the upstream as ws://, so that it passes through to the server "
      "untouched; or let clients use ws:// with this port.";
  return found;
}

std::optional<Finding> bytes_without_tls(const TlsCase& tls) {
  const bool is_http = tls.failure.fault == TlsFault::plain_http;
  if (!is_http && tls.failure.fault != TlsFault::not_tls) return std::nullopt;
  if (tls.peer == Endpoint::server) {
    return plain_upstream(tls, is_http ? Confidence::certain : Confidence::likely);
  }
  // "PROXY TCP4 ..." looks like a request's first line.
  if (is_proxy_header(tls.failure.first_bytes)) return proxy_header(tls);
  Finding found(is_http ? Cause::plain_http_to_tls_port : Cause::not_tls_to_tls_port,
                Confidence::certain);
  say_first_bytes(tls, found);
  if (!is_http) return found.may_be("a scanner that tries protocols");
  return found.may_be("a health check without TLS")
      .may_be("a hop before this proxy that ends TLS and passes plain text on");
}

std::optional<Finding> no_own_certificate(const TlsCase& tls) {
  if (tls.failure.fault != TlsFault::no_certificate) return std::nullopt;
  return Finding(Cause::tls_no_certificate, Confidence::certain);
}

std::optional<Finding> broken_tls(const TlsCase& tls) {
  // unexpected_message, bad_record_mac, decryption_failed, record_overflow, illegal_parameter,
  // decode_error, decrypt_error
  const bool is_told = tls.has_received({10, 20, 21, 22, 47, 50, 51});
  if (!is_told && tls.failure.fault != TlsFault::malformed) return std::nullopt;
  Finding found(Cause::tls_malformed, is_told ? Confidence::possible : Confidence::likely);
  if (is_told) {
    found.says(tls.alert_sentence());
    found.says(fmt::format("To the {} what it got is no correct TLS.", name(tls.peer)));
    found.summary =
        fmt::format("What the {} got breaks the rules of TLS, it says.", name(tls.peer));
  }
  found.acts(tls.facts.party_of(tls.peer));
  return found.may_be("a hop that changes or loses bytes");
}

std::optional<Finding> reset_in_handshake(const TlsCase& tls) {
  if (tls.failure.fault != TlsFault::reset) return std::nullopt;
  const bool is_silent = tls.failure.bytes_from_peer == 0;
  Finding found(Cause::tls_reset, is_silent ? Confidence::likely : Confidence::possible);
  say_bytes(tls, found);
  if (tls.peer == Endpoint::server) {
    found.acts(is_silent ? Party::hop_behind : Party::server);
    if (is_silent) {
      found.says(
          "A reset in answer to a ClientHello is what firewalls and name filters send, and "
          "programs that do not read what they were sent.");
    }
    suspect_silent_server(tls, found);
    return found.may_be(Cause::server_crashed);
  }
  found.acts(Party::client);
  if (tls.has_answer()) found.may_be(Cause::tls_certificate_distrusted);
  return found.may_be("a client that gave up").may_be("a hop in front of this proxy");
}

std::optional<Finding> end_in_handshake(const TlsCase& tls) {
  if (!tls.is_ended()) return std::nullopt;
  Finding found(Cause::tls_ended, Confidence::likely);
  found.acts(tls.facts.party_of(tls.peer));
  if (tls.has_farewell()) {
    found.says(tls.alert_sentence());
    found.summary = fmt::format("The {} gave up the TLS handshake in good order.", name(tls.peer));
  }
  say_bytes(tls, found);
  if (tls.peer == Endpoint::server) {
    suspect_silent_server(tls, found);
    return found.may_be("a server that takes no more connections");
  }
  if (tls.has_answer()) found.may_be(Cause::tls_certificate_distrusted);
  if (!tls.has_hello()) found.may_be("a health check or a scanner that only opens connections");
  return found.may_be("a client that gave up");
}

std::optional<Finding> silence_in_handshake(const TlsCase& tls) {
  if (tls.failure.fault != TlsFault::timed_out) return std::nullopt;
  Finding found(Cause::tls_timeout, Confidence::certain);
  found.acts(tls.facts.party_of(tls.peer));
  say_bytes(tls, found);
  if (tls.peer == Endpoint::client) {
    if (tls.failure.bytes_from_peer == 0) {
      found.may_be("a preconnection of a browser, a health check or a scanner");
    }
    return found.may_be("a client that waits for its user, such as for a client certificate");
  }
  if (tls.failure.bytes_from_peer == 0) {
    found.may_be(Cause::tls_to_plain_port)
        .may_be("a hop that loses a ClientHello of more than one packet");
  }
  return found.may_be("a server whose workers are all busy");
}

std::optional<Finding> other_alert(const TlsCase& tls) {
  constexpr std::uint8_t kInternalError = tls::alert_number("internal_error");
  if (!tls.failure.received) return std::nullopt;
  Finding found(Cause::tls_alert, Confidence::likely, {tls.alert_sentence()});
  found.acts(tls.facts.party_of(tls.peer));
  found.summary = fmt::format("The {} ended the TLS handshake with the alert {}.", name(tls.peer),
                              alert_text(tls.failure.received->number));
  if (tls.has_received({kInternalError})) {
    found.says("That is a fault of its own: its log knows more.");
    if (tls.peer == Endpoint::server) found.may_be(Cause::tls_server_name_unrecognized);
  }
  return found;
}

}  // namespace lastframe::verdict
