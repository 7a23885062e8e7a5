#include "sinks/batch.h"

#include <fmt/core.h>

#include <cstdint>
#include <utility>

namespace lastframe::sinks {
namespace {

constexpr std::uint64_t kOffsetBasis = 0xCBF29CE484222325u;
constexpr std::uint64_t kPrime = 0x100000001B3u;

std::uint64_t fnv1a(std::string_view bytes, std::uint64_t hash) {
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * kPrime;
  return hash;
}

}  // namespace

std::string batch_id(std::span<const std::string> lines) {
  std::uint64_t hash = kOffsetBasis;
  for (const std::string& line : lines) hash = fnv1a("\n", fnv1a(line, hash));
  return fmt::format("{:016x}", hash);
}

SinkBatch make_batch(std::vector<std::string> lines) {
  std::string id = batch_id(lines);
  return {.id = std::move(id), .lines = std::move(lines)};
}

std::string line_id(std::string_view line) {
  return fmt::format("{:016x}", fnv1a(line, kOffsetBasis));
}

}  // namespace lastframe::sinks
