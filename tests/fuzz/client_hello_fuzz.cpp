// Any bytes are the beginning of a stream. What is said of them is final once it is said, holds
// little memory, and a hello reads the same in whatever records it comes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/tls/client_hello.h"
#include "fuzz/chunks.h"
#include "fuzz/live_bytes.h"

namespace lastframe::fuzz {
namespace {

using tls::ClientHello;
using tls::HelloRead;
using tls::HelloState;

// The message's copy, and the list of ciphers, twice while it grows; the other lists are short.
constexpr std::ptrdiff_t kMostMemory = 4 * tls::kLongestHello + 64 * 1024;

HelloRead read(std::string_view bytes) {
  const std::string copy(bytes);  // what reads past its end is found
  const Watermark watermark;
  HelloRead result = tls::read_client_hello(as_bytes(copy));
  require(watermark.height() <= kMostMemory);
  if (result.state == HelloState::incomplete) require(watermark.height() == 0);
  if (result.state != HelloState::complete) require(result.hello == ClientHello());
  return result;
}

void check_hello(const ClientHello& hello) {
  const std::string_view name = hello.server_name;
  require(name.size() <= 253);
  require(std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  }));
  require(!name.starts_with('.') && !name.ends_with('.'));
  for (const std::string& protocol : hello.alpn) require(!protocol.empty());
}

// What the records carry, cut anew.
std::string in_other_records(std::string_view bytes, std::size_t size) {
  std::string message;
  while (bytes.size() > 5) {
    const std::size_t length =
        static_cast<unsigned char>(bytes[3]) * 256u + static_cast<unsigned char>(bytes[4]);
    message += bytes.substr(5, length);
    bytes.remove_prefix(std::min(bytes.size(), 5 + length));
  }
  std::string records;
  for (std::size_t at = 0; at < message.size(); at += size) {
    const std::string_view fragment = std::string_view(message).substr(at, size);
    records += "\x16\x03\x03";
    records += static_cast<char>(fragment.size() >> 8);
    records += static_cast<char>(fragment.size() & 0xFF);
    records += fragment;
  }
  return records;
}

void check(const Input& input) {
  HelloRead decided;
  for (std::size_t size = 0; size < input.bytes.size(); size += input.chunk_size) {
    HelloRead now = read(input.bytes.substr(0, size));
    if (decided.state != HelloState::incomplete) {
      require(now.state == decided.state && now.hello == decided.hello);
    }
    decided = std::move(now);
  }
  const HelloRead whole = read(input.bytes);
  if (decided.state != HelloState::incomplete) {
    require(whole.state == decided.state && whole.hello == decided.hello);
  }
  if (whole.state != HelloState::complete) return;
  check_hello(whole.hello);
  const HelloRead again = read(in_other_records(input.bytes, input.chunk_size));
  require(again.state == HelloState::too_long || again.hello == whole.hello);
}

}  // namespace
}  // namespace lastframe::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lastframe::fuzz::begin_counting();
  lastframe::fuzz::check(lastframe::fuzz::input_of(data, size));
  return 0;
}
