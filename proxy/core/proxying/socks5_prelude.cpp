// SOCKS version 5 as a spectator reads it: what the client asks, and what it is answered.
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/words.h"
#include "core/proxying/authority.h"
#include "core/proxying/prelude.h"
#include "core/proxying/socks5_messages.h"

namespace lastframe::proxying {
namespace {

// RFC 1928 section 6 has one word for a name that has no address and for a machine that no route
// leads to.
std::string error_of(unsigned char reply, bool is_name) {
  const std::string answer = "the SOCKS proxy answered with " + std::to_string(unsigned{reply});
  switch (static_cast<SocksReply>(reply)) {
    case SocksReply::not_allowed:
      return connect_error(Refusal::not_allowed, answer);
    case SocksReply::network_unreachable:
      return "ENETUNREACH";
    case SocksReply::host_unreachable:
      return is_name ? answer + ": it could not resolve the name, or has no route"
                     : connect_error(Refusal::unreachable, answer);
    case SocksReply::connection_refused:
      return connect_error(Refusal::refused, answer);
    case SocksReply::ttl_expired:
      return connect_error(Refusal::timed_out, answer);
    default:
      return connect_error(Refusal::other, answer);
  }
}

class Socks5 final : public Prelude {
 public:
  State take(Direction direction, ByteView bytes) override {
    if (!error().empty()) return State::refused;
    std::string& said = said_[index(direction)];
    // What comes behind the request is for whom it leads to, and waits for the reply.
    const bool is_early = direction == Direction::client_to_server && step_ == Step::reply;
    if (!is_early) said += as_text(bytes);
    while (true) {
      const Direction turn =
          is_client_s_turn() ? Direction::client_to_server : Direction::server_to_client;
      std::string& waiting = said_[index(turn)];
      size_ = 0;
      const State state = waiting.empty() ? State::needs_more : take_message(waiting);
      if (state == State::is_none || state == State::refused) return state;
      own(turn, size_);
      waiting.erase(0, size_);
      if (state == State::over) return state;
      if (size_ > 0) continue;
      // A proxy answers, and says nothing before it is asked.
      return is_client_s_turn() && !said_[1].empty() ? State::is_none : State::needs_more;
    }
  }

  std::size_t memory() const override {
    return said_[0].capacity() + said_[1].capacity() + destination_.capacity();
  }

 private:
  enum class Step : unsigned char { greeting, method, password, status, request, reply };

  bool is_client_s_turn() const {
    return step_ == Step::greeting || step_ == Step::password || step_ == Step::request;
  }

  // Of a whole message, size_ is set.
  State take_message(std::string_view bytes) {
    const bool is_of_password = step_ == Step::password || step_ == Step::status;
    if (bytes[0] != (is_of_password ? kPasswordVersion : kSocksVersion)) return State::is_none;
    switch (step_) {
      case Step::greeting:
        if (const auto greeting = read_socks_greeting(bytes)) go_on(greeting->size, Step::method);
        return State::needs_more;
      case Step::method:
        return take_method(bytes);
      case Step::password:
        if (const auto shown = read_socks_password(bytes)) go_on(shown->size, Step::status);
        return State::needs_more;
      case Step::status:
        if (bytes.size() < 2) return State::needs_more;
        go_on(2, Step::request);
        return bytes[1] == 0 ? State::needs_more
                             : refuse("the SOCKS proxy refused the user and the password");
      case Step::request:
        return take_request(bytes);
      case Step::reply:
        return take_reply(bytes);
    }
    return State::is_none;
  }

  void go_on(std::size_t size, Step next) {
    size_ = size;
    step_ = next;
  }

  // RFC 1928 section 3:  05 | method
  State take_method(std::string_view bytes) {
    if (bytes.size() < 2) return State::needs_more;
    if (bytes[1] == kNoneAcceptable) {
      return refuse("the SOCKS proxy takes none of the ways to log in that the client offers");
    }
    if (bytes[1] != kNoAuthentication && bytes[1] != kPasswordMethod) return State::is_none;
    go_on(2, bytes[1] == kPasswordMethod ? Step::password : Step::request);
    return State::needs_more;
  }

  State take_request(std::string_view bytes) {
    if (bytes.size() < 2) return State::needs_more;
    if (bytes[1] != kConnectCommand) return State::is_none;
    const SocksAddress read = read_socks_address(bytes);
    if (read.state == SocksAddress::State::unknown_type) return State::is_none;
    if (read.state == SocksAddress::State::incomplete) return State::needs_more;
    is_name_ = read.is_name;
    destination_ = authority_text(printable(read.host, 255), read.port);
    go_on(read.size, Step::reply);
    return State::needs_more;
  }

  State take_reply(std::string_view bytes) {
    if (bytes.size() < 2) return State::needs_more;
    const auto reply = static_cast<unsigned char>(bytes[1]);
    if (reply != 0) return refuse(error_of(reply, is_name_));
    const SocksAddress read = read_socks_address(bytes);
    if (read.state == SocksAddress::State::unknown_type) return State::is_none;
    if (read.state == SocksAddress::State::incomplete) return State::needs_more;
    size_ = read.size;
    return State::over;
  }

  std::array<std::string, 2> said_;  // by Direction: and not read yet
  std::size_t size_ = 0;             // of the message in hand, once it is whole
  Step step_ = Step::greeting;
  bool is_name_ = false;
};

}  // namespace

std::unique_ptr<Prelude> socks5_prelude() { return std::make_unique<Socks5>(); }

}  // namespace lastframe::proxying
