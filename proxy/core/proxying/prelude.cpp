#include "core/proxying/prelude.h"

#include "core/proxying/authority.h"
#include "core/proxying/socks5_messages.h"

namespace lastframe::proxying {
namespace {

class Header final : public Prelude {
 public:
  State take(Direction direction, ByteView bytes) override {
    // The receiver says nothing to it; what it says meanwhile is its own.
    if (direction == Direction::server_to_client) return State::needs_more;
    bytes_ += as_text(bytes);
    // A long one is not read anew for each part that comes of it.
    if (bytes_.size() < needed_) return State::needs_more;
    const ProxyHeaderRead read = read_proxy_header(as_bytes(bytes_));
    needed_ = read.size;
    if (read.state == ProxyHeaderRead::State::malformed) return State::is_none;
    if (read.state == ProxyHeaderRead::State::incomplete) return State::needs_more;
    own(direction, read.size);
    if (read.source && !read.source->host.empty()) {
      client_ = authority_text(read.source->host, read.source->port);
    }
    return State::over;
  }

  std::size_t memory() const override { return bytes_.capacity(); }

 private:
  std::string bytes_;
  std::size_t needed_ = 0;
};

}  // namespace

std::unique_ptr<Prelude> header_prelude() { return std::make_unique<Header>(); }

std::unique_ptr<Prelude> prelude(std::byte first, bool may_be_header) {
  const char byte = static_cast<char>(first);
  if (byte == 'C') return connect_prelude();
  if (byte == kSocksVersion) return socks5_prelude();
  const bool is_header = may_be_header && (byte == 'P' || byte == '\r');
  return is_header ? header_prelude() : nullptr;
}

std::string connect_error(Refusal refusal, std::string_view answer) {
  switch (refusal) {
    case Refusal::not_allowed:
      return "EACCES";
    case Refusal::refused:
      return "ECONNREFUSED";
    case Refusal::unreachable:
      return "EHOSTUNREACH";
    case Refusal::timed_out:
      return "ETIMEDOUT";
    case Refusal::name_not_resolved:
      return std::string(answer).append(": it could not resolve the name");
    case Refusal::tls_failed:
      return std::string(answer).append(": it could not agree on TLS");
    case Refusal::other:
      break;
  }
  return std::string(answer);
}

}  // namespace lastframe::proxying
