#include "tests/bench/payload.h"

#include <zlib.h>

#include <algorithm>
#include <random>

#include "tests/bench/sockets.h"

namespace bench {
namespace {

constexpr std::size_t kStampSize = 16;
using Stamp = std::array<char, kStampSize>;

Stamp stamp_of(std::uint32_t connection, std::uint32_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::uint64_t value = static_cast<std::uint64_t>(connection) << 32 | number;
  Stamp stamp;
  for (auto digit = stamp.rbegin(); digit != stamp.rend(); ++digit, value >>= 4) {
    *digit = kDigits[value & 0xf];
  }
  return stamp;
}

std::string filler_of(PayloadKind kind, std::size_t size) {
  std::mt19937 random(6455);
  std::string filler;
  filler.reserve(size);
  filler.assign(std::min(size, kStampSize), '0');
  if (kind == PayloadKind::utf8) {
    constexpr std::string_view kFiveBytes = "ws\xe7\xb6\xb2";  // U+7DB2
    while (filler.size() + kFiveBytes.size() <= size) filler += kFiveBytes;
    filler.resize(size, '.');
    return filler;
  }
  std::uniform_int_distribution<int> byte(kind == PayloadKind::ascii ? ' ' : 0,
                                          kind == PayloadKind::ascii ? '~' : 255);
  while (filler.size() < size) filler += static_cast<char>(byte(random));
  return filler;
}

constexpr std::size_t kWindow = 32 * 1024;

// RFC 1951 section 3.2.4: a block without compression that is not the last one. It begins at a
// byte's first bit, as every message does.
std::string stored_block(std::size_t size) {
  const auto low = static_cast<char>(size);
  return {'\0', low, '\0', static_cast<char>(~low), '\xff'};
}

std::string json_of(std::mt19937& random, std::size_t size) {
  constexpr std::array<std::string_view, 8> kSymbols{"ABCD", "EFG", "HIJKL", "MN",
                                                     "OPQ",  "RS",  "TUVWX", "YZ"};
  std::string text;
  while (text.size() < size) {
    text += "{\"symbol\":\"";
    text += kSymbols[random() % kSymbols.size()];
    text += "\",\"price\":" + std::to_string(random() % 100000) + "},";
  }
  text.resize(size);
  return text;
}

// Says texts of `size` bytes behind stamps. A stamp is not known before it is sent: it goes out in
// a stored block, and zlib is told of zeros in its place, which no text can refer to.
class Compressor {
 public:
  Compressor() { deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, 0); }
  ~Compressor() { deflateEnd(&stream_); }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  std::string message(std::string text) {
    const std::array<Bytef, kStampSize> zeros{};
    deflateSetDictionary(&stream_, zeros.data(), zeros.size());
    std::string payload = stored_block(kStampSize);
    const std::size_t head = payload.size() + kStampSize;
    payload.resize(head + deflateBound(&stream_, text.size()) + 16);
    stream_.next_in = reinterpret_cast<Bytef*>(text.data());
    stream_.avail_in = static_cast<uInt>(text.size());
    stream_.next_out = reinterpret_cast<Bytef*>(payload.data()) + head;
    stream_.avail_out = static_cast<uInt>(payload.size() - head);
    deflate(&stream_, Z_SYNC_FLUSH);
    // RFC 7692 section 7.2.1: without the four bytes at the end, 00 00 ff ff.
    payload.resize(payload.size() - stream_.avail_out - 4);
    return payload;
  }

 private:
  z_stream stream_{};
};

}  // namespace

// The texts come again after more than a window, so that none can be referred to as a whole. In
// the second round each has the same texts before it as in every later one.
Payload::Payload(PayloadKind kind, std::size_t size)
    : kind_(kind), stamp_size_(std::min(size, kStampSize)) {
  if (kind != PayloadKind::deflated) {
    later_.push_back(filler_of(kind, size));
    return;
  }
  if (size < kSmallestDeflated) give_up("a deflated message of less than 32 bytes");
  stamp_at_ = stored_block(kStampSize).size();
  std::mt19937 random(7692);
  std::vector<std::string> texts;
  while (texts.size() * size <= 2 * kWindow) texts.push_back(json_of(random, size - kStampSize));
  Compressor compressor;
  for (const std::string& text : texts) first_.push_back(compressor.message(text));
  for (const std::string& text : texts) later_.push_back(compressor.message(text));
}

const std::string& Payload::unstamped(std::uint32_t number) const {
  return number < first_.size() ? first_[number] : later_[number % later_.size()];
}

void Payload::append_frame(Buffer& out, std::uint32_t connection, std::uint32_t number,
                           std::array<std::byte, 4> masking_key) const {
  const std::string_view whole = unstamped(number);
  append_header(out, {.reserved_bits = reserved_bits(),
                      .opcode = opcode(),
                      .payload_length = whole.size(),
                      .masking_key = masking_key});
  const std::span<std::byte> room = out.room(whole.size());
  const auto put = [&](std::string_view bytes, std::size_t at) {
    std::array<std::byte, 4> key = masking_key;
    std::ranges::rotate(key, key.begin() + static_cast<std::ptrdiff_t>(at % 4));
    mask_copy(room.subspan(at, bytes.size()), as_bytes(bytes), key);
  };
  const Stamp stamp = stamp_of(connection, number);
  const std::size_t stamp_end = stamp_at_ + stamp_size_;
  put(whole.substr(0, stamp_at_), 0);
  put({stamp.data(), stamp_size_}, stamp_at_);
  put(whole.substr(stamp_end), stamp_end);
  out.added(whole.size());
}

bool Payload::matches(std::span<const std::byte> part, std::size_t offset, std::uint32_t connection,
                      std::uint32_t number) const {
  const std::string_view whole = unstamped(number);
  if (offset > whole.size() || part.size() > whole.size() - offset) return false;
  // Whether what `part` has of `expected`, which stands at `at`, is that.
  const auto agrees = [&](std::string_view expected, std::size_t at) {
    const std::size_t begin = std::max(at, offset);
    const std::size_t end = std::min(at + expected.size(), offset + part.size());
    return begin >= end || std::memcmp(part.data() + (begin - offset),
                                       expected.data() + (begin - at), end - begin) == 0;
  };
  const Stamp stamp = stamp_of(connection, number);
  const std::size_t stamp_end = stamp_at_ + stamp_size_;
  return agrees(whole.substr(0, stamp_at_), 0) && agrees({stamp.data(), stamp_size_}, stamp_at_) &&
         agrees(whole.substr(stamp_end), stamp_end);
}

}  // namespace bench
