// All secrets that are known, by the connections' client randoms; bounded, the oldest go first.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "capture/tls_secrets.h"

namespace lastframe::capture {

class TlsKeys {
 public:
  // About 400 bytes for each connection: 50 MB.
  static constexpr std::size_t kMostConnections = 128 * 1024;
  // Sessions of TLS 1.2 that may be resumed; their names are at most so long.
  static constexpr std::size_t kMostSessions = 16 * 1024;
  static constexpr std::size_t kLongestName = 1024;

  explicit TlsKeys(std::size_t most = kMostConnections);

  void add(const TlsRandom& random, SecretLabel label, const TlsSecret& secret);
  // Lives until the next add(). Null: there is none.
  const TlsSecrets* find(const TlsRandom& random) const;
  std::size_t size() const { return by_random_.size(); }

  // A session that a client may come back to, by its identifier or ticket: the key log need not
  // name it again (RFC 5246 section 7.4.1.2, RFC 5077).
  void remember_session(ByteView name, const TlsSecret& master);
  const TlsSecret* session(ByteView name) const;

 private:
  // Seeded, so that no key log can be made whose randoms all share a bucket.
  struct Hash {
    std::size_t seed;

    std::size_t operator()(const TlsRandom& random) const;
  };

  std::size_t most_;
  std::unordered_map<TlsRandom, TlsSecrets, Hash> by_random_;
  std::deque<TlsRandom> order_;
  std::unordered_map<std::string, TlsSecret> sessions_;
  std::deque<std::string> session_order_;
};

}  // namespace lastframe::capture
