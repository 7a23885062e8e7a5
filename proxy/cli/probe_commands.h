// What the command line says of probe and echo.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "net/address.h"
#include "probe/request.h"
#include "probe/target.h"
#include "ssl/options.h"

namespace lastframe::cli {

inline constexpr std::uint16_t kEchoPort = 9465;  // on 127.0.0.1

enum class PathFormat { text, json };

struct EchoCommand {
  net::Address listen = net::TcpAddress{"127.0.0.1", kEchoPort};
  std::optional<ssl::KeyPairFiles> tls{};  // absent: plain text
  PathFormat format = PathFormat::text;

  bool operator==(const EchoCommand&) const = default;
};

// Whether a path is tested against an echo at its end, and how far.
struct BatteryFlags {
  std::optional<std::chrono::milliseconds> longest{};    // silence that is tried; absent: none is
  std::size_t max_size = std::size_t{16} * 1024 * 1024;  // bytes of the largest message

  bool operator==(const BatteryFlags&) const = default;
};

struct ProbeCommand {
  probe::Target target;
  std::optional<BatteryFlags> battery{};  // absent: one connection, to any server
  std::chrono::milliseconds timeout{5000};
  std::vector<probe::Field> fields{};
  std::vector<std::string> subprotocols{};
  std::string origin{};
  std::optional<std::string> message{};
  bool is_verified = true;
  std::string ca{};                       // file; empty: the system's
  std::optional<net::Address> connect{};  // instead of the URL's address
  PathFormat format = PathFormat::text;

  bool operator==(const ProbeCommand&) const = default;
};

}  // namespace lastframe::cli
