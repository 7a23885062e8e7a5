// All connections of a capture, within bounds: how many are followed, and how much waits for
// missing packets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <unordered_map>

#include "capture/input_sink.h"
#include "capture/packet_layers.h"
#include "capture/tcp_connection.h"
#include "core/base/moment.h"

namespace lastframe::capture {

class TcpConnections {
 public:
  // Both outlive this.
  TcpConnections(InputSink& sink, ConnectionIds& ids, const TcpLimits& limits = {});

  // Times may go back a little between packets; those of one connection's inputs do not.
  void take(const TcpSegment& segment, WallTime at);
  // Nothing more comes.
  void finish();

 private:
  // Both ends, the smaller one first.
  struct Ends {
    TcpEnd low;
    TcpEnd high;

    bool operator==(const Ends&) const = default;
  };
  struct Hash {
    std::size_t seed;

    std::size_t operator()(const Ends& ends) const;
  };
  struct Entry {
    Ends ends;
    TcpConnection connection;
    std::uint64_t wait = 0;  // its number in waiting_; 0: it is not there
  };
  using Entries = std::list<Entry>;

  static Ends ends_of(const TcpSegment& segment);
  void take(Entries::iterator entry, const TcpSegment& segment, Moment now);
  void note_waiting(Entries::iterator entry, std::size_t held_before);
  void stop_following(Entries::iterator entry, const char* why);
  void tell_longest_waiting();
  void keep_to_limit();

  TcpLimits limits_;
  TcpContext context_;
  // Those that go on and those that are over, each with the one last heard of at the back.
  Entries open_;
  Entries over_;
  std::unordered_map<Ends, Entries::iterator, Hash> by_ends_;
  // Those with bytes that wait, the longest waiting first.
  std::map<std::uint64_t, Entries::iterator> waiting_;
  std::uint64_t last_wait_ = 0;
  std::size_t held_ = 0;
  bool has_time_ = false;
  bool is_full_ = false;  // and it was said
};

}  // namespace lastframe::capture
