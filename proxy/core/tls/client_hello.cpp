#include "core/tls/client_hello.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "core/base/ascii.h"
#include "core/tls/fields.h"
#include "core/tls/wire.h"

namespace lastframe::tls {
namespace {

// No client cuts a hello finer than into single bytes of 4 KiB. Each call walks the headers of all
// records, which must stay cheap where the stream comes byte by byte.
constexpr std::size_t kMostRecords = 4096;

// What the header of a record says, as far as it has come; complete: a handshake record.
HelloState judge_record(ByteView record, bool is_first) {
  const HelloState other = is_first ? HelloState::not_tls : HelloState::malformed;
  // RFC 8446 section 5.1: the version "MUST be ignored for all purposes"; its first byte never was.
  // A hello of SSL 2.0 has its high bit set in the first byte.
  if (!record.empty() && record[0] != std::byte{std::to_underlying(RecordType::handshake)}) {
    return other;
  }
  if (record.size() > 1 && record[1] != std::byte{3}) return other;
  if (record.size() < kRecordHeader) return HelloState::incomplete;
  const std::uint32_t length = Fields(record.subspan(3)).number(2);
  // "Implementations MUST NOT send zero-length fragments of Handshake types".
  const bool is_legal = length > 0 && length <= kLongestPlainFragment;
  return is_legal ? HelloState::complete : HelloState::malformed;
}

// Header and body of the hello's message where `bytes` hold all of it.
struct Extent {
  HelloState state;
  std::size_t length = 0;
};

// Looks at headers only, so that a hello that is not complete costs next to nothing.
Extent extent_of_message(ByteView bytes) {
  std::uint32_t header = 0;  // of the message: its first four bytes, or those that are there
  std::size_t have = 0;
  for (std::size_t records = 0; records < kMostRecords; ++records) {
    const HelloState state = judge_record(bytes, records == 0);
    if (state != HelloState::complete) return {.state = state};
    const std::size_t length = Fields(bytes.subspan(3)).number(2);
    bytes = bytes.subspan(kRecordHeader);
    const std::size_t here = std::min(length, bytes.size());
    for (std::size_t i = 0; i < here && have + i < kMessageHeader; ++i) {
      header = header << 8 | std::to_integer<unsigned>(bytes[i]);
    }
    have += here;
    if (have > 0) {
      const std::size_t behind_type = std::min(have, kMessageHeader) - 1;
      const bool is_hello = header >> (8 * behind_type) ==
                            std::uint32_t{std::to_underlying(MessageType::client_hello)};
      if (!is_hello) return {.state = HelloState::malformed};
    }
    if (have >= kMessageHeader) {
      const std::size_t wanted = kMessageHeader + (header & 0xFFFFFF);
      if (kRecordHeader + wanted > kLongestHello) return {.state = HelloState::too_long};
      if (have >= wanted) return {.state = HelloState::complete, .length = wanted};
    }
    if (here < length) return {.state = HelloState::incomplete};
    bytes = bytes.subspan(length);
  }
  return {.state = HelloState::too_long};
}

// The first `length` bytes of what the records carry; they are there.
std::vector<std::byte> message_in(ByteView bytes, std::size_t length) {
  std::vector<std::byte> message;
  message.reserve(length);
  Fields records(bytes);
  while (message.size() < length) {
    records.bytes(3);
    const std::size_t here =
        std::min({std::size_t{records.number(2)}, records.rest().size(), length - message.size()});
    const ByteView fragment = records.bytes(here);
    message.insert(message.end(), fragment.begin(), fragment.end());
  }
  return message;
}

// RFC 1034 section 3.5 with underscores, which names of services have. A name whose last label is
// all digits would be read as an address (RFC 3696 section 2).
bool is_host_name(std::string_view name) {
  constexpr std::size_t kLongestName = 253;
  constexpr std::size_t kLongestLabel = 63;
  if (name.size() > kLongestName) return false;
  while (true) {
    const std::size_t dot = name.find('.');
    const std::string_view label = name.substr(0, dot);
    if (label.empty() || label.size() > kLongestLabel) return false;
    const bool is_plain = std::ranges::all_of(
        label, [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; });
    if (!is_plain) return false;
    if (dot == std::string_view::npos) return !std::ranges::all_of(label, is_digit);
    name.remove_prefix(dot + 1);
  }
}

// RFC 6066 section 3. Two host names are forbidden, and servers differ in which one they take. The
// name is sent "without a trailing dot"; one that has it means the same host. A name that can be
// none is as good as none: nothing may be chosen by it.
std::optional<std::string> read_server_name(Fields extension) {
  Fields list = extension.vector(2);
  if (!extension.is_read_whole() || list.is_at_end()) return std::nullopt;
  std::optional<std::string> found;
  while (!list.is_at_end()) {
    const bool is_host = list.number(1) == 0;
    std::string_view name = as_text(list.vector(2).rest());
    if (list.is_broken() || name.empty() || (is_host && found)) return std::nullopt;
    if (!is_host) continue;
    if (name.ends_with('.')) name.remove_suffix(1);
    found.emplace();
    if (is_host_name(name)) std::ranges::transform(name, std::back_inserter(*found), lower);
  }
  return found.value_or("");
}

// RFC 7301 section 3.1.
std::optional<std::vector<std::string>> read_protocols(Fields extension) {
  Fields list = extension.vector(2);
  if (!extension.is_read_whole() || list.is_at_end()) return std::nullopt;
  std::vector<std::string> protocols;
  while (!list.is_at_end()) {
    const ByteView name = list.vector(1).rest();
    if (list.is_broken() || name.empty()) return std::nullopt;
    if (name.size() == 2 && is_grease(Fields(name).number16())) continue;
    if (protocols.size() < kMostProtocols) protocols.emplace_back(as_text(name));
  }
  return protocols;
}

// A list of 16-bit numbers behind its length, and nothing more.
std::optional<std::vector<std::uint16_t>> read_numbers(Fields list) {
  if (list.is_at_end() || list.rest().size() % 2 != 0) return std::nullopt;
  std::vector<std::uint16_t> numbers;
  while (!list.is_at_end()) {
    const std::uint16_t number = list.number16();
    if (!is_grease(number)) numbers.push_back(number);
  }
  return numbers;
}

// RFC 8446 section 4.2.1.
std::optional<std::vector<std::uint16_t>> read_versions(Fields extension) {
  const Fields list = extension.vector(1);
  return extension.is_read_whole() ? read_numbers(list) : std::nullopt;
}

// Fills `field` once: "There MUST NOT be more than one extension of the same type".
template <typename Field>
bool take(std::optional<Field>& field, std::optional<Field> read) {
  if (field || !read) return false;
  field = std::move(read);
  return true;
}

struct Extensions {
  std::optional<std::string> server_name;
  std::optional<std::vector<std::string>> alpn;
  std::optional<std::vector<std::uint16_t>> versions;
  bool has_encrypted_hello = false;
};

std::optional<Extensions> read_extensions(Fields list) {
  Extensions extensions;
  while (!list.is_at_end()) {
    const auto type = static_cast<ExtensionType>(list.number16());
    const Fields extension = list.vector(2);
    bool is_good = !list.is_broken();
    if (type == ExtensionType::server_name) {
      is_good = is_good && take(extensions.server_name, read_server_name(extension));
    } else if (type == ExtensionType::application_layer_protocol_negotiation) {
      is_good = is_good && take(extensions.alpn, read_protocols(extension));
    } else if (type == ExtensionType::supported_versions) {
      is_good = is_good && take(extensions.versions, read_versions(extension));
    } else if (type == ExtensionType::encrypted_client_hello) {
      extensions.has_encrypted_hello = true;
    }
    if (!is_good) return std::nullopt;
  }
  return extensions;
}

// RFC 8446 section 4.1.2; before TLS 1.2 hellos could end behind the compression methods.
std::optional<ClientHello> read_body(Fields body) {
  constexpr std::size_t kRandom = 32;
  constexpr std::size_t kLongestSessionId = 32;
  const std::uint16_t version = body.number16();
  body.bytes(kRandom);
  const bool is_session_id_good = body.vector(1).rest().size() <= kLongestSessionId;
  auto ciphers = read_numbers(body.vector(2));
  const bool has_compression = !body.vector(1).is_at_end();
  if (!is_session_id_good || !ciphers || !has_compression) return std::nullopt;
  std::optional<Extensions> extensions = Extensions();
  if (!body.is_at_end()) extensions = read_extensions(body.vector(2));
  if (!extensions || !body.is_read_whole()) return std::nullopt;
  return ClientHello{
      .server_name = std::move(extensions->server_name).value_or(""),
      .alpn = std::move(extensions->alpn).value_or(std::vector<std::string>()),
      .versions = std::move(extensions->versions).value_or(std::vector<std::uint16_t>{version}),
      .ciphers = *std::move(ciphers),
      .has_encrypted_hello = extensions->has_encrypted_hello};
}

}  // namespace

HelloRead read_client_hello(ByteView bytes) {
  bytes = bytes.first(std::min(bytes.size(), kLongestHello));
  const Extent extent = extent_of_message(bytes);
  if (extent.state == HelloState::incomplete && bytes.size() == kLongestHello) {
    return {.state = HelloState::too_long, .hello = {}};
  }
  if (extent.state != HelloState::complete) return {.state = extent.state, .hello = {}};
  const std::vector<std::byte> message = message_in(bytes, extent.length);
  auto hello = read_body(Fields(ByteView(message).subspan(kMessageHeader)));
  if (!hello) return {.state = HelloState::malformed, .hello = {}};
  return {.state = HelloState::complete, .hello = *std::move(hello)};
}

}  // namespace lastframe::tls
