// Every key of the configuration, as data: what is known where, and what comes later.
#pragma once

#include <array>
#include <string_view>

namespace lastframe::settings {

enum class Availability { now, later };

struct KnownKey {
  std::string_view section;  // "" is the top; "listeners[]" is each listener
  std::string_view key;
  Availability availability = Availability::now;
};

// Grouped by section, in the order of config/lastframe.yaml.
inline constexpr auto kKnownKeys = std::to_array<KnownKey>({
    {"", "listeners"},
    {"", "workers"},
    {"", "drain_timeout"},
    {"", "limits"},
    {"", "analysis"},
    {"", "dns"},
    {"", "log"},
    {"", "privacy"},
    {"", "admin"},
    {"", "catalogue"},
    {"listeners[]", "name"},
    {"listeners[]", "listen"},
    {"listeners[]", "upstream"},
    {"listeners[]", "mode"},
    {"listeners[]", "connect"},
    {"listeners[]", "on_connect_failure"},
    {"listeners[]", "source_addresses"},
    {"listeners[]", "keepalive"},
    {"listeners[]", "timeouts"},
    {"listeners[]", "proxy_protocol"},
    {"listeners[]", "tls", Availability::later},
    {"listeners[]", "upstream_tls", Availability::later},
    {"listeners[]", "routes", Availability::later},
    {"listeners[].keepalive", "idle"},
    {"listeners[].keepalive", "interval"},
    {"listeners[].keepalive", "probes"},
    {"listeners[].timeouts", "connect"},
    {"listeners[].timeouts", "handshake"},
    {"listeners[].timeouts", "idle"},
    {"listeners[].proxy_protocol", "accept"},
    {"listeners[].proxy_protocol", "send"},
    {"limits", "connections"},
    {"limits", "pending_per_direction"},
    {"limits", "pending_total"},
    {"limits", "watched_head"},
    {"limits", "inflate_memory"},
    {"limits", "inflate_message"},
    {"analysis", "resynchronise"},
    {"dns", "ttl"},
    {"log", "file"},
    {"log", "format"},
    {"log", "level"},
    {"log", "starts"},
    {"privacy", "query_allow"},
    {"privacy", "user"},
    {"privacy", "user_key_file"},
    {"privacy", "trust_forwarded_from"},
    {"privacy.user", "header"},
    {"privacy.user", "cookie"},
    {"privacy.user", "query"},
    {"admin", "listen"},
    {"admin", "token_file", Availability::later},
    {"admin", "public", Availability::later},
});

}  // namespace lastframe::settings
