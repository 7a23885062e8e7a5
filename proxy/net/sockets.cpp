#include "net/sockets.h"

#include <dirent.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace lastframe::net {
namespace {

constexpr int kBacklog = 4096;  // the kernel cuts it to net.core.somaxconn

void set_option(int fd, int level, int name, int value) {
  // Fails only where the option does not apply (a unix socket); nothing depends on it then.
  setsockopt(fd, level, name, &value, sizeof(value));
}

std::string words(int error) { return std::strerror(error); }

std::string remedy_for(int error) {
  if (error == EADDRINUSE) return "stop the process that listens there, or choose another port";
  if (error == EACCES) {
    return "choose a port from 1024, or grant the capability CAP_NET_BIND_SERVICE";
  }
  if (error == EADDRNOTAVAIL) return "listen on an address that this machine has";
  return "";
}

// A socket file that a dead process left behind is in nobody's use.
void remove_stale_socket_file(const SocketAddress& address) {
  const auto* path = reinterpret_cast<const sockaddr_un*>(address.get())->sun_path;
  struct stat file{};
  if (stat(path, &file) != 0 || !S_ISSOCK(file.st_mode)) return;
  const FileDescriptor probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const bool is_refused =
      connect(probe.get(), address.get(), address.size()) != 0 && errno == ECONNREFUSED;
  if (is_refused) unlink(path);
}

// A socket of both families takes foreign addresses of both by the option of its own.
int take_foreign_addresses(int fd, int family) {
  const int on = 1;
  const int level = family == AF_INET6 ? SOL_IPV6 : SOL_IP;
  const int option = family == AF_INET6 ? IPV6_TRANSPARENT : IP_TRANSPARENT;
  return setsockopt(fd, level, option, &on, sizeof(on)) == 0 ? 0 : errno;
}

}  // namespace

std::string_view errno_name(int error) {
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : "unknown";
}

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

bool is_shortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

session::EndKind end_kind_of(int error) {
  if (error == ECONNRESET || error == EPIPE) return session::EndKind::reset;
  return error == ETIMEDOUT ? session::EndKind::timeout : session::EndKind::error;
}

void prepare_relayed_socket(int fd, const std::optional<KeepAlive>& keepalive) {
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, SOL_SOCKET, SO_OOBINLINE, 1);
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, keepalive ? 1 : 0);
  if (!keepalive) return;
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(keepalive->idle.count()));
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, static_cast<int>(keepalive->interval.count()));
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, keepalive->probes);
}

int check_is_free(const SocketAddress& address) {
  if (address.is_unix() || address.port() == 0) return 0;
  const FileDescriptor probe(socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!probe.is_open()) return errno;
  set_option(probe.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (address.family() == AF_INET6) set_option(probe.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  return bind(probe.get(), address.get(), address.size()) == 0 ? 0 : errno;
}

std::expected<FileDescriptor, Error> open_listening_socket(
    const SocketAddress& address, const std::optional<KeepAlive>& keepalive,
    bool takes_both_families, Addresses addresses, std::optional<mode_t> file_mode) {
  FileDescriptor fd(socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.is_open()) return std::unexpected(Error{"", words(errno), ""});
  if (address.is_unix()) {
    remove_stale_socket_file(address);
    // The file that bind() makes takes its mode from the socket.
    if (file_mode) fchmod(fd.get(), *file_mode);
  } else {
    set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);
    prepare_relayed_socket(fd.get(), keepalive);
  }
  if (address.family() == AF_INET6) {
    set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, takes_both_families ? 0 : 1);
  }
  if (addresses == Addresses::foreign) {
    if (const int error = take_foreign_addresses(fd.get(), address.family()); error != 0) {
      return std::unexpected(Error{"", "IP_TRANSPARENT is refused: " + words(error),
                                   "run it as root or with CAP_NET_ADMIN"});
    }
  }
  if (bind(fd.get(), address.get(), address.size()) != 0 || listen(fd.get(), kBacklog) != 0) {
    return std::unexpected(Error{"", words(errno), remedy_for(errno)});
  }
  return fd;
}

ConnectBegun begin_connect(const SocketAddress& to, const std::optional<SocketAddress>& from,
                           const std::optional<KeepAlive>& keepalive, Addresses addresses) {
  FileDescriptor fd(socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.is_open()) return {.socket = {}, .error = errno};
  if (!to.is_unix()) prepare_relayed_socket(fd.get(), keepalive);
  if (from && from->family() == to.family()) {
    // The port is chosen at connect(), by the whole pair of addresses: the same port may then serve
    // many upstreams (ip(7)).
    set_option(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    if (addresses == Addresses::foreign) {
      const int error = take_foreign_addresses(fd.get(), to.family());
      if (error != 0) return {.socket = {}, .error = error};
    }
    if (bind(fd.get(), from->get(), from->size()) != 0) return {.socket = {}, .error = errno};
  }
  if (connect(fd.get(), to.get(), to.size()) != 0 && errno != EINPROGRESS) {
    return {.socket = {}, .error = errno};
  }
  return {.socket = std::move(fd), .error = 0};
}

ssize_t receive(int fd, std::span<std::byte> room) {
  return syscall(SYS_recvfrom, fd, room.data(), room.size(), 0, nullptr, nullptr);
}

ssize_t transmit(int fd, ByteView bytes) {
  return syscall(SYS_sendto, fd, bytes.data(), bytes.size(), MSG_NOSIGNAL, nullptr, 0);
}

int take_socket_error(int fd) {
  int error = 0;
  socklen_t size = sizeof(error);
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

std::uint64_t unacked_bytes(int fd) {
  int bytes = 0;
  return ioctl(fd, SIOCOUTQ, &bytes) == 0 && bytes > 0 ? static_cast<std::uint64_t>(bytes) : 0;
}

void reset_and_close(FileDescriptor& socket) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  socket.close();
}

std::optional<session::TransportFacts> transport_facts(int fd, int error) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  // Bytes that wait while no segment is under way wait for a window, which is probed for.
  const bool has_unacked = info.tcpi_unacked > 0 || info.tcpi_probes > 0 || info.tcpi_backoff > 0;
  return session::TransportFacts{.rtt_ms = static_cast<double>(info.tcpi_rtt) / 1000,
                                 .retransmits = info.tcpi_total_retrans,
                                 .unacked_bytes = has_unacked ? unacked_bytes(fd) : 0,
                                 .error = error != 0 ? errno_name(error) : std::string_view{}};
}

std::uint64_t raise_open_files_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  const rlimit raised{.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
  return setrlimit(RLIMIT_NOFILE, &raised) == 0 ? limit.rlim_max : limit.rlim_cur;
}

std::uint64_t count_open_files() {
  std::uint64_t count = 0;
  DIR* folder = opendir("/proc/self/fd");
  if (folder == nullptr) return 16;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] != '.') ++count;
  }
  closedir(folder);
  return count - 1;  // the folder itself was open
}

}  // namespace lastframe::net
