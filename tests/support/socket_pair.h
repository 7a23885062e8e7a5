// Both ends of one connection.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cassert>
#include <utility>

#include "net/file_descriptor.h"

namespace lastframe {

inline std::pair<net::FileDescriptor, net::FileDescriptor> socket_pair() {
  std::array<int, 2> ends{};
  [[maybe_unused]] const int made =
      ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data());
  assert(made == 0);
  return {net::FileDescriptor(ends[0]), net::FileDescriptor(ends[1])};
}

}  // namespace lastframe
