#include "cli/config_summary.h"

#include <cstddef>
#include <ostream>
#include <variant>
#include <vector>

#include "core/base/words.h"
#include "net/address.h"
#include "net/options.h"
#include "settings/mode_words.h"
#include "ssl/options.h"

namespace lastframe::cli {
namespace {

std::string upstream_text(const net::Upstream& upstream) {
  const bool has_scheme = std::holds_alternative<net::TcpAddress>(upstream.address);
  return (has_scheme && !upstream.is_tls ? "ws://" : "") + net::to_text(upstream);
}

// " -> ws://h:80, then unix:/b"
std::string upstreams_text(const std::vector<net::Upstream>& upstreams) {
  std::string text;
  for (const net::Upstream& upstream : upstreams) {
    text += (text.empty() ? " -> " : ", then ") + upstream_text(upstream);
  }
  return text;
}

// What is done with TLS that clients speak.
std::string tls_text(const ssl::ServerOptions& tls) {
  std::string text = ", TLS";
  const std::size_t certificates = tls.certificates.size();
  if (certificates > 0) {
    text += " with " + std::to_string(certificates) +
            (certificates == 1 ? " certificate" : " certificates");
  }
  if (tls.authority) text += certificates > 0 ? " and intercepted" : " intercepted";
  if (tls.client_auth == ssl::ClientAuth::request) text += ", clients asked for certificates";
  if (tls.client_auth == ssl::ClientAuth::require) text += ", clients need certificates";
  return text;
}

std::string behaviour_text(const net::ListenerOptions& listener) {
  std::string text = ", " + std::string(settings::name(listener.mode));
  if (listener.tls) text += tls_text(*listener.tls);
  if (!listener.upstream_tls.is_verified) text += ", upstream TLS not verified";
  if (listener.proxy_protocol.is_accepted) text += ", PROXY header expected";
  if (listener.proxy_protocol.sent == net::ProxyHeader::v1) text += ", PROXY v1 sent";
  if (listener.proxy_protocol.sent == net::ProxyHeader::v2) text += ", PROXY v2 sent";
  return text;
}

// "server_name *.example, path /chat/*"
std::string conditions_text(const net::Route& route) {
  std::string text;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty())
      text += (text.empty() ? "" : ", ") + std::string(name) + " " + printable(value);
  };
  add("server_name", route.server_name);
  add("host", route.host);
  add("path", route.path);
  return text;
}

}  // namespace

void write_summary(const settings::Settings& settings, const std::string& file, std::ostream& out) {
  out << file << ": no mistakes\n";
  for (const net::ListenerOptions& listener : settings.relay.listeners) {
    out << "  " << listener.name << ": " << net::to_text(listener.listen)
        << behaviour_text(listener) << upstreams_text(listener.upstreams) << '\n';
    for (const net::Route& route : listener.routes) {
      out << "    " << conditions_text(route) << upstreams_text(route.upstreams) << '\n';
    }
  }
  if (!settings.relay.tls_key_log.empty()) {
    out << "  TLS secrets are written to " << settings.relay.tls_key_log << '\n';
  }
  for (const std::string& note : settings.notes) out << "  note: " << note << '\n';
  for (const std::string& path : settings.catalogue_files) out << "  catalogue: " << path << '\n';
}

}  // namespace lastframe::cli
