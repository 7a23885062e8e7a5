// Inflates the messages of permessage-deflate (RFC 7692 section 7.2.2) in little memory: between
// messages a direction keeps only the output that its window can still reach, and borrows a zlib
// state from a pool that all connections of a worker share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "core/base/bytes.h"
#include "core/ws/extensions.h"

namespace lastframe::ws {

struct InflateLimits {
  std::size_t memory = 64 * 1024 * 1024;       // bytes, all states and windows of the pool
  std::uint64_t message = 64 * 1024 * 1024;    // bytes that one message may inflate to
  std::uint64_t ratio = 200;                   // output by input; counts from ratio_from on
  std::uint64_t ratio_from = 4 * 1024 * 1024;  // bytes of output
  std::size_t idle_states = 32;                // zlib states kept attached between messages
};

enum class InflateOutcome : unsigned char {
  good,
  corrupt,          // no DEFLATE data, or the message ends inside a block
  window_exceeded,  // refers back beyond the negotiated window
  context_lost,     // refers back to before everything that may be referred to
  without_measure,  // over the ratio limit: not inflated any further
  shed,             // not inflated: over the memory budget, over the message limit, or the context
                    // is not known any more (shed, corrupt or cut before). Never a violation
};

class InflatePool;

// One direction's inflater. It must not outlive its pool; one thread uses both.
class Inflater {
 public:
  Inflater(InflatePool& pool, DeflateParameters parameters);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  void begin_message();

  // Called by feed() and end_message() for each run of output; the view lives as long as the call.
  // Returns false to stop: the rest of the message is then inflated (the next one may refer to it)
  // but not shown.
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual bool take(ByteView inflated) = 0;
  };

  // The next part of the message's payload, unmasked. After anything but `good` the rest of the
  // message may be fed, and is skipped with the same outcome.
  InflateOutcome feed(ByteView compressed, Sink& sink);

  // The message is whole: the four bytes that its sender took off (00 00 ff ff) are put back.
  InflateOutcome end_message(Sink& sink);

  // The stream was cut or the direction lost track: what comes later cannot refer back.
  void lose_context();

  std::uint64_t message_output() const;  // bytes inflated of the message in hand
  std::size_t memory() const;            // bytes held: window, and the zlib state if attached
};

// zlib states and windows of a worker, under one budget; the least recently used window goes first.
class InflatePool {
 public:
  explicit InflatePool(InflateLimits limits);
  ~InflatePool();

  std::size_t memory() const;           // bytes, never above limits.memory
  std::uint64_t shed_messages() const;  // not inflated, whatever the reason
};

}  // namespace lastframe::ws
