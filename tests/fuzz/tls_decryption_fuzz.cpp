// A connection in TLS 1.3 whose keys are known, with any records in it: sealed ones of any type,
// clear ones, bytes that are none, losses, new keys. How it is cut changes nothing; no more text is
// told than bytes came; no text is told that was not sealed; memory stays within bounds. And key
// logs of any bytes.
//
// Input: the chunk size; then operations, each a byte and what it needs (see Script).
#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "capture/tls_decryption.h"
#include "capture/tls_derivation.h"
#include "capture/tls_key_logs.h"
#include "fuzz/chunks.h"
#include "fuzz/live_bytes.h"

namespace lastframe::fuzz {
namespace {

using capture::TlsSecret;

// Records that come in part in both directions, a message of the handshake, and the plain text of
// one; the rest is what a view of the capture's facts needs.
constexpr std::ptrdiff_t kMemory = 1024 * 1024;

std::string number(std::size_t value, unsigned size) {
  std::string bytes;
  for (unsigned i = size; i-- > 0;) bytes += static_cast<char>(value >> 8 * i & 0xFF);
  return bytes;
}

std::string record(unsigned type, const std::string& fragment) {
  return static_cast<char>(type) + std::string("\x03\x03") + number(fragment.size(), 2) + fragment;
}

TlsSecret secret_of(char c) { return TlsSecret(as_bytes(std::string(32, c))); }

// One side's keys, as it seals.
class Sealer {
 public:
  explicit Sealer(char c) : secret_(secret_of(c)) { derive(); }

  void renew() {
    secret_ = *capture::next_traffic_secret(tls::Hash::sha256, secret_);
    derive();
  }
  void replace(char c) {
    secret_ = secret_of(c);
    derive();
  }
  void skip() { ++number_; }

  std::string seal(unsigned type, const std::string& content) {
    const std::string text = content + static_cast<char>(type);
    const std::string header = "\x17\x03\x03" + number(text.size() + 16, 2);
    std::array<unsigned char, 12> iv = iv_;
    for (unsigned i = 0; i < 8; ++i) {
      iv[11 - i] = static_cast<unsigned char>(iv[11 - i] ^ (number_ >> 8 * i & 0xFF));
    }
    ++number_;
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
        EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    std::string out(text.size() + 16, '\0');
    auto* const room = reinterpret_cast<unsigned char*>(out.data());
    int size = 0;
    EVP_EncryptInit_ex(context.get(), EVP_aes_128_gcm(), nullptr, key_.data(), iv.data());
    EVP_EncryptUpdate(context.get(), nullptr, &size,
                      reinterpret_cast<const unsigned char*>(header.data()), 5);
    EVP_EncryptUpdate(context.get(), room, &size,
                      reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
    EVP_EncryptFinal_ex(context.get(), room + size, &size);
    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, 16, room + text.size());
    return header + out;
  }

 private:
  void derive() {
    capture::expand_label(tls::Hash::sha256, secret_, "key",
                          std::as_writable_bytes(std::span(key_)));
    capture::expand_label(tls::Hash::sha256, secret_, "iv", std::as_writable_bytes(std::span(iv_)));
    number_ = 0;
  }

  TlsSecret secret_;
  std::array<unsigned char, 16> key_{};
  std::array<unsigned char, 12> iv_{};
  std::uint64_t number_ = 0;
};

// What passes, in its order.
struct Piece {
  Direction direction;
  std::string bytes;
  std::size_t missed = 0;  // in place of bytes
};

const std::string kRandom(32, 'R');

// Reads the input as operations.
class Script {
 public:
  explicit Script(std::string_view input) : input_(input) {
    const std::string hello = "\x03\x03" + kRandom + std::string("\0\0\x02\x13\x01\x01\0", 7);
    const std::string versions("\0\x2B\0\x02\x03\x04", 6);
    const std::string answer = "\x03\x03" + std::string(32, 'S') + std::string("\0\x13\x01\0", 4) +
                               number(versions.size(), 2) + versions;
    say(Direction::client_to_server, record(22, "\x01" + number(hello.size(), 3) + hello));
    say(Direction::server_to_client, record(22, "\x02" + number(answer.size(), 3) + answer));
    while (!input_.empty()) operate(take());
  }

  std::vector<Piece> pieces;
  // All that was sealed as application data, by direction.
  std::array<std::string, 2> sealed;

 private:
  unsigned take() {
    if (input_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(input_.front());
    input_.remove_prefix(1);
    return byte;
  }
  std::string text() {
    const std::size_t wanted = take();
    const std::size_t size = std::min(wanted, input_.size());
    const std::string text(input_.substr(0, size));
    input_.remove_prefix(size);
    return text;
  }
  void say(Direction direction, std::string bytes) {
    if (!bytes.empty()) pieces.push_back({.direction = direction, .bytes = std::move(bytes)});
  }
  void say_clear(Direction direction, unsigned type) { say(direction, record(type, text())); }
  void say_data(Direction direction, const std::string& data) {
    sealed[index(direction)] += data;
    say(direction, sealers_[index(direction)].seal(23, data));
  }

  void operate(unsigned code) {
    const Direction direction = kDirections[code & 1];
    Sealer& sealer = sealers_[index(direction)];
    const std::string finished("\x14\0\0\0", 4);
    switch (code >> 1 & 15) {
      case 0:
        return say_data(direction, text());
      case 1:
        return say_data(direction, std::string(64 * std::size_t{take()}, 'l'));
      case 2: {
        const unsigned type = take();
        const std::string content = text();
        // Of application data this would be more.
        if (type == 23) return say_data(direction, content);
        return say(direction, sealer.seal(type, content));
      }
      case 3:
        return say_clear(direction, take());
      case 4:
        return say(direction, text());
      case 5:
        pieces.push_back({.direction = direction, .bytes = {}, .missed = 1 + take()});
        return;
      case 6:
        pieces.push_back({.direction = direction, .bytes = {}, .missed = 100 * (1 + take())});
        return;
      case 7:
        return sealer.skip();
      case 8:
        return sealer.renew();
      case 9:
        say(direction, sealer.seal(22, finished));
        return sealer.replace(direction == Direction::client_to_server ? 'C' : 'S');
      case 10:
        say(direction, sealer.seal(22, std::string("\x18\0\0\x01\0", 5)));
        return sealer.renew();
      case 11: {
        const std::size_t lost = sealer.seal(23, text()).size();
        pieces.push_back({.direction = direction, .bytes = {}, .missed = lost});
        return;
      }
      default:
        return say(direction, sealer.seal(21, std::string("\x01") + static_cast<char>(take())));
    }
  }

  std::string_view input_;
  std::array<Sealer, 2> sealers_{Sealer('c'), Sealer('s')};
};

struct Notes final : capture::TlsDecryptionEvents {
  void on_established(const std::array<session::TlsLeg, 2>&,
                      const std::array<std::uint64_t, 2>&) override {
    require(!is_established);
    is_established = true;
  }
  void on_text(Direction direction, ByteView bytes) override {
    require(is_established && !has_ended[index(sender(direction))] && !bytes.empty());
    text[index(direction)] += as_text(bytes);
    said[index(direction)] += as_text(bytes);
  }
  void on_lost_text(Direction direction, std::uint64_t count) override {
    require(is_established && count > 0);
    lost[index(direction)] += count;
  }
  void on_close_notify(Endpoint sender) override { end(sender, " close_notify"); }
  void on_fatal_alert(Endpoint sender, std::uint8_t alert, const session::TlsLeg&,
                      std::uint64_t) override {
    end(sender, " alert " + std::to_string(alert));
  }
  void on_blind(Direction direction, std::string_view why) override {
    require(is_established);
    said[index(direction)] += " blind: " + std::string(why);
  }
  void end(Endpoint sender, const std::string& how) {
    require(!has_ended[index(sender)]);
    has_ended[index(sender)] = true;
    said[index(direction_from(sender))] += how;
  }

  bool is_established = false;
  std::array<bool, 2> has_ended{};
  std::array<std::string, 2> text;  // by Direction
  std::array<std::string, 2> said;
  std::array<std::uint64_t, 2> lost{};
};

Notes read(const Script& script, std::size_t chunk_size, std::string& obstacle) {
  static const std::string key_log = [] {
    const auto hex = [](char c, std::size_t size) {
      std::string text;
      for (std::size_t i = 0; i < size; ++i)
        text += c == 'R' ? "52" : c == 'c' ? "63" : c == 's' ? "73" : c == 'C' ? "43" : "53";
      return text;
    };
    std::string log;
    for (const auto& [label, c] : {std::pair{"CLIENT_HANDSHAKE_TRAFFIC_SECRET", 'c'},
                                   {"SERVER_HANDSHAKE_TRAFFIC_SECRET", 's'},
                                   {"CLIENT_TRAFFIC_SECRET_0", 'C'},
                                   {"SERVER_TRAFFIC_SECRET_0", 'S'}}) {
      log += std::string(label) + " " + hex('R', 32) + " " + hex(c, 32) + "\n";
    }
    return log;
  }();
  capture::TlsKeyLogs logs;
  logs.take(as_bytes(key_log));
  capture::TlsBudget budget;
  capture::TlsDecryption decryption(logs, budget);
  Notes notes;
  const Watermark watermark;
  std::size_t told = 0;
  for (const Piece& piece : script.pieces) {
    if (piece.missed > 0) {
      decryption.miss(piece.direction, piece.missed, notes);
      continue;
    }
    feed_chunks(piece.bytes, chunk_size, [&](std::string_view chunk) {
      decryption.take(piece.direction, as_bytes(chunk), Moment{}, notes);
    });
    told = notes.text[0].capacity() + notes.text[1].capacity() + notes.said[0].capacity() +
           notes.said[1].capacity();
    require(decryption.memory() <= static_cast<std::size_t>(kMemory));
  }
  require(watermark.height() <= kMemory + 4 * static_cast<std::ptrdiff_t>(told));
  for (const Direction direction : kDirections) decryption.conclude(direction, notes);
  obstacle = decryption.obstacle();
  return notes;
}

// Whether `part` is `all` with some left out in places: only whole records can be missing.
bool is_left_of(std::string_view part, std::string_view all) {
  std::size_t at = 0;
  for (const char c : part) {
    at = all.find(c, at);
    if (at == std::string_view::npos) return false;
    ++at;
  }
  return true;
}

void check_records(const Input& input) {
  const Script script(input.bytes);
  std::string obstacle;
  const Notes whole = read(script, std::size_t{1} << 20, obstacle);
  for (const Direction direction : kDirections) {
    require(is_left_of(whole.text[index(direction)], script.sealed[index(direction)]));
  }
  std::string cut_obstacle;
  const Notes cut = read(script, input.chunk_size, cut_obstacle);
  require(cut.is_established == whole.is_established);
  require(cut_obstacle == obstacle);
  require(cut.said == whole.said);
  require(cut.lost == whole.lost);
}

void check_key_log(const Input& input) {
  const auto read = [&](std::size_t chunk_size) {
    std::string told;
    const auto take = [&](std::uint64_t number, std::string_view line) {
      const auto found = capture::read_key_line(line);
      require(!found.line || found.mistake.empty());
      require(line.size() <= capture::KeyLineCutter::kLongest);
      told +=
          std::to_string(number) + (found.line ? " line" : " none") + std::string(found.mistake);
    };
    capture::KeyLineCutter cutter;
    feed_chunks(input.bytes, chunk_size,
                [&](std::string_view chunk) { cutter.feed(as_bytes(chunk), take); });
    cutter.finish(take);
    return told;
  };
  require(read(input.chunk_size) == read(64 * 1024));
}

}  // namespace
}  // namespace lastframe::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lastframe::fuzz::begin_counting();
  const auto input = lastframe::fuzz::input_of(data, size);
  lastframe::fuzz::check_records(input);
  lastframe::fuzz::check_key_log(input);
  return 0;
}
