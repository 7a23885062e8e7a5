// The causes that the diagnosis itself can name. Each has a row in config/catalogue/causes.yaml; a
// user's catalogue may add more, for its own close codes and reasons.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lastframe::catalogue {

enum class Cause : std::uint8_t {
  // Orderly ends
  normal_closure,
  client_left,
  closed_without_status,
  server_shutdown,
  service_restart,
  try_again_later,
  hidden_abnormal_close,
  // Time
  idle_timeout,
  lifetime_limit,
  keepalive_unanswered,
  keepalive_blocked,
  background_tab,
  path_lost,
  stale_flow,
  slow_consumer,
  // Protocol
  protocol_violation,
  protocol_error_unseen,
  injected_bytes,
  injected_close,
  compression_mismatch,
  close_code_refused,
  reserved_code_sent,
  invalid_utf8,
  inconsistent_data,
  unsupported_data,
  extension_required,
  subprotocol_mismatch,
  cut_mid_frame,
  // Limits and policies
  message_too_big,
  send_queue_full,
  too_many_fragments,
  rate_limited,
  authentication_failed,
  session_expired,
  access_denied,
  policy_violation,
  invalid_message,
  // Failures of an endpoint or a hop
  server_error,
  server_crashed,
  client_gone,
  closed_at_once,
  gateway_error,
  mass_close,
  gradual_drain,
  disconnected_by_application,
  application_close,
  unknown_code,
  ended_without_close,
  connection_reset,
  // The opening handshake
  upgrade_stripped,
  upgrade_malformed,
  version_unsupported,
  handshake_unauthenticated,
  handshake_forbidden,
  origin_refused,
  not_found,
  redirected,
  answered_without_upgrade,
  sticky_session_missing,
  handshake_rate_limited,
  handshake_server_error,
  handshake_unavailable,
  handshake_rejected,
  answer_malformed,
  answer_not_http,
  handshake_unanswered,
  client_abandoned,
  client_opened_twice,
  // Before it
  connect_refused,
  connect_timeout,
  unreachable,
  name_not_resolved,
  ports_exhausted,
  connect_failed,
  // TLS
  tls_certificate_expired,
  tls_certificate_not_yet_valid,
  tls_self_signed,
  tls_missing_intermediate,
  tls_unknown_ca,
  tls_name_mismatch,
  tls_certificate_unusable,
  tls_weak_certificate,
  tls_certificate_revoked,
  tls_certificate_distrusted,
  tls_interception_distrusted,
  tls_pinned,
  tls_client_certificate_missing,
  tls_client_certificate_refused,
  tls_version_unsupported,
  tls_no_shared_cipher,
  tls_alpn_mismatch,
  tls_server_name_unrecognized,
  plain_http_to_tls_port,
  not_tls_to_tls_port,
  tls_to_plain_port,
  tls_ended,
  tls_reset,
  tls_timeout,
  tls_malformed,
  tls_no_certificate,
  tls_alert,
  tls_failed,
  // This proxy
  proxy_shutdown,
  proxy_timeout,
  not_followed,
  sealed,
  unknown,
};

inline constexpr std::size_t kCauseCount = static_cast<std::size_t>(Cause::unknown) + 1;

// Its id: in the record, in metrics, on the command line.
std::string_view name(Cause cause);

}  // namespace lastframe::catalogue
