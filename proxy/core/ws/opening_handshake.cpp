#include "core/ws/opening_handshake.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <memory>

#include "core/http/head_text.h"

namespace lastframe::ws {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

std::optional<std::string> owned(const std::optional<std::string_view>& text) {
  if (!text) return std::nullopt;
  return std::string(*text);
}

// Looking a digest up by its name costs many times as much as digesting a key, so that is done
// once. Null where libcrypto has no SHA-1.
const EVP_MD* sha1() {
  struct Free {
    void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
  };
  static const std::unique_ptr<EVP_MD, Free> digest(EVP_MD_fetch(nullptr, "SHA1", nullptr));
  return digest.get();
}

}  // namespace

HandshakeOffer offer_of(const http::RequestHead& request) {
  return {.key = owned(request.fields.first("Sec-WebSocket-Key")).value_or(""),
          .is_http2 = http::is_http2(request.version),
          .subprotocols = request.fields.joined("Sec-WebSocket-Protocol"),
          .extensions = request.fields.joined("Sec-WebSocket-Extensions")};
}

std::string accept_value(std::string_view key) {
  std::string text(key);
  text += kGuid;
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, sha1(), nullptr) != 1) return {};
  std::array<unsigned char, 32> encoded{};
  const int size = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(digest.size()));
  return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(size)};
}

}  // namespace lastframe::ws
