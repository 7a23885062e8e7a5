// What a client of a forward or SOCKS5 proxy says before its own bytes begin: where it wants to go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/base/bytes.h"

namespace lastframe::proxying {

struct Destination {
  std::string host;  // a name, or a numeric address without brackets
  std::uint16_t port = 0;

  bool operator==(const Destination&) const = default;
};

// Why a destination was not reached, in the words that both protocols have.
enum class Refusal : unsigned char {
  not_allowed,  // by the operator's rules
  name_not_resolved,
  refused,      // ECONNREFUSED
  unreachable,  // EHOSTUNREACH, ENETUNREACH
  timed_out,
  tls_failed,
  other,
};

// One client's request, fed as its bytes come. Bounded: what is no request within kLongestRequest
// is refused.
class Negotiation {
 public:
  enum class State : unsigned char {
    needs_more,
    asks,     // for `destination`: connect, then say succeeded() or failed()
    refused,  // `answer` says why, as far as the protocol has words; the connection is over
  };
  struct Step {
    State state = State::needs_more;
    std::size_t consumed = 0;  // of the bytes that were fed; the rest is the client's own
    std::string answer;        // for the client, at once
    Destination destination;
    // Goes to the destination before the rest: the request's head in origin-form. It is the first
    // alone: what the client asks behind it stands in the rest as it came.
    std::string passed_on;
    std::string fault;  // of a refusal, for the operator: a short sentence
  };

  virtual ~Negotiation() = default;

  // `bytes`: all that came and was not consumed yet. Not called again after it asks or refuses.
  virtual Step take(ByteView bytes) = 0;
  // What the client is told when its destination was reached, or not. May be empty.
  virtual std::string succeeded() const = 0;
  virtual std::string failed(Refusal refusal) const = 0;
};

inline constexpr std::size_t kLongestRequest = 64 * 1024;  // bytes

// "user:password" each; empty: none are asked for. Both outlive the negotiation.
std::unique_ptr<Negotiation> forward_negotiation(std::span<const std::string> credentials);
std::unique_ptr<Negotiation> socks5_negotiation(std::span<const std::string> credentials);

}  // namespace lastframe::proxying
