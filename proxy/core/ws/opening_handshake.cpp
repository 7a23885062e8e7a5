#include "core/ws/opening_handshake.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "core/ws/extensions.h"

namespace lastframe::ws {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

std::optional<std::string> owned(const std::optional<std::string_view>& text) {
  if (!text) return std::nullopt;
  return std::string(*text);
}

// RFC 6455 section 4.1: "an |Upgrade| header field whose value is not an ASCII case-insensitive
// match for the value "websocket"" fails the connection, so a list or a second field does too.
bool is_upgraded(const http::ResponseHead& response) {
  const auto upgrade = response.fields.joined("Upgrade");
  return upgrade && http::equal_ignoring_case(*upgrade, "websocket") &&
         response.fields.has_token("Connection", "upgrade");
}

// "the client MUST fail the connection" where an extension was not offered. Sorted, for both lists
// may be as long as a head allows.
bool are_extensions_offered(const http::ResponseHead& response, const HandshakeOffer& offer) {
  const auto accepted = response.fields.joined("Sec-WebSocket-Extensions");
  if (!accepted) return true;
  const std::string offered_text = offer.extensions.value_or("");
  auto offered = parse_extensions(offered_text);
  std::ranges::sort(offered, http::less_ignoring_case, &Extension::name);
  return std::ranges::all_of(parse_extensions(*accepted), [&](const Extension& extension) {
    return std::ranges::binary_search(offered, extension.name, http::less_ignoring_case,
                                      &Extension::name);
  });
}

// Likewise for a subprotocol that was not offered.
bool is_subprotocol_offered(const http::ResponseHead& response, const HandshakeOffer& offer) {
  const auto chosen = response.fields.joined("Sec-WebSocket-Protocol");
  if (!chosen) return true;
  const std::string offered = offer.subprotocols.value_or("");
  return std::ranges::count(http::list_elements(offered), std::string_view(*chosen)) > 0;
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

bool is_acceptable(const http::ResponseHead& response, const HandshakeOffer& offer) {
  const http::Fields& fields = response.fields;
  if (response.status != 101 || !is_upgraded(response)) return false;
  const auto accept = fields.joined("Sec-WebSocket-Accept");
  return accept && *accept == accept_value(offer.key) && are_extensions_offered(response, offer) &&
         is_subprotocol_offered(response, offer);
}

}  // namespace lastframe::ws
