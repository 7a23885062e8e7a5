// The service manager that started us (systemd, or whoever else speaks sd_notify(3)), which is told
// how we are.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/base/moment.h"
#include "net/file_descriptor.h"
#include "net/socket_address.h"

namespace lastframe::cli {

// Without a service manager every call does nothing. A message that cannot be sent is lost: whoever
// waits for it will act. Texts are cut at a line's end and at 200 characters.
class Supervisor {
 public:
  // Looks at $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID (sd_notify(3),
  // sd_watchdog_enabled(3)). The error says which of them makes no sense.
  static std::expected<Supervisor, Error> of_environment();
  Supervisor() = default;  // of nobody

  bool is_there() const { return address_.has_value(); }

  // How long it lets us be silent; absent: for ever.
  std::optional<std::chrono::microseconds> patience() const { return patience_; }

  void say_ready(std::string_view status) const;
  void say_reloading(Moment now) const;  // say_ready() ends it, whether it went well or not
  // `needed`: what stopping may take from now on; it is then waited for so long.
  void say_stopping(std::string_view status, std::chrono::microseconds needed) const;
  void say_alive(std::string_view status) const;

 private:
  void send(const std::string& message) const;

  std::optional<net::SocketAddress> address_;
  std::optional<std::chrono::microseconds> patience_;
};

}  // namespace lastframe::cli
