#include "core/proxying/proxy_header.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>

#include "core/base/ascii.h"
#include "core/base/ip.h"

namespace lastframe::proxying {
namespace {

using State = ProxyHeaderRead::State;

constexpr std::string_view kStart1 = "PROXY ";
constexpr std::string_view kStart2("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kLongest1 = 107;  // section 2.1, with its CRLF
constexpr std::size_t kFixedSize2 = 16;

constexpr unsigned char kInet = 1;
constexpr unsigned char kInet6 = 2;
constexpr unsigned char kUnix = 3;
constexpr std::size_t kUnixPathSize = 108;

ProxyHeaderRead malformed(std::string fault) {
  return {.state = State::malformed,
          .size = 0,
          .source = std::nullopt,
          .destination = std::nullopt,
          .fault = std::move(fault)};
}

unsigned char byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

std::uint16_t number_at(std::string_view text, std::size_t at) {
  return static_cast<std::uint16_t>(byte_at(text, at) << 8 | byte_at(text, at + 1));
}

// Section 2.1: decimal, without leading zeros.
std::optional<std::uint16_t> port(std::string_view text) {
  std::uint16_t value = 0;
  if (text.empty() || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  const auto fault = std::from_chars(text.data(), text.data() + text.size(), value).ec;
  return fault == std::errc{} ? std::optional(value) : std::nullopt;
}

using ParseAddress = std::optional<IpBytes> (*)(std::string_view);

// Whether more bytes could make an address of it. One of these endings does, if any does: they
// close a group or a number, and stand for all that is missing behind it.
bool can_begin_address(std::string_view text, ParseAddress parse) {
  constexpr auto kEndings = std::to_array<std::string_view>(
      {"", "0", ":", "::", ".0", "0.0", ".0.0", "0.0.0", ".0.0.0", "0.0.0.0"});
  return std::ranges::any_of(kEndings, [&](std::string_view ending) {
    return parse(std::string(text).append(ending)).has_value();
  });
}

// Where a line lacks its end: whether it may still come within 107 bytes.
ProxyHeaderRead incomplete_line(std::string_view line) {
  const std::size_t last_cr = kLongest1 - 2;
  if (line.size() <= last_cr || (line.size() == last_cr + 1 && line.back() == '\r')) return {};
  return malformed("the line has more than 107 bytes");
}

struct Addresses {
  std::array<std::string, 2> hosts;
  std::array<std::uint16_t, 2> ports{};
};

ProxyHeaderRead complete(std::size_t size, Addresses&& addresses) {
  return {.state = State::complete,
          .size = size,
          .source = HostAndPort{std::move(addresses.hosts[0]), addresses.ports[0]},
          .destination = HostAndPort{std::move(addresses.hosts[1]), addresses.ports[1]},
          .fault = {}};
}

ProxyHeaderRead complete(std::size_t size) {
  ProxyHeaderRead read;
  read.state = State::complete;
  read.size = size;
  return read;
}

ProxyHeaderRead incomplete(std::size_t size) {
  ProxyHeaderRead read;
  read.size = size;
  return read;
}

// "SOURCE DESTINATION PORT PORT\r\n", as `rest` of `line`: one blank between two fields.
ProxyHeaderRead read_addresses(std::string_view line, std::string_view rest, ParseAddress parse) {
  constexpr auto kFaults = std::to_array<std::string_view>(
      {"the source is no address of the family", "the destination is no address of the family",
       "the source port is no number from 0 to 65535",
       "the destination port is no number from 0 to 65535"});
  Addresses addresses;
  for (std::size_t field = 0; field < kFaults.size(); ++field) {
    const bool is_address = field < 2;
    const std::size_t end = std::min(rest.find_first_of(" \r\n"), rest.size());
    const std::string_view word = rest.substr(0, end);
    if (end == rest.size()) {
      const bool can_begin =
          is_address ? can_begin_address(word, parse) : word.empty() || port(word).has_value();
      return can_begin ? incomplete_line(line) : malformed(std::string(kFaults[field]));
    }
    if (is_address) {
      const auto address = parse(word);
      if (!address) return malformed(std::string(kFaults[field]));
      addresses.hosts[field] = ip_text(*address);
    } else {
      const auto number = port(word);
      if (!number) return malformed(std::string(kFaults[field]));
      addresses.ports[field - 2] = *number;
    }
    const bool is_last = field + 1 == kFaults.size();
    if (rest[end] != (is_last ? '\r' : ' ')) return malformed("its fields are not four");
    rest.remove_prefix(end + 1);
  }
  if (rest.empty()) return incomplete_line(line);
  if (rest.front() != '\n') return malformed("a CR without its LF");
  const auto size = static_cast<std::size_t>(rest.data() + 1 - line.data());
  return complete(size, std::move(addresses));
}

ProxyHeaderRead read_v1(std::string_view text) {
  const std::string_view line = text.substr(0, kLongest1);
  if (line.size() <= kStart1.size()) return {};
  std::string_view rest = line.substr(kStart1.size());
  const std::size_t end = std::min(rest.find_first_of(" \r"), rest.size());
  const std::string_view family = rest.substr(0, end);
  if (end == rest.size()) {
    const bool can_begin =
        std::ranges::any_of(std::to_array<std::string_view>({"TCP4", "TCP6", "UNKNOWN"}),
                            [&](std::string_view known) { return known.starts_with(family); });
    return can_begin ? ProxyHeaderRead{} : malformed("neither TCP4, TCP6 nor UNKNOWN");
  }
  rest.remove_prefix(end);
  if (family == "UNKNOWN") {
    // Section 2.1: "the receiver must ignore anything presented before the CRLF is found."
    const std::size_t line_end = line.find("\r\n");
    return line_end == std::string_view::npos ? incomplete_line(line) : complete(line_end + 2);
  }
  const bool is_tcp = family == "TCP4" || family == "TCP6";
  if (!is_tcp) return malformed("neither TCP4, TCP6 nor UNKNOWN");
  if (rest.front() != ' ') return malformed("a line without addresses");
  return read_addresses(line, rest.substr(1), family == "TCP4" ? parse_ipv4 : parse_ipv6);
}

// RFC 9260 appendix A: CRC-32C, here with the reflected polynomial, low bits first.
constexpr auto kCrc32c = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82F63B78U : 0);
    table[i] = crc;
  }
  return table;
}();

// Section 2.2.3: of the whole header, with zeros in the four bytes of the checksum itself.
std::uint32_t checksum(std::string_view header, std::size_t own_place) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (std::size_t at = 0; at < header.size(); ++at) {
    const bool is_own = at >= own_place && at < own_place + 4;
    crc = crc >> 8 ^ kCrc32c[(crc ^ (is_own ? 0U : byte_at(header, at))) & 0xFF];
  }
  return ~crc;
}

// The TLVs from `at` to the header's end, as far as they came: their lengths must fill it, and a
// checksum must be right.
std::optional<std::string> fault_of_tlvs(std::string_view text, std::size_t at, std::size_t size) {
  constexpr std::size_t kTlvHead = 3;
  constexpr unsigned char kCrcType = 3;
  std::optional<std::size_t> crc;
  while (at < size) {
    if (size - at < kTlvHead) return "a TLV is cut short by the header's end";
    if (text.size() < at + kTlvHead) return std::nullopt;
    const unsigned char type = byte_at(text, at);
    const std::size_t length = number_at(text, at + 1);
    at += kTlvHead;
    if (length > size - at) return "a TLV is longer than the header";
    if (type == kCrcType) {
      if (length != 4) return "a checksum that has not 4 bytes";
      if (crc) return "two checksums";
      crc = at;
    }
    at += length;
  }
  if (!crc || text.size() < size) return std::nullopt;
  const auto said = static_cast<std::uint32_t>(number_at(text, *crc)) << 16 |
                    static_cast<std::uint32_t>(number_at(text, *crc + 2));
  if (said != checksum(text.substr(0, size), *crc)) return "the checksum is wrong";
  return std::nullopt;
}

IpBytes ip_at(std::string_view text, std::size_t at, std::size_t size) {
  IpBytes ip{};
  if (size == 4) ip[10] = ip[11] = 0xFF;
  for (std::size_t i = 0; i < size; ++i) ip[ip.size() - size + i] = byte_at(text, at + i);
  return ip;
}

// `block`: behind the fixed part. A unix socket has neither host nor port.
Addresses addresses_in(std::string_view block, unsigned char family) {
  Addresses addresses;
  if (family == kUnix) return addresses;
  const std::size_t size = family == kInet ? 4 : 16;
  for (const std::size_t i : {0U, 1U}) {
    addresses.hosts[i] = ip_text(ip_at(block, i * size, size));
    addresses.ports[i] = number_at(block, 2 * size + 2 * i);
  }
  return addresses;
}

ProxyHeaderRead read_v2(std::string_view text) {
  if (text.size() <= 12) return {};
  const unsigned char command = byte_at(text, 12);
  if (command >> 4 != 2) return malformed("its version is not 2");
  if ((command & 0xF) > 1) return malformed("its command is neither LOCAL nor PROXY");
  if (text.size() <= 13) return {};
  const bool is_local = (command & 0xF) == 0;
  const unsigned char family = byte_at(text, 13) >> 4;
  const unsigned char transport = byte_at(text, 13) & 0xF;
  // LOCAL: "discard the protocol block including the family which is ignored".
  if (!is_local && family > kUnix) return malformed("an address family that is not known");
  if (!is_local && transport > 2) return malformed("a transport protocol that is not known");
  if (text.size() < kFixedSize2) return {};
  const std::size_t size = kFixedSize2 + number_at(text, 14);
  // Nor is anything said of the layout where family or transport are unspecified.
  if (is_local || family == 0 || transport == 0) {
    return text.size() < size ? incomplete(size) : complete(size);
  }
  const std::size_t addresses_size = family == kInet    ? 2 * (4 + 2)
                                     : family == kInet6 ? 2 * (16 + 2)
                                                        : 2 * kUnixPathSize;
  if (size < kFixedSize2 + addresses_size) return malformed("too short for its addresses");
  if (auto fault = fault_of_tlvs(text, kFixedSize2 + addresses_size, size)) {
    return malformed(*std::move(fault));
  }
  if (text.size() < size) return incomplete(size);
  return complete(size, addresses_in(text.substr(kFixedSize2), family));
}

// Both of them, where both are known.
std::optional<std::array<IpBytes, 2>> known(const HostAndPort& source,
                                            const HostAndPort& destination) {
  const auto from = parse_ip(source.host);
  const auto to = parse_ip(destination.host);
  if (!from || !to) return std::nullopt;
  return std::array{*from, *to};
}

void append_number(std::string& text, std::size_t number) {
  text += static_cast<char>(number >> 8);
  text += static_cast<char>(number & 0xFF);
}

}  // namespace

ProxyHeaderRead read_proxy_header(ByteView bytes) {
  const std::string_view text = as_text(bytes);
  if (kStart1.starts_with(text.substr(0, kStart1.size()))) return read_v1(text);
  if (kStart2.starts_with(text.substr(0, kStart2.size()))) return read_v2(text);
  return malformed("the connection begins with no PROXY header");
}

std::string proxy_header_v1(const HostAndPort& source, const HostAndPort& destination) {
  const auto ips = known(source, destination);
  if (!ips) return "PROXY UNKNOWN\r\n";
  const bool is_v4 = std::ranges::all_of(*ips, is_ipv4);
  std::string line(is_v4 ? "PROXY TCP4" : "PROXY TCP6");
  for (const IpBytes& ip : *ips) {
    line += !is_v4 && is_ipv4(ip) ? " ::ffff:" : " ";
    line += ip_text(ip);
  }
  line.append(" ").append(std::to_string(source.port));
  return line.append(" ").append(std::to_string(destination.port)).append("\r\n");
}

std::string proxy_header_v2(const HostAndPort& source, const HostAndPort& destination) {
  const auto ips = known(source, destination);
  std::string header(kStart2);
  // LOCAL, which every receiver must accept: HAProxy 2.6 resets a connection with PROXY and
  // AF_UNSPEC. Receivers then use the connection's own addresses, as with UNKNOWN.
  if (!ips) return header.append("\x20").append(3, '\0');
  header += '\x21';
  const bool is_v4 = std::ranges::all_of(*ips, is_ipv4);
  const std::size_t size = is_v4 ? 4 : 16;
  header += is_v4 ? '\x11' : '\x21';
  append_number(header, 2 * (size + 2));
  for (const IpBytes& ip : *ips) header.append(ip.end() - static_cast<long>(size), ip.end());
  append_number(header, source.port);
  append_number(header, destination.port);
  return header;
}

}  // namespace lastframe::proxying
