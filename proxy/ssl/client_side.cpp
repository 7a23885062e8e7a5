#include "ssl/client_side.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <utility>

#include "core/base/ip.h"
#include "core/base/words.h"
#include "ssl/contexts.h"
#include "ssl/credentials.h"
#include "ssl/handshake_notes.h"
#include "ssl/names.h"
#include "ssl/verification.h"

namespace lastframe::ssl {
namespace {

constexpr std::size_t kLongestProtocol = 255;  // RFC 7301 section 3.1

std::unexpected<std::string> failed(std::string sentence) {
  return std::unexpected(std::move(sentence));
}

class VerifiedOrNot final : public ClientSide {
 public:
  VerifiedOrNot(bool is_verified, ContextPointer context, std::vector<std::string> notes)
      : is_verified_(is_verified), context_(std::move(context)), notes_(std::move(notes)) {}

  bool is_verified() const override { return is_verified_; }
  const std::vector<std::string>& notes() const override { return notes_; }

  std::expected<SslPointer, std::string> begin(const Request& request) const override {
    SslPointer ssl(SSL_new(context_.get()));
    HandshakeNotes notes;
    notes.handling = session::TlsHandling::originated;
    notes.is_verified = is_verified_;
    notes.expected_name = request.expected_name;
    if (!ssl || !attach_notes(ssl.get(), std::move(notes))) {
      return failed("there is no memory for a TLS connection");
    }
    SSL_set_connect_state(ssl.get());
    if (auto fault = expect_name(ssl.get(), request.expected_name)) return failed(*fault);
    if (auto fault = ask_for(ssl.get(), request.server_name)) return failed(*fault);
    if (auto fault = offer(ssl.get(), request.protocols)) return failed(*fault);
    return ssl;
  }

 private:
  using Fault = std::optional<std::string>;

  Fault expect_name(SSL* ssl, std::string_view expected) const {
    X509_VERIFY_PARAM* const rules = SSL_get0_param(ssl);
    // RFC 9525 section 4.1: names stand in subjectAltName; a common name is none.
    X509_VERIFY_PARAM_set_hostflags(
        rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (parse_ip(expected)) {
      const std::string address(expected);
      if (X509_VERIFY_PARAM_set1_ip_asc(rules, address.c_str()) == 1) return std::nullopt;
    } else if (const auto name = host_name(expected)) {
      if (X509_VERIFY_PARAM_set1_host(rules, name->data(), name->size()) == 1) return std::nullopt;
    }
    if (!is_verified_) return std::nullopt;
    return in_quotes(expected) + " is no name that a certificate could be good for";
  }

  // RFC 6066 section 3: "Literal IPv4 and IPv6 addresses are not permitted".
  static Fault ask_for(SSL* ssl, std::string_view server_name) {
    if (server_name.empty() || parse_ip(server_name)) return std::nullopt;
    const auto name = host_name(server_name);
    if (name && SSL_set_tlsext_host_name(ssl, name->c_str()) == 1) return std::nullopt;
    return in_quotes(server_name) + " is no name that a server could be asked for";
  }

  static Fault offer(SSL* ssl, std::span<const std::string> protocols) {
    if (protocols.empty()) return std::nullopt;
    std::string list;
    for (const std::string& protocol : protocols) {
      if (protocol.empty() || protocol.size() > kLongestProtocol) {
        return "a protocol of " + in_bytes(protocol.size()) + " cannot be offered";
      }
      list += static_cast<char>(protocol.size());
      list += protocol;
    }
    const auto* const bytes = reinterpret_cast<const unsigned char*>(list.data());
    // Here 0 is success.
    if (SSL_set_alpn_protos(ssl, bytes, static_cast<unsigned int>(list.size())) == 0) {
      return std::nullopt;
    }
    return "the client's list of protocols cannot be offered";
  }

  bool is_verified_;
  ContextPointer context_;
  std::vector<std::string> notes_;
};

// OpenSSL calls this when a server asks for a certificate.
int note_asked(SSL* ssl, void*) {
  if (HandshakeNotes* const notes = notes_of(ssl)) notes->is_asked = true;
  return 1;
}

// The certificate that the server may ask for.
std::vector<Error> show_certificate(SSL_CTX* context, const KeyPairFiles& files) {
  const auto credentials = load_credentials(files, KeyReaders::group, std::time(nullptr));
  if (!credentials) return credentials.error();
  const CertificatesPointer chain = credentials->intermediates();
  ERR_clear_error();
  if (SSL_CTX_use_cert_and_key(context, credentials->certificate(), credentials->key.get(),
                               chain.get(), 1) == 1) {
    return {};
  }
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  std::string what = in_quotes(files.certificate) + " cannot be used";
  if (reason != nullptr) what += std::string(": ") + reason;
  ERR_clear_error();
  return {{files.origin.text, std::move(what), "name a certificate for clients"}};
}

}  // namespace

std::expected<std::shared_ptr<const ClientSide>, std::vector<Error>> ClientSide::load(
    const ClientOptions& options, std::shared_ptr<KeyLog> key_log) {
  auto context = make_context(Leg::server, {options.lowest, options.ciphers, options.origin},
                              std::move(key_log));
  if (!context) return std::unexpected(std::vector<Error>{context.error()});
  std::vector<Error> errors;
  std::vector<std::string> notes;
  verify_peers(context->get(), PeerCertificate::required);
  SSL_CTX_set_cert_cb(context->get(), note_asked, nullptr);
  if (options.ca.empty()) {
    trust_system(context->get());
  } else {
    auto trusted = trust_file(context->get(), options.ca, options.origin);
    trusted ? void(notes = *std::move(trusted)) : errors.push_back(trusted.error());
  }
  if (options.certificate) {
    const auto more = show_certificate(context->get(), *options.certificate);
    errors.insert(errors.end(), more.begin(), more.end());
  }
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return std::make_shared<const VerifiedOrNot>(options.is_verified, *std::move(context),
                                               std::move(notes));
}

}  // namespace lastframe::ssl
