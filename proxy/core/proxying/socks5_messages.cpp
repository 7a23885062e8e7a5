#include "core/proxying/socks5_messages.h"

#include <algorithm>

#include "core/base/ip.h"

namespace lastframe::proxying {
namespace {

std::size_t size_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

std::string numeric(std::string_view address) {
  IpBytes ip{};
  if (address.size() == 4) ip[10] = ip[11] = 0xFF;
  std::ranges::copy(address, ip.end() - static_cast<std::ptrdiff_t>(address.size()));
  return ip_text(ip);
}

}  // namespace

// 05 | number of methods | methods
std::optional<SocksGreeting> read_socks_greeting(std::string_view bytes) {
  if (bytes.size() < 2 || bytes.size() < 2 + size_at(bytes, 1)) return std::nullopt;
  const std::string_view methods = bytes.substr(2, size_at(bytes, 1));
  return SocksGreeting{.methods = methods, .size = 2 + methods.size()};
}

// 01 | length | user | length | password
std::optional<SocksPassword> read_socks_password(std::string_view bytes) {
  if (bytes.size() < 2 || bytes.size() < 3 + size_at(bytes, 1)) return std::nullopt;
  const std::string_view user = bytes.substr(2, size_at(bytes, 1));
  const std::size_t password_at = 3 + user.size();
  const std::size_t password_size = size_at(bytes, password_at - 1);
  if (bytes.size() < password_at + password_size) return std::nullopt;
  return SocksPassword{.user = user,
                       .password = bytes.substr(password_at, password_size),
                       .size = password_at + password_size};
}

// 05 | command or reply | 00 | address type | address | port
SocksAddress read_socks_address(std::string_view message) {
  constexpr std::size_t kTypeAt = 3;
  SocksAddress read;
  if (message.size() <= kTypeAt) return read;
  std::size_t begin = kTypeAt + 1;
  std::size_t size = 0;
  const char type = message[kTypeAt];
  if (type == 1) {
    size = 4;
  } else if (type == 4) {
    size = 16;
  } else if (type == 3) {
    if (message.size() <= begin) return read;
    size = size_at(message, begin++);
  } else {
    read.state = SocksAddress::State::unknown_type;
    return read;
  }
  const std::size_t end = begin + size + 2;
  if (message.size() < end) return read;
  const std::string_view address = message.substr(begin, size);
  read.state = SocksAddress::State::complete;
  read.size = end;
  read.is_name = type == 3;
  read.host = read.is_name ? std::string(address) : numeric(address);
  read.port =
      static_cast<std::uint16_t>(size_at(message, end - 2) << 8 | size_at(message, end - 1));
  return read;
}

}  // namespace lastframe::proxying
