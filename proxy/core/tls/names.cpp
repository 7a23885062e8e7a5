#include "core/tls/names.h"

#include <span>

#include "core/base/words.h"

namespace lastframe::tls {
namespace {

std::string_view name_of(std::span<const Named> names, std::uint16_t number) {
  const auto row = std::ranges::lower_bound(names, number, {}, &Named::number);
  return row == names.end() || row->number != number ? std::string_view() : row->name;
}

std::string name_or_number(std::string_view name, std::uint16_t number) {
  if (!name.empty()) return std::string(name);
  const std::array bytes{static_cast<char>(number >> 8), static_cast<char>(number & 0xFF)};
  return "0x" + hex_text({bytes.data(), bytes.size()});
}

}  // namespace

std::string_view alert_name(std::uint8_t number) { return name_of(kAlerts, number); }

std::string alert_text(std::uint8_t number) {
  const std::string_view name = alert_name(number);
  return name.empty() ? "alert " + std::to_string(number) : std::string(name);
}

std::string version_name(std::uint16_t number) {
  return name_or_number(name_of(kVersions, number), number);
}

std::string cipher_name(std::uint16_t number) {
  return name_or_number(name_of(kCiphers, number), number);
}

}  // namespace lastframe::tls
