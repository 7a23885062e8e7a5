// A listening address as people write it, and what the kernel makes of it.
#pragma once

#include <expected>
#include <string>

#include "core/base/error.h"
#include "net/address.h"
#include "net/socket_address.h"

namespace lastframe::net {

struct ListenAt {
  SocketAddress address;
  bool takes_both_families = false;  // every address, where the system has IPv6
};

// The kernel's form of a listening address; a name is looked up. Errors have no `where`.
std::expected<ListenAt, Error> listen_at(const Address& address);

// Nothing where nobody listens there yet ("every address" is in use as soon as one family's is).
// The error has no `where`.
std::expected<void, Error> check_all_free(const ListenAt& at);

// As a ready line names it: `bound` is what the kernel made of the port.
std::string bound_text(const ListenAt& at, const SocketAddress& bound);

}  // namespace lastframe::net
