#include "core/ws/text_openings.h"

namespace lastframe::ws {
namespace {

constexpr std::size_t kMostNodes = 0xFFFF;

}  // namespace

void TextOpenings::add(std::string_view opening) {
  if (opening.empty() || nodes_.size() + opening.size() >= kMostNodes) return;
  if (nodes_.empty()) nodes_.emplace_back();
  const auto first = static_cast<unsigned char>(opening.front());
  first_bytes_[first / 64u] |= std::uint64_t{1} << first % 64u;
  std::size_t at = 0;
  for (const std::byte byte : as_bytes(opening)) {
    std::size_t next = nodes_[at].child;
    while (next != 0 && nodes_[next].byte != byte) next = nodes_[next].sibling;
    if (next == 0) {
      next = nodes_.size();
      nodes_.push_back({.byte = byte, .sibling = nodes_[at].child});
      nodes_[at].child = static_cast<std::uint16_t>(next);
    }
    at = next;
  }
  (opening.size() == 1 ? nodes_[at].is_whole : nodes_[at].is_end) = true;
}

bool TextOpenings::match_all(ByteView payload, const MaskingKey& key) const {
  std::size_t at = 0;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    const std::byte byte = payload[i] ^ key[i % key.size()];
    std::size_t next = nodes_[at].child;
    while (next != 0 && nodes_[next].byte != byte) next = nodes_[next].sibling;
    if (next == 0) return false;
    if (nodes_[next].is_end) return true;
    at = next;
  }
  return nodes_[at].is_whole;
}

}  // namespace lastframe::ws
