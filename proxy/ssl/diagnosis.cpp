#include "ssl/diagnosis.h"

#include <openssl/err.h>
#include <openssl/sslerr.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

#include "core/base/ascii.h"
#include "core/base/words.h"
#include "ssl/handshake_notes.h"

namespace lastframe::ssl {
namespace {

using session::TlsAlert;
using session::TlsFailure;
using session::TlsFault;

constexpr std::size_t kShownBytes = 64;
constexpr int kHighestAlert = 255;

struct Reason {
  int number;
  TlsFault fault;
};

// What OpenSSL 3.0 reports where it finds the fault itself.
constexpr auto kReasons = std::to_array<Reason>({
    {SSL_R_HTTP_REQUEST, TlsFault::plain_http},
    {SSL_R_HTTPS_PROXY_REQUEST, TlsFault::plain_http},
    {SSL_R_WRONG_VERSION_NUMBER, TlsFault::not_tls},
    {SSL_R_UNSUPPORTED_PROTOCOL, TlsFault::version_unsupported},
    {SSL_R_UNKNOWN_PROTOCOL, TlsFault::version_unsupported},
    {SSL_R_UNSUPPORTED_SSL_VERSION, TlsFault::version_unsupported},
    {SSL_R_WRONG_SSL_VERSION, TlsFault::version_unsupported},
    {SSL_R_VERSION_TOO_LOW, TlsFault::version_unsupported},
    {SSL_R_VERSION_TOO_HIGH, TlsFault::version_unsupported},
    {SSL_R_NO_PROTOCOLS_AVAILABLE, TlsFault::version_unsupported},
    {SSL_R_INAPPROPRIATE_FALLBACK, TlsFault::version_unsupported},
    {SSL_R_NO_SHARED_CIPHER, TlsFault::no_shared_cipher},
    {SSL_R_NO_CIPHERS_AVAILABLE, TlsFault::no_shared_cipher},
    {SSL_R_NO_SUITABLE_KEY_SHARE, TlsFault::no_shared_cipher},
    {SSL_R_NO_SHARED_GROUPS, TlsFault::no_shared_cipher},
    {SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, TlsFault::no_shared_cipher},
    {SSL_R_NO_APPLICATION_PROTOCOL, TlsFault::no_shared_protocol},
    {SSL_R_CERTIFICATE_VERIFY_FAILED, TlsFault::certificate_refused},
    {SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, TlsFault::certificate_refused},
    {SSL_R_UNEXPECTED_EOF_WHILE_READING, TlsFault::ended},
});

// Where the reason is one of the many that name a broken field, the alert that we sent says as much
// as anybody needs.
constexpr auto kSentAlerts = std::to_array<Reason>({
    {SSL_AD_UNEXPECTED_MESSAGE, TlsFault::malformed},
    {SSL_AD_BAD_RECORD_MAC, TlsFault::malformed},
    {SSL_AD_RECORD_OVERFLOW, TlsFault::malformed},
    {SSL_AD_ILLEGAL_PARAMETER, TlsFault::malformed},
    {SSL_AD_DECODE_ERROR, TlsFault::malformed},
    {SSL_AD_DECRYPT_ERROR, TlsFault::malformed},
    {SSL_AD_MISSING_EXTENSION, TlsFault::malformed},
    {SSL_AD_UNSUPPORTED_EXTENSION, TlsFault::malformed},
    {SSL_AD_PROTOCOL_VERSION, TlsFault::version_unsupported},
    {SSL_AD_INSUFFICIENT_SECURITY, TlsFault::no_shared_cipher},
    {SSL_AD_NO_APPLICATION_PROTOCOL, TlsFault::no_shared_protocol},
    {SSL_AD_CERTIFICATE_REQUIRED, TlsFault::certificate_refused},
});

std::optional<TlsFault> row_of(const auto& rows, int number) {
  const auto found = std::ranges::find(rows, number, &Reason::number);
  if (found == rows.end()) return std::nullopt;
  return found->fault;
}

TlsFault system_fault(int error) {
  switch (error) {
    case 0:
      return TlsFault::ended;
    case ECONNRESET:
    case EPIPE:
      return TlsFault::reset;
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
      return TlsFault::timed_out;
    default:
      return TlsFault::other;
  }
}

// The record types of TLS (RFC 8446 section 5.1) and the major version of all its records.
bool looks_like_tls(std::string_view bytes) {
  return bytes.size() >= 2 && bytes[0] >= 0x14 && bytes[0] <= 0x18 && bytes[1] == 0x03;
}

// "GET /chat HTTP/1.1" or "HTTP/1.1 400 Bad Request".
bool looks_like_http(std::string_view bytes) {
  if (bytes.starts_with("HTTP/")) return true;
  const std::size_t blank = bytes.find(' ');
  const std::string_view method = bytes.substr(0, blank);
  return blank != std::string_view::npos && method.size() >= 3 && method.size() <= 16 &&
         std::ranges::all_of(method, is_upper);
}

// OpenSSL knows HTTP clients by four methods, and HTTP servers not at all.
TlsFault foreign_fault(std::string_view first_bytes) {
  if (looks_like_tls(first_bytes)) return TlsFault::malformed;
  return looks_like_http(first_bytes) ? TlsFault::plain_http : TlsFault::not_tls;
}

// A client of TLS 1.1 has no signature that we would make; OpenSSL calls that our fault.
TlsFault signature_fault(const SSL* ssl) {
  return SSL_is_server(ssl) == 1 && SSL_client_version(ssl) < TLS1_2_VERSION
             ? TlsFault::version_unsupported
             : TlsFault::no_shared_cipher;
}

// At most kShownBytes, escapes counted: what does not fit is left out.
std::string shown(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes.substr(0, kShownBytes)) {
    const std::string one = printable({&byte, 1});
    if (text.size() + one.size() > kShownBytes) break;
    text += one;
  }
  return text;
}

std::optional<int> alert_of(unsigned long error) {
  const int number = ERR_GET_REASON(error) - SSL_AD_REASON_OFFSET;
  if (ERR_GET_LIB(error) != ERR_LIB_SSL || number < 0 || number > kHighestAlert) {
    return std::nullopt;
  }
  return number;
}

TlsFault library_fault(const SSL* ssl, const FailedCall& call, const AlertLog& alerts) {
  if (alert_of(call.queue_error)) return TlsFault::alert_received;
  if (ERR_GET_LIB(call.queue_error) == ERR_LIB_SSL) {
    const int reason = ERR_GET_REASON(call.queue_error);
    if (reason == SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM) return signature_fault(ssl);
    const auto fault = row_of(kReasons, reason);
    if (fault == TlsFault::ended && call.system_error != 0) return system_fault(call.system_error);
    if (fault == TlsFault::not_tls) return foreign_fault(call.first_bytes);
    if (fault) return *fault;
  }
  if (alerts.received && alerts.received->is_fatal) return TlsFault::alert_received;
  if (!alerts.sent) return TlsFault::other;
  return row_of(kSentAlerts, alerts.sent->number).value_or(TlsFault::other);
}

// Whether verification is what ended the handshake. The queue may begin with other words then: a
// signature that is wrong has its own.
bool is_certificate_refused(const HandshakeNotes& notes, const FailedCall& call) {
  return notes.is_verified && notes.verify_error != X509_V_OK && !notes.is_done &&
         call.ssl_error == SSL_ERROR_SSL && !alert_of(call.queue_error);
}

TlsFault fault_of_call(const SSL* ssl, const FailedCall& call, const AlertLog& alerts) {
  if (call.queue_error != 0) return library_fault(ssl, call, alerts);
  if (alerts.received && alerts.received->is_fatal) return TlsFault::alert_received;
  if (call.ssl_error == SSL_ERROR_ZERO_RETURN) return TlsFault::ended;  // close_notify
  if (call.ssl_error == SSL_ERROR_SYSCALL) return system_fault(call.system_error);
  return TlsFault::other;
}

std::string detail_of(const FailedCall& call) {
  if (const char* const reason = ERR_reason_error_string(call.queue_error)) return reason;
  if (call.ssl_error == SSL_ERROR_ZERO_RETURN) return "close notify";
  if (call.system_error == 0) return "unexpected eof";
  const char* const error = strerrorname_np(call.system_error);
  return error == nullptr ? std::to_string(call.system_error) : error;
}

}  // namespace

session::TlsFailure failure_of(SSL* ssl, const FailedCall& call) {
  HandshakeNotes* const notes = notes_of(ssl);
  const AlertLog alerts = notes == nullptr ? AlertLog{} : notes->alerts;
  TlsFailure failure;
  failure.fault = fault_of_call(ssl, call, alerts);
  failure.received = alerts.received;
  failure.sent = alerts.sent;
  if (const auto alert = alert_of(call.queue_error); alert && !failure.received) {
    failure.received = TlsAlert{static_cast<std::uint8_t>(*alert), true};
  }
  failure.detail = detail_of(call);
  if (notes != nullptr && is_certificate_refused(*notes, call)) {
    failure.fault = TlsFault::certificate_refused;
    failure.detail = "certificate verify failed";
  }
  failure.is_after_handshake = is_handshake_done(ssl);
  const bool is_foreign =
      failure.fault == TlsFault::plain_http || failure.fault == TlsFault::not_tls;
  if (is_foreign) failure.first_bytes = shown(call.first_bytes);
  const bool is_certificate_missing =
      call.queue_error != 0 &&
      ERR_GET_REASON(call.queue_error) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE;
  if (notes != nullptr && is_certificate_missing) notes->is_certificate_missing = true;
  return failure;
}

}  // namespace lastframe::ssl
