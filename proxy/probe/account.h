// What arrived at the far end of a path: told by the echo, compared by the probe.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/moment.h"
#include "probe/frame.h"

namespace lastframe::probe {

// The subprotocol in which a probe asks for accounts, and tells the echo what to do.
inline constexpr std::string_view kSubprotocol = "lastframe-probe.1";

struct Account {
  std::string connection;                  // 16 hex digits, drawn at random
  std::string head;                        // of the request, as it arrived
  std::string answer;                      // the head of the 101, as it was sent
  std::string early;                       // "yes" where frames stood right behind it
  std::string tls;                         // the version; empty: plain text
  std::vector<FrameForm> frames;           // the first ones since the last account
  std::uint64_t frame_count = 0;           // all of them
  std::uint64_t digest = 0;                // of all their payloads, one behind the other
  std::optional<std::string> close;        // the body of the Close frame that arrived
  std::string ended;                       // "fin", "reset", ...; empty: the stream goes on
  std::optional<std::uint64_t> mid_frame;  // payload bytes that the frame in hand still lacks

  bool operator==(const Account&) const = default;
};

inline constexpr std::size_t kMostListedFrames = 256;

// {"account":{...}}: the echo's answer to a report, of at most some 40 KiB besides the head.
std::string account_json(const Account& account);
// No value: this is no account.
std::optional<Account> parse_account(std::string_view json);

// The accounts of all connections of one echo, those that have ended of late too. May be used from
// all threads.
class Accounts {
 public:
  static constexpr std::size_t kMostKept = 512;  // the oldest are forgotten first

  void put(const Account& account);
  // Waits until the connection has ended, at most for `patience`; what is known of it then.
  // No value: nothing is.
  std::optional<Account> find(const std::string& connection, std::chrono::milliseconds patience);

 private:
  std::mutex mutex_;
  std::condition_variable has_changed_;
  std::map<std::string, Account> accounts_;
  std::deque<std::string> order_;
};

}  // namespace lastframe::probe
