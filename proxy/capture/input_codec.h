// Inputs of a session as entries of a recording, and back (docs/recordings.md, "Entries").
#pragma once

#include <functional>
#include <string>

#include "capture/codec.h"
#include "core/session/input.h"

namespace lastframe::capture {

// The kind and the body of an entry; its time stands between the two (see write_entry).
void append_input(const session::Input& input, std::string& body);

// An entry: kind, microseconds since the one before it, the rest of `body` (of append_input).
void write_entry(std::string_view body, std::uint64_t microseconds, std::string& out);

struct EntryHead {
  unsigned kind = 0;
  std::uint64_t microseconds = 0;  // since the entry before it
};
EntryHead read_entry_head(Decoder& decoder);

// The input of the entry whose head was read, borrowed for the call of `take`. False: it cannot be
// read, and then the decoder has failed, or its kind is not known.
bool read_input(const EntryHead& head, Decoder& decoder,
                const std::function<void(const session::Input&)>& take);

}  // namespace lastframe::capture
