// Inputs that wait until it is known what their connection is, with all that they point to.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <variant>

#include "core/base/moment.h"
#include "core/session/input.h"

namespace lastframe::capture {

// What becomes known of a connection before the first byte of its own: it says nothing of what
// these will be.
inline bool comes_before_bytes(const session::Input& input) {
  return std::holds_alternative<session::ClientNamed>(input) ||
         std::holds_alternative<session::UpstreamConnected>(input) ||
         std::holds_alternative<session::TlsEstablished>(input);
}

class HeldInput {
 public:
  HeldInput(Moment at, const session::Input& input);

  Moment at() const { return at_; }
  // Its views live as long as this.
  const session::Input& input() const { return input_; }
  // Bytes of memory.
  std::size_t size() const { return sizeof *this + text_->capacity(); }

 private:
  Moment at_;
  session::Input input_;
  // On the heap, so that they stay where they are when this is moved.
  std::unique_ptr<std::string> text_;
  std::unique_ptr<session::TlsLeg> leg_;
  std::unique_ptr<session::TlsFailure> failure_;
};

}  // namespace lastframe::capture
