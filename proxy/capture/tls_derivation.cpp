#include "capture/tls_derivation.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>
#include <memory>
#include <string>

namespace lastframe::capture {
namespace {

struct FreeingContext {
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_KDF_CTX, FreeingContext>;

Context context_of(const char* name) {
  EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, name, nullptr);
  Context context(EVP_KDF_CTX_new(kdf));
  EVP_KDF_free(kdf);  // the context has it, too
  return context;
}

// OpenSSL takes them as such, and reads only.
OSSL_PARAM digest(tls::Hash hash) {
  static constexpr std::array kNames{"SHA1", "SHA256", "SHA384"};
  return OSSL_PARAM_construct_utf8_string(
      OSSL_KDF_PARAM_DIGEST, const_cast<char*>(kNames[static_cast<std::size_t>(hash)]), 0);
}
OSSL_PARAM octets(const char* key, ByteView bytes) {
  return OSSL_PARAM_construct_octet_string(key, const_cast<std::byte*>(bytes.data()), bytes.size());
}

bool derive(const Context& context, std::span<std::byte> room, const OSSL_PARAM* parameters) {
  return context != nullptr &&
         EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(room.data()), room.size(),
                        parameters) == 1;
}

}  // namespace

bool expand_label(tls::Hash hash, const TlsSecret& secret, std::string_view label,
                  std::span<std::byte> room) {
  int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
  const std::array parameters{
      digest(hash),
      OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
      octets(OSSL_KDF_PARAM_KEY, secret.view()),
      octets(OSSL_KDF_PARAM_PREFIX, as_bytes("tls13 ")),
      octets(OSSL_KDF_PARAM_LABEL, as_bytes(label)),
      OSSL_PARAM_construct_end(),
  };
  return derive(context_of(OSSL_KDF_NAME_TLS1_3_KDF), room, parameters.data());
}

std::optional<TlsSecret> next_traffic_secret(tls::Hash hash, const TlsSecret& secret) {
  std::array<std::byte, TlsSecret::kMost> bytes;
  const auto room = std::span(bytes).first(tls::hash_size(hash));
  if (!expand_label(hash, secret, "traffic upd", room)) return std::nullopt;
  return TlsSecret(room);
}

bool expand_keys(tls::Hash hash, const TlsSecret& master, const TlsRandom& client,
                 const TlsRandom& server, std::span<std::byte> room) {
  const std::array parameters{
      digest(hash),
      octets(OSSL_KDF_PARAM_SECRET, master.view()),
      octets(OSSL_KDF_PARAM_SEED, as_bytes("key expansion")),
      octets(OSSL_KDF_PARAM_SEED, server),  // appended
      octets(OSSL_KDF_PARAM_SEED, client),
      OSSL_PARAM_construct_end(),
  };
  return derive(context_of(OSSL_KDF_NAME_TLS1_PRF), room, parameters.data());
}

}  // namespace lastframe::capture
