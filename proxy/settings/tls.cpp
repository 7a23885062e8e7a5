#include "settings/tls.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "core/base/ip.h"
#include "core/base/words.h"
#include "core/proxying/authority.h"
#include "net/address.h"
#include "settings/named_file.h"
#include "ssl/authority_files.h"

namespace lastframe::settings {
namespace {

constexpr const char* kCertificatesExample = "[{cert: chat.pem, key: chat-key.pem}]";
constexpr const char* kAuthorityExample = "default, or {cert: ca.pem, key: ca-key.pem}";
constexpr const char* kFileExample = "the path of a PEM file";

// `cert` and `key` of a map. Both, or nothing: half a pair would only be told again by whoever
// loads it.
std::optional<ssl::KeyPairFiles> key_pair(const Value& value, const Value::Section& section,
                                          const std::filesystem::path& folder) {
  const auto file = [&](std::string_view key) -> std::optional<std::string> {
    const Value* path = section.find(key);
    if (path != nullptr && !path->is("off")) return path_at(*path, folder, kFileExample);
    value.missing(key, fmt::format("write {}", kFileExample));
    return std::nullopt;
  };
  auto certificate = file("cert");
  auto key = file("key");
  if (!certificate || !key) return std::nullopt;
  return ssl::KeyPairFiles{*std::move(certificate), *std::move(key), {value.place()}};
}

void read_certificates(const Value& value, const std::filesystem::path& folder,
                       std::vector<ssl::KeyPairFiles>& certificates) {
  const auto items = value.items(kCertificatesExample);
  if (!items) return;
  for (const Value& item : *items) {
    const auto section =
        item.section("listeners[].tls.certificates[]", "{cert: chat.pem, key: chat-key.pem}");
    if (!section) continue;
    if (auto pair = key_pair(item, *section, folder)) certificates.push_back(*std::move(pair));
  }
}

std::optional<ssl::KeyPairFiles> read_authority(const Value& value,
                                                const std::filesystem::path& folder) {
  if (value.is("off")) return std::nullopt;
  if (!value.is("default")) {
    const auto section = value.section("listeners[].tls.authority", kAuthorityExample);
    return section ? key_pair(value, *section, folder) : std::nullopt;
  }
  // Where `lastframe ca create` leaves it. The environment is only read, here and everywhere.
  const std::string own =
      ssl::authority_directory(std::getenv("XDG_CONFIG_HOME"),  // NOLINT(concurrency-mt-unsafe)
                               std::getenv("HOME"));            // NOLINT(concurrency-mt-unsafe)
  if (own.empty()) {
    value.wrong("there is no home folder that would hold the default authority",
                "write {cert: ca.pem, key: ca-key.pem}");
    return std::nullopt;
  }
  ssl::KeyPairFiles files = ssl::authority_files(own);
  std::error_code ignored;
  if (!std::filesystem::exists(files.certificate, ignored)) {
    value.wrong(fmt::format("there is no authority in {} yet", in_quotes(own)),
                "run `lastframe ca create`, or write {cert: ca.pem, key: ca-key.pem}");
    return std::nullopt;
  }
  files.origin = {value.place()};
  return files;
}

// What clients are shown: at least one of the two.
void read_identity(const Value& value, const Value::Section& section,
                   const std::filesystem::path& folder, ssl::ServerOptions& options) {
  const Value* certificates = section.find("certificates");
  const Value* authority = section.find("authority");
  if (certificates != nullptr) read_certificates(*certificates, folder, options.certificates);
  if (authority != nullptr) options.authority = read_authority(*authority, folder);
  const bool has_certificates =
      certificates != nullptr &&
      (certificates->kind() != YamlKind::list || !certificates->items("")->empty());
  if (has_certificates || (authority != nullptr && !authority->is("off"))) return;
  value.wrong("there is neither a certificate nor an authority to show to clients",
              fmt::format("write certificates: {}, or authority: {}", kCertificatesExample,
                          kAuthorityExample));
}

void read_lowest_version(const Value* value, ssl::LowestVersion& lowest) {
  static constexpr auto kVersions = std::to_array<std::string_view>({"1.2", "1.3"});
  if (value == nullptr) return;
  const bool is_1_3 = value->one_of(kVersions) == 1;
  lowest = is_1_3 ? ssl::LowestVersion::tls1_3 : ssl::LowestVersion::tls1_2;
}

void read_ciphers(const Value* value, std::string& ciphers) {
  if (value == nullptr || value->is("auto")) return;
  auto text = value->text("auto, or a list of OpenSSL's such as ECDHE+AESGCM");
  if (text) ciphers = *std::move(text);
}

void read_patterns(const Value* value, std::vector<std::string>& patterns) {
  constexpr const char* kExample = "a name such as chat.example, *.example or *";
  if (value == nullptr) return;
  const auto items = value->items("[chat.example, \"*.example\"]");
  if (!items) return;
  for (const Value& item : *items) {
    auto text = item.scalar(kExample);
    if (!text) continue;
    if (proxying::is_name_pattern(*text)) {
      patterns.push_back(*std::move(text));
    } else {
      item.wrong(fmt::format("{} is not a name that clients of TLS can ask for", in_quotes(*text)),
                 fmt::format("write {}", kExample));
    }
  }
}

// Certificates of clients: asked for, and whose are good.
void read_client_auth(const Value& value, const Value::Section& section,
                      const std::filesystem::path& folder, ssl::ServerOptions& options) {
  static constexpr auto kWords = std::to_array<std::string_view>({"off", "request", "require"});
  static_assert(static_cast<int>(ssl::ClientAuth::require) == 2);
  const Value* auth = section.find("client_auth");
  const Value* ca = section.find("client_ca");
  const auto word = auth != nullptr ? auth->one_of(kWords) : 0;
  options.client_auth = static_cast<ssl::ClientAuth>(word.value_or(0));
  const bool has_ca = ca != nullptr && !ca->is("off");
  if (has_ca) options.client_ca = path_at(*ca, folder, kFileExample).value_or("");
  if (options.client_ca.empty()) options.client_auth = ssl::ClientAuth::off;  // and a mistake
  if (!word) return;
  if (*word != 0 && !has_ca) {
    value.missing("client_ca", "write the path of a PEM file: whose certificates clients may show");
  }
  if (*word == 0 && has_ca) {
    ca->wrong("clients are not asked for a certificate",
              "write client_auth: request or require as well, or leave the key out");
  }
}

void read_server_name(const Value& value, ssl::ClientOptions& options) {
  constexpr const char* kExample = "null, or a name such as chat.example";
  if (value.kind() == YamlKind::null) return;
  const auto name = value.scalar(kExample);
  if (!name) return;
  if (net::is_host_name(*name) && !parse_ip(*name)) {
    options.server_name = *name;
  } else {
    value.wrong(fmt::format("{} is not a name", in_quotes(*name)),
                fmt::format("write {}", kExample));
  }
}

}  // namespace

std::optional<ssl::ServerOptions> read_tls(const Value& value,
                                           const std::filesystem::path& folder) {
  static constexpr auto kAlpn = std::to_array<std::string_view>({"mirror", "http1"});
  if (value.is("off")) return std::nullopt;
  const auto section =
      value.section("listeners[].tls",
                    fmt::format("off, or keys such as {{certificates: {}}}", kCertificatesExample));
  if (!section) return std::nullopt;
  ssl::ServerOptions options;
  options.origin = {value.place()};
  read_identity(value, *section, folder, options);
  read_client_auth(value, *section, folder, options);
  if (const Value* alpn = section->find("alpn")) {
    const bool is_http1 = alpn->one_of(kAlpn) == 1;
    options.alpn = is_http1 ? ssl::AlpnPolicy::http1 : ssl::AlpnPolicy::mirror;
  }
  read_lowest_version(section->find("min_version"), options.lowest);
  read_ciphers(section->find("ciphers"), options.ciphers);
  read_patterns(section->find("pass_through"), options.pass_through);
  read_patterns(section->find("only"), options.only);
  if (options.certificates.empty() && !options.authority) return std::nullopt;
  return options;
}

UpstreamTls read_upstream_tls(const Value& value, const std::filesystem::path& folder) {
  UpstreamTls tls;
  const auto section =
      value.section("listeners[].upstream_tls", "keys such as {verify: true, ca: ca.pem}");
  if (!section) return tls;
  ssl::ClientOptions& options = tls.options;
  options.origin = {value.place()};
  if (const Value* verify = section->find("verify")) {
    options.is_verified = verify->yes_or_no().value_or(true);
    if (!options.is_verified) tls.unverified = *verify;
  }
  if (const Value* allow = section->find("allow_public")) {
    tls.allows_public = allow->yes_or_no().value_or(false);
  }
  if (const Value* ca = section->find("ca"); ca != nullptr && !ca->is("system")) {
    options.ca = path_at(*ca, folder, "system, or the path of a PEM file").value_or("");
  }
  const auto is_given = [&](std::string_view key) {
    const Value* file = section->find(key);
    return file != nullptr && !file->is("off");
  };
  if (is_given("cert") || is_given("key")) options.certificate = key_pair(value, *section, folder);
  if (const Value* name = section->find("server_name")) read_server_name(*name, options);
  read_lowest_version(section->find("min_version"), options.lowest);
  read_ciphers(section->find("ciphers"), options.ciphers);
  return tls;
}

}  // namespace lastframe::settings
