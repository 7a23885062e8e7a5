// The messages of SOCKS version 5 as they stand on the wire (RFC 1928, RFC 1929), for a proxy that
// answers them and for whoever only looks on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lastframe::proxying {

inline constexpr char kSocksVersion = 5;
inline constexpr char kPasswordVersion = 1;  // RFC 1929 section 2

// RFC 1928 section 3.
inline constexpr char kNoAuthentication = 0;
inline constexpr char kPasswordMethod = 2;
inline constexpr char kNoneAcceptable = '\xFF';

inline constexpr char kConnectCommand = 1;  // RFC 1928 section 4

// RFC 1928 section 6.
enum class SocksReply : unsigned char {
  succeeded = 0,
  general_failure = 1,
  not_allowed = 2,
  network_unreachable = 3,
  host_unreachable = 4,
  connection_refused = 5,
  ttl_expired = 6,
  command_not_supported = 7,
  address_type_not_supported = 8,
};

// Views into the bytes that were read; `size`: of the whole message.
struct SocksGreeting {
  std::string_view methods;
  std::size_t size;
};
struct SocksPassword {
  std::string_view user;
  std::string_view password;
  std::size_t size;
};

// RFC 1928 section 3 and RFC 1929 section 2. `bytes` begin with the version that the name says. No
// value: the message is not complete.
std::optional<SocksGreeting> read_socks_greeting(std::string_view bytes);
std::optional<SocksPassword> read_socks_password(std::string_view bytes);

struct SocksAddress {
  enum class State : unsigned char { incomplete, complete, unknown_type };
  State state = State::incomplete;
  std::size_t size = 0;  // of a complete message
  std::string host;      // a name as it was written, or a numeric address without brackets
  std::uint16_t port = 0;
  bool is_name = false;
};

// RFC 1928 sections 4 to 6: `message` is a request or a reply from its first byte on; both are
// alike from the address type on.
SocksAddress read_socks_address(std::string_view message);

}  // namespace lastframe::proxying
