// Names of system errors, as programs print them, and the cause that stands behind each.
#pragma once

#include <array>
#include <string_view>

#include "core/catalogue/cause.h"

namespace lastframe::output {

struct ErrorName {
  std::string_view name;  // of errno, or of Node's resolver
  std::string_view text;  // what strerror() or gai_strerror() of glibc says
  catalogue::Cause cause;
  std::string_view says;
};

inline constexpr auto kErrorNames = std::to_array<ErrorName>({
    {"ECONNRESET", "Connection reset by peer", catalogue::Cause::connection_reset,
     "A TCP RST came: the other side, or a hop, dropped the connection without a Close."},
    {"ECONNABORTED", "Software caused connection abort", catalogue::Cause::connection_reset,
     "The connection was dropped on this machine, or before it was accepted."},
    {"EPIPE", "Broken pipe", catalogue::Cause::ended_without_close,
     "Something was written to a connection that had already ended."},
    {"ETIMEDOUT", "Connection timed out", catalogue::Cause::path_lost,
     "Nothing was acknowledged in time. While connecting, the cause is connect_timeout."},
    {"ECONNREFUSED", "Connection refused", catalogue::Cause::connect_refused,
     "The machine answers, and nothing accepts connections on this port."},
    {"EHOSTUNREACH", "No route to host", catalogue::Cause::unreachable,
     "No way leads to that machine, or a firewall says so."},
    {"ENETUNREACH", "Network is unreachable", catalogue::Cause::unreachable,
     "This machine has no route to that network."},
    {"EADDRNOTAVAIL", "Cannot assign requested address", catalogue::Cause::ports_exhausted,
     "All source ports towards this address are taken, or the source address is not ours."},
    {"ENOTFOUND", "Name or service not known", catalogue::Cause::name_not_resolved,
     "The host name has no address."},
    {"EAI_AGAIN", "Temporary failure in name resolution", catalogue::Cause::name_not_resolved,
     "The name server did not answer."},
});

}  // namespace lastframe::output
