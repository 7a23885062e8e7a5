// Inflates the messages of permessage-deflate (RFC 7692 section 7.2.2) in little memory: between
// messages a direction keeps only the output that its window can still reach, and borrows a zlib
// state from a pool that all connections of a worker share.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/bytes.h"
#include "core/ws/extensions.h"
#include "core/ws/inflate_pool.h"

namespace lastframe::ws {

enum class InflateOutcome : unsigned char {
  good,
  corrupt,          // no DEFLATE data, or the message ends inside a block
  window_exceeded,  // refers back beyond the negotiated window
  context_lost,     // refers back to before everything that may be referred to
  without_measure,  // over the ratio limit: not inflated any further
  shed,             // not inflated: over the memory budget, over the message limit, or the context
                    // is not known any more (shed, corrupt or cut before). Never a violation
};

// One direction's inflater. It must not outlive its pool; one thread uses both.
//
// What is said does not depend on how the payload is cut, nor on what the pool has taken away and
// given back in between: zlib is fed in parts of a fixed size, counted from the message's first
// byte. So the outcome of a feed() may be about bytes of the feeds before it.
//
// A reference back beyond a window of less than 15 bits may pass where it is too far by less than
// a quarter of the window or 512 bytes, whichever is more, for zlib looks into its output, too.
class Inflater : private UseLink {
 public:
  Inflater(InflatePool& pool, DeflateParameters parameters);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // A message that is still in hand was cut, and is given up as by lose_context().
  void begin_message();

  // Called by feed() and end_message() for each run of output; the view lives as long as the call.
  // Returns false to stop: the rest of the message is then inflated (the next one may refer to it)
  // but not shown. It must not use any inflater of the same pool: they share the run's memory.
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual bool take(ByteView inflated) = 0;
  };

  // The next part of the message's payload, unmasked. After anything but `good` the rest of the
  // message may be fed, and is skipped with the same outcome. Between messages: `shed`, not
  // counted.
  InflateOutcome feed(ByteView compressed, Sink& sink);

  // The message is whole: the four bytes that its sender took off (00 00 ff ff) are put back.
  InflateOutcome end_message(Sink& sink);

  // The stream was cut or the direction lost track: a message in hand is shed, and so are later
  // ones if they may refer back.
  void lose_context();

  std::uint64_t message_output() const { return output_; }  // bytes inflated of the message in hand
  std::size_t memory() const;  // bytes held: window, and the zlib state if attached

 private:
  friend class InflatePool;

  void inflate(ByteView part, Sink& sink);
  InflateOutcome measured() const;
  InflateOutcome fault() const;
  bool is_at_block_boundary() const;
  void stop(InflateOutcome outcome);
  std::uint64_t reachable() const;

  enum class Progress : unsigned char { between_messages, in_message };
  enum class Context : unsigned char { known, unknown };

  InflatePool& pool_;
  ZlibState* state_ = nullptr;   // the pool's; attached in a message, and for some time behind it
  std::byte* window_ = nullptr;  // the pool's; history_ bytes. Never beside an attached state
  std::uint64_t input_ = 0;      // of the message in hand, as far as inflated
  std::uint64_t output_ = 0;
  std::uint32_t history_ = 0;  // bytes before the message in hand that it may refer to: 0 to 2^bits
  DeflateParameters parameters_;
  Progress progress_ = Progress::between_messages;
  Context context_ = Context::known;
  InflateOutcome outcome_ = InflateOutcome::shed;  // so far; between messages: shed
  bool is_shown_ = true;                           // the Sink has not stopped
};

}  // namespace lastframe::ws
