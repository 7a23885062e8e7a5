// Secrets of TLS sessions for Wireshark, written only where the operator asks for it
// (draft-ietf-tls-keylogfile, "SSLKEYLOGFILE").
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace lastframe::ssl {

// May be used from all threads. Lines are appended whole; a write that fails is counted, never
// waited for longer than the file system takes.
class KeyLog {
 public:
  // Creates the file with mode 0600; one that others may read is refused. The error's `where` is
  // empty.
  static std::expected<std::shared_ptr<KeyLog>, Error> open(const std::string& path);
  // What open() would say of the file that is there; nothing where none is. Leaves nothing behind.
  static std::optional<Error> fault_of(const std::string& path);
  virtual ~KeyLog() = default;
  virtual void add(std::string_view line) = 0;  // without its end of line
  virtual std::uint64_t lost() const = 0;       // lines that could not be written
};

}  // namespace lastframe::ssl
