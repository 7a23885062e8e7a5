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
    {"", "tls_key_log"},
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
    {"listeners[]", "routes"},
    {"listeners[]", "mode"},
    {"listeners[]", "client_address"},
    {"listeners[]", "access"},
    {"listeners[]", "tls"},
    {"listeners[]", "upstream_tls"},
    {"listeners[]", "proxy_protocol"},
    {"listeners[]", "connect"},
    {"listeners[]", "on_connect_failure"},
    {"listeners[]", "source_addresses"},
    {"listeners[]", "keepalive"},
    {"listeners[]", "timeouts"},
    {"listeners[].routes[]", "server_name"},
    {"listeners[].routes[]", "host"},
    {"listeners[].routes[]", "path"},
    {"listeners[].routes[]", "upstream"},
    {"listeners[].access", "clients"},
    {"listeners[].access", "destinations"},
    {"listeners[].access", "credentials_file"},
    {"listeners[].access", "open"},
    {"listeners[].tls", "certificates"},
    {"listeners[].tls", "authority"},
    {"listeners[].tls", "client_auth"},
    {"listeners[].tls", "client_ca"},
    {"listeners[].tls", "alpn"},
    {"listeners[].tls", "min_version"},
    {"listeners[].tls", "ciphers"},
    {"listeners[].tls", "pass_through"},
    {"listeners[].tls", "only"},
    {"listeners[].tls.certificates[]", "cert"},
    {"listeners[].tls.certificates[]", "key"},
    {"listeners[].tls.authority", "cert"},
    {"listeners[].tls.authority", "key"},
    {"listeners[].upstream_tls", "verify"},
    {"listeners[].upstream_tls", "allow_public"},
    {"listeners[].upstream_tls", "ca"},
    {"listeners[].upstream_tls", "cert"},
    {"listeners[].upstream_tls", "key"},
    {"listeners[].upstream_tls", "server_name"},
    {"listeners[].upstream_tls", "min_version"},
    {"listeners[].upstream_tls", "ciphers"},
    {"listeners[].proxy_protocol", "accept"},
    {"listeners[].proxy_protocol", "send"},
    {"listeners[].keepalive", "idle"},
    {"listeners[].keepalive", "interval"},
    {"listeners[].keepalive", "probes"},
    {"listeners[].timeouts", "connect"},
    {"listeners[].timeouts", "handshake"},
    {"listeners[].timeouts", "idle"},
    {"listeners[].timeouts", "tls"},
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
    {"admin", "token_file"},
    {"admin", "public"},
});

}  // namespace lastframe::settings
