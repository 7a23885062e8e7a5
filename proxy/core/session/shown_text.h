// Text from the wire as it may be shown and compared.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lastframe::session {

// `text` with secrets redacted, bytes that are not UTF-8 as U+FFFD, a blank for each control
// character, and no more than `most` bytes of whole characters. Redaction comes before the cut, so
// that no half of a secret is left.
std::string shown_text(std::string_view text, std::size_t most);

// The same but for the redaction, which the caller has done.
std::string shown_redacted(std::string_view text, std::size_t most);

}  // namespace lastframe::session
