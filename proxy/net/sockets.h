// What the relay asks of sockets: made the way a transparent relay needs them.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/error.h"
#include "core/session/input.h"
#include "net/file_descriptor.h"
#include "net/options.h"
#include "net/socket_address.h"

namespace lastframe::net {

// "ECONNREFUSED"; "unknown" for a number without a name.
std::string_view errno_name(int error);

// Whether a call on a non-blocking socket has nothing to do now.
bool would_block(int error);

// Whether the system is short of descriptors or memory: what failed may work a little later.
bool is_shortage(int error);

// How a stream ended, by the error that said so.
session::EndKind end_kind_of(int error);

// Options of every relayed TCP socket: no delay, urgent bytes kept in line (a relay would lose them
// otherwise), keep-alive. Accepted sockets inherit them from their listener.
void prepare_relayed_socket(int fd, const std::optional<KeepAlive>& keepalive);

// Whether nobody listens on `address` yet. Worker sockets share their port (SO_REUSEPORT), so a
// second proxy on the same port would otherwise go unnoticed. 0, or an errno.
int check_is_free(const SocketAddress& address);

// Whose packets a socket takes or sends. `foreign`: those of addresses that are not this machine's,
// which needs CAP_NET_ADMIN (IP_TRANSPARENT, ip(7)).
enum class Addresses { own, foreign };

// A listening, non-blocking socket. `file_mode`: who may connect to a unix socket, from the first
// moment on; else the umask says. The error has no `where`.
std::expected<FileDescriptor, Error> open_listening_socket(
    const SocketAddress& address, const std::optional<KeepAlive>& keepalive,
    bool takes_both_families, Addresses addresses = Addresses::own,
    std::optional<mode_t> file_mode = std::nullopt);

// Begins to connect. On failure an errno; EINPROGRESS is no failure.
struct ConnectBegun {
  FileDescriptor socket;
  int error = 0;
};
ConnectBegun begin_connect(const SocketAddress& to, const std::optional<SocketAddress>& from,
                           const std::optional<KeepAlive>& keepalive,
                           Addresses addresses = Addresses::own);

// recv(2) and send(2) with MSG_NOSIGNAL, without the C library's thread-cancellation points around
// them: nobody cancels threads here, and they cost a sixth of our own instructions for a message.
ssize_t receive(int fd, std::span<std::byte> room);
ssize_t transmit(int fd, ByteView bytes);

// The pending error of a socket (SO_ERROR), which reading clears. 0: none.
int take_socket_error(int fd);

// Bytes that we sent and the peer has not acknowledged (SIOCOUTQ).
std::uint64_t unacked_bytes(int fd);

// Closes so that the peer sees a reset (on a unix socket it sees an end: there is no reset there).
void reset_and_close(FileDescriptor& socket);

// TCP_INFO; no value where the socket is no TCP.
std::optional<session::TransportFacts> transport_facts(int fd, int error);

// Raises the limit of open files as far as it may be raised; what it is then.
std::uint64_t raise_open_files_limit();
std::uint64_t count_open_files();

}  // namespace lastframe::net
