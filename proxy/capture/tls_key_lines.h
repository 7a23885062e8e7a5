// Reads key logs of the NSS format ("SSLKEYLOGFILE", draft-ietf-tls-keylogfile), in whatever parts
// they come, a line at a time and in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "capture/tls_secrets.h"
#include "core/base/bytes.h"

namespace lastframe::capture {

struct KeyLine {
  TlsRandom random;
  SecretLabel label;
  TlsSecret secret;
};

// What a line is. `mistake`: static words where it can be none of a key log. Both empty: a comment,
// nothing, or a secret that is of no use here.
struct KeyLineRead {
  std::optional<KeyLine> line;
  std::string_view mistake;
};
KeyLineRead read_key_line(std::string_view text);

// Cuts a stream into lines. Longer ones than kLongest are given as far as that.
class KeyLineCutter {
 public:
  static constexpr std::size_t kLongest = 1024;

  using Take = std::function<void(std::uint64_t number, std::string_view line)>;
  void feed(ByteView bytes, const Take& take);
  // The last line may lack its end.
  void finish(const Take& take);

 private:
  void add(std::string_view part);

  std::string line_;
  std::uint64_t number_ = 1;
};

}  // namespace lastframe::capture
