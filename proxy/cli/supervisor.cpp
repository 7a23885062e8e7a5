#include "cli/supervisor.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>

#include "core/base/words.h"
#include "net/sockets.h"
#include "settings/quantities.h"

namespace lastframe::cli {
namespace {

constexpr std::size_t kMostStatus = 200;  // characters

// unix(7): a name that begins with @ is written for an abstract socket, whose first byte is 0.
std::optional<net::SocketAddress> address_of(std::string_view name) {
  if (!name.starts_with('@')) {
    return name.starts_with('/') ? net::SocketAddress::of_path(name) : std::nullopt;
  }
  sockaddr_un address{};
  if (name.size() > sizeof(address.sun_path)) return std::nullopt;
  address.sun_family = AF_UNIX;
  std::ranges::copy(name.substr(1), address.sun_path + 1);
  return net::SocketAddress::from(
      reinterpret_cast<const sockaddr*>(&address),
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size()));
}

// A line end would begin another assignment.
std::string status_line(std::string_view status) {
  const std::size_t size = std::min(status.find('\n'), kMostStatus);
  return fmt::format("STATUS={}\n", status.substr(0, size));
}

// The watchdog may be meant for another process, which started us.
bool is_meant_for_us() {
  const char* const pid = std::getenv("WATCHDOG_PID");
  return pid == nullptr ||
         settings::parse_whole_number(pid) == static_cast<std::uint64_t>(getpid());
}

std::expected<std::optional<std::chrono::microseconds>, Error> patience_of_environment() {
  const char* const text = std::getenv("WATCHDOG_USEC");
  if (text == nullptr || !is_meant_for_us()) return std::nullopt;
  const auto number = settings::parse_whole_number(text);
  if (!number || *number == 0) {
    return std::unexpected(Error{"WATCHDOG_USEC", in_quotes(text) + " is no number of microseconds",
                                 "no signs of life are given; unset it where no watchdog waits"});
  }
  return std::chrono::microseconds(*number);
}

}  // namespace

std::expected<Supervisor, Error> Supervisor::of_environment() {
  Supervisor supervisor;
  const char* const name = std::getenv("NOTIFY_SOCKET");
  if (name == nullptr || *name == '\0') return supervisor;
  supervisor.address_ = address_of(name);
  if (!supervisor.address_) {
    return std::unexpected(Error{"NOTIFY_SOCKET",
                                 in_quotes(name) + " is no path and no abstract socket",
                                 "the service manager is not told how we are; unset it where none "
                                 "waits"});
  }
  const auto patience = patience_of_environment();
  if (!patience) return std::unexpected(patience.error());
  supervisor.patience_ = *patience;
  return supervisor;
}

void Supervisor::say_ready(std::string_view status) const {
  send("READY=1\n" + status_line(status));
}

void Supervisor::say_reloading(Moment now) const {
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\n", now.time_since_epoch().count()));
}

void Supervisor::say_stopping(std::string_view status, std::chrono::microseconds needed) const {
  send(fmt::format("STOPPING=1\nEXTEND_TIMEOUT_USEC={}\n{}", needed.count(), status_line(status)));
}

void Supervisor::say_alive(std::string_view status) const {
  send("WATCHDOG=1\n" + status_line(status));
}

void Supervisor::send(const std::string& message) const {
  if (!address_) return;
  // A socket for each message: they are rare, and a service manager that starts anew is found.
  const net::FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sendto(socket.get(), message.data(), message.size(), MSG_NOSIGNAL, address_->get(),
         address_->size());
}

}  // namespace lastframe::cli
