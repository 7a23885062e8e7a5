#include "core/session/report.h"

namespace lastframe::session {

std::string_view name(RecordKind kind) {
  switch (kind) {
    case RecordKind::session_end:
      return "session_end";
    case RecordKind::handshake_failed:
      return "handshake_failed";
    case RecordKind::tls_failed:
      return "tls_failed";
    case RecordKind::connect_failed:
      return "connect_failed";
  }
  return "";
}

std::string_view name(HandshakeOutcome outcome) {
  switch (outcome) {
    case HandshakeOutcome::accepted:
      return "accepted";
    case HandshakeOutcome::rejected:
      return "rejected";
    case HandshakeOutcome::failed:
      return "failed";
    case HandshakeOutcome::unanswered:
      return "unanswered";
    case HandshakeOutcome::abandoned:
      return "abandoned";
  }
  return "";
}

std::string_view name(Initiator initiator) {
  switch (initiator) {
    case Initiator::client:
      return "client";
    case Initiator::server:
      return "server";
    case Initiator::proxy:
      return "proxy";
    case Initiator::none:
      return "none";
  }
  return "";
}

std::string_view name(Ending ending) {
  switch (ending) {
    case Ending::handshake_failed:
      return "handshake_failed";
    case Ending::connect_failed:
      return "connect_failed";
    case Ending::tls_failed:
      return "tls_failed";
    case Ending::closing_handshake:
      return "closing_handshake";
    case Ending::close_unanswered:
      return "close_unanswered";
    case Ending::proxy_shutdown:
      return "proxy_shutdown";
    case Ending::timeout:
      return "timeout";
    case Ending::reset_mid_frame:
      return "reset_mid_frame";
    case Ending::reset:
      return "reset";
    case Ending::fin_mid_frame:
      return "fin_mid_frame";
    case Ending::fin_mid_message:
      return "fin_mid_message";
    case Ending::fin_without_close:
      return "fin_without_close";
  }
  return "";
}

std::optional<Endpoint> first_closer(const SessionReport& report) {
  const bool has_client = report.close_frames[index(Endpoint::client)].has_value();
  const bool has_server = report.close_frames[index(Endpoint::server)].has_value();
  if (!has_client && !has_server) return std::nullopt;
  const bool is_client = has_client && (!has_server || report.initiator == Initiator::client);
  return is_client ? Endpoint::client : Endpoint::server;
}

const CloseSeen* first_close(const SessionReport& report) {
  const auto closer = first_closer(report);
  return closer ? &*report.close_frames[index(*closer)] : nullptr;
}

}  // namespace lastframe::session
