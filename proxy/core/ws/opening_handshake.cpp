#include "core/ws/opening_handshake.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>

namespace lastframe::ws {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

std::optional<std::string> owned(const std::optional<std::string_view>& text) {
  if (!text) return std::nullopt;
  return std::string(*text);
}

}  // namespace

HandshakeOffer offer_of(const http::RequestHead& request) {
  return {.key = owned(request.fields.first("Sec-WebSocket-Key")).value_or(""),
          .subprotocols = request.fields.joined("Sec-WebSocket-Protocol"),
          .extensions = request.fields.joined("Sec-WebSocket-Extensions")};
}

std::string accept_value(std::string_view key) {
  std::string text(key);
  text += kGuid;
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  if (SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data()) ==
      nullptr) {
    return {};
  }
  std::array<unsigned char, 32> encoded{};
  const int size = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(digest.size()));
  return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(size)};
}

}  // namespace lastframe::ws
