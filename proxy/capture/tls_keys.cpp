#include "capture/tls_keys.h"

#include <cstdint>
#include <cstring>

namespace lastframe::capture {

TlsKeys::TlsKeys(std::size_t most)
    : most_(most), by_random_(0, Hash{reinterpret_cast<std::size_t>(this)}) {}

std::size_t TlsKeys::Hash::operator()(const TlsRandom& random) const {
  std::uint64_t hash = seed;
  std::array<std::uint64_t, sizeof(TlsRandom) / sizeof(std::uint64_t)> words;
  std::memcpy(words.data(), random.data(), sizeof words);
  for (const std::uint64_t word : words) {
    hash = (hash ^ word) * 0x9E3779B97F4A7C15ULL;
    hash ^= hash >> 32;
  }
  return hash;
}

void TlsKeys::add(const TlsRandom& random, SecretLabel label, const TlsSecret& secret) {
  const auto [entry, is_new] = by_random_.try_emplace(random);
  entry->second[static_cast<std::size_t>(label)] = secret;
  if (!is_new) return;
  order_.push_back(random);
  if (order_.size() <= most_) return;
  by_random_.erase(order_.front());
  order_.pop_front();
}

const TlsSecrets* TlsKeys::find(const TlsRandom& random) const {
  const auto found = by_random_.find(random);
  return found == by_random_.end() ? nullptr : &found->second;
}

void TlsKeys::remember_session(ByteView name, const TlsSecret& master) {
  if (name.empty() || name.size() > kLongestName) return;
  const auto [entry, is_new] = sessions_.insert_or_assign(std::string(as_text(name)), master);
  if (!is_new) return;
  session_order_.push_back(entry->first);
  if (session_order_.size() <= kMostSessions) return;
  sessions_.erase(session_order_.front());
  session_order_.pop_front();
}

const TlsSecret* TlsKeys::session(ByteView name) const {
  const auto found = sessions_.find(std::string(as_text(name)));
  return found == sessions_.end() ? nullptr : &found->second;
}

}  // namespace lastframe::capture
