// Where this process itself can be reached: places that no client of ours is to be led to.
#pragma once

#include <shared_mutex>
#include <vector>

#include "net/address.h"
#include "net/socket_address.h"

namespace lastframe::net {

// Used from any thread.
class OwnAddresses {
 public:
  // Replaces those of the listeners, as they are bound.
  void set_listeners(std::vector<Address> addresses);
  // One more, for good.
  void add(Address address);

  // Whether who connects to `to` reaches one of them: by the address itself, or by another one of
  // this machine where all of them are listened at. 0.0.0.0 and :: are connected as loopback.
  bool holds(const SocketAddress& to) const;

 private:
  mutable std::shared_mutex mutex_;
  std::vector<Address> listeners_;
  std::vector<Address> others_;
};

}  // namespace lastframe::net
