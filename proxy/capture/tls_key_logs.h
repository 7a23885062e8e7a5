// The key logs that were named, and those within capture files: read at once, and again when a
// connection is not in them yet and they have grown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <list>
#include <string>
#include <string_view>

#include "capture/input_file.h"
#include "capture/tls_key_lines.h"
#include "capture/tls_keys.h"
#include "core/base/error.h"

namespace lastframe::capture {

// Whether the capture is read while it is made: its keys may then come after its packets.
enum class Pace : unsigned char { of_file, live };

class TlsKeyLogs {
 public:
  // `tell`: lines that are none, with the file and the number; for each file the first few.
  explicit TlsKeyLogs(std::function<void(const Error&)> tell = {}, Pace pace = Pace::of_file)
      : tell_(std::move(tell)), pace_(pace) {}

  // Reads it. An error where that is not possible.
  std::expected<void, Error> add(const std::string& path);
  // One that stands in a capture file (pcapng's Decryption Secrets Block).
  void take(ByteView key_log);

  // Lives until the next call. Null: the secret is in no key log.
  const TlsSecret* find(const TlsRandom& random, SecretLabel label);
  // Whether any secret of this connection is known.
  bool knows(const TlsRandom& random) const { return keys_.find(random) != nullptr; }
  // Whether there is any key log.
  bool is_any() const { return has_taken_ || !files_.empty(); }
  // Whether a secret that is missing may still come.
  bool may_grow() const { return pace_ == Pace::live && !files_.empty(); }

  TlsKeys& keys() { return keys_; }

 private:
  static constexpr std::uint64_t kMostTold = 10;

  struct File {
    InputFile file;
    KeyLineCutter lines;
    std::uint64_t read = 0;  // bytes
    std::uint64_t mistakes = 0;
  };

  std::expected<void, Error> read_on(File& file);
  void take_line(const std::string& name, std::uint64_t number, std::string_view text,
                 std::uint64_t& mistakes);
  bool has_grown();

  std::function<void(const Error&)> tell_;
  Pace pace_;
  std::list<File> files_;
  TlsKeys keys_;
  bool has_taken_ = false;
  std::uint64_t taken_mistakes_ = 0;
};

}  // namespace lastframe::capture
