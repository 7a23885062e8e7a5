// Certificates and keys from PEM files (RFC 7468), with a message for each way that can fail.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/origin.h"
#include "ssl/handles.h"

namespace lastframe::ssl {

// All in the file, in its order; at least one. `where` of an error is the origin.
std::expected<std::vector<CertificatePointer>, Error> read_certificates(const std::string& path,
                                                                        const Origin& origin);

// When the first certificate of a file ends, unix seconds; none where it cannot be read.
std::optional<std::int64_t> expiry_of(const std::string& path);

// Who may read a key besides its owner. Web servers commonly get theirs through a group.
enum class KeyReaders : unsigned char { owner, group };

// The first key in the file; one that more than `readers` may read is refused.
std::expected<KeyPointer, Error> read_key(const std::string& path, const Origin& origin,
                                          KeyReaders readers);

}  // namespace lastframe::ssl
