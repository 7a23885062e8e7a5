// SOCKS version 5 (RFC 1928) with user names and passwords (RFC 1929): CONNECT alone.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/words.h"
#include "core/proxying/authority.h"
#include "core/proxying/credentials.h"
#include "core/proxying/negotiation.h"
#include "core/proxying/socks5_messages.h"

namespace lastframe::proxying {
namespace {

using Reply = SocksReply;

// The address that we connected from says nothing to the client, and nothing of ours to others.
std::string reply(Reply word) {
  std::string text{kSocksVersion, static_cast<char>(word), 0, 1};
  return text.append(6, '\0');
}

// SOCKS4 has a word for it; others have none that we know here.
Negotiation::Step refuse_version(char first) {
  Negotiation::Step step;
  step.state = Negotiation::State::refused;
  if (first == 4) {
    step.answer.assign({0, 0x5B, 0, 0, 0, 0, 0, 0});
    step.fault = "the client speaks SOCKS4, and this is a SOCKS5 proxy";
  } else if (first == 0x16) {
    step.fault = "the client speaks TLS, and this is a SOCKS5 proxy";
  } else if (first >= 'A' && first <= 'Z') {
    step.fault = "the client seems to speak HTTP, and this is a SOCKS5 proxy";
  } else {
    step.fault = "the client does not speak SOCKS5";
  }
  return step;
}

Negotiation::Step refuse(std::string answer, std::string fault) {
  return {.state = Negotiation::State::refused,
          .consumed = 0,
          .answer = std::move(answer),
          .destination = {},
          .passed_on = {},
          .fault = std::move(fault)};
}

class Socks5 final : public Negotiation {
 public:
  explicit Socks5(std::span<const std::string> credentials) : credentials_(credentials) {}

  Step take(ByteView bytes) override {
    Step all;
    // What the client sent at once is answered at once.
    while (all.state == State::needs_more) {
      const std::string_view rest = as_text(bytes.subspan(all.consumed));
      auto step = next(rest);
      if (!step) break;
      all.answer += step->answer;
      all.consumed += step->consumed;
      all.state = step->state;
      all.destination = std::move(step->destination);
      all.fault = std::move(step->fault);
    }
    return all;
  }

  std::string succeeded() const override { return reply(Reply::succeeded); }

  std::string failed(Refusal refusal) const override {
    switch (refusal) {
      case Refusal::not_allowed:
        return reply(Reply::not_allowed);
      case Refusal::name_not_resolved:
      case Refusal::unreachable:
        return reply(Reply::host_unreachable);
      case Refusal::refused:
        return reply(Reply::connection_refused);
      case Refusal::timed_out:
        return reply(Reply::ttl_expired);
      case Refusal::tls_failed:
      case Refusal::other:
        return reply(Reply::general_failure);
    }
    return reply(Reply::general_failure);
  }

 private:
  enum class Awaits : unsigned char { greeting, password, request };

  // No value: the message in hand is not complete.
  std::optional<Step> next(std::string_view bytes) {
    if (bytes.empty()) return std::nullopt;
    switch (awaits_) {
      case Awaits::greeting:
        return take_greeting(bytes);
      case Awaits::password:
        return take_password(bytes);
      case Awaits::request:
        return take_request(bytes);
    }
    return std::nullopt;
  }

  // RFC 1928 section 3:  05 | number of methods | methods
  std::optional<Step> take_greeting(std::string_view bytes) {
    if (bytes[0] != kSocksVersion) return refuse_version(bytes[0]);
    const auto greeting = read_socks_greeting(bytes);
    if (!greeting) return std::nullopt;
    const char wanted = credentials_.empty() ? kNoAuthentication : kPasswordMethod;
    if (!greeting->methods.contains(wanted)) {
      return refuse({kSocksVersion, kNoneAcceptable},
                    credentials_.empty()
                        ? "the client insists on authentication, and no credentials are set"
                        : "the client offers no user name and password");
    }
    awaits_ = credentials_.empty() ? Awaits::request : Awaits::password;
    Step step;
    step.consumed = greeting->size;
    step.answer = {kSocksVersion, wanted};
    return step;
  }

  // RFC 1929 section 2:  01 | length | user | length | password
  std::optional<Step> take_password(std::string_view bytes) {
    if (bytes[0] != kPasswordVersion) {
      return refuse({kPasswordVersion, 1}, "a user name and password of no version that is known");
    }
    const auto read = read_socks_password(bytes);
    if (!read) return std::nullopt;
    std::string shown(read->user);
    shown.append(":").append(read->password);
    // A colon in the user's name would let it be cut elsewhere than the operator meant.
    if (read->user.contains(':') || !is_known(credentials_, shown)) {
      return refuse({kPasswordVersion, 1}, "the user name or the password is wrong");
    }
    awaits_ = Awaits::request;
    Step step;
    step.consumed = read->size;
    step.answer = {kPasswordVersion, 0};
    return step;
  }

  // RFC 1928 section 4:  05 | command | 00 | address type | address | port
  static std::optional<Step> take_request(std::string_view bytes) {
    if (bytes[0] != kSocksVersion) {
      return refuse(reply(Reply::general_failure), "a request of another version than 5");
    }
    if (bytes.size() < 2) return std::nullopt;
    if (bytes[1] == 2 || bytes[1] == 3) {
      return refuse(reply(Reply::command_not_supported),
                    bytes[1] == 2
                        ? "the client asks for BIND, and only CONNECT is served"
                        : "the client asks for UDP ASSOCIATE, and only CONNECT is served");
    }
    if (bytes[1] != kConnectCommand) {
      return refuse(reply(Reply::command_not_supported), "a command that is not known");
    }
    return take_address(bytes);
  }

  static std::optional<Step> take_address(std::string_view bytes) {
    SocksAddress read = read_socks_address(bytes);
    if (read.state == SocksAddress::State::incomplete) return std::nullopt;
    if (read.state == SocksAddress::State::unknown_type) {
      return refuse(reply(Reply::address_type_not_supported), "an address type that is not known");
    }
    if (read.is_name && !is_host(read.host)) {
      return refuse(reply(Reply::general_failure),
                    in_quotes(read.host) + " is neither a host name nor an address");
    }
    if (read.port == 0) return refuse(reply(Reply::general_failure), "a request for port 0");
    Step step;
    step.state = State::asks;
    step.consumed = read.size;
    step.destination = {.host = std::move(read.host), .port = read.port};
    return step;
  }

  std::span<const std::string> credentials_;
  Awaits awaits_ = Awaits::greeting;
};

}  // namespace

std::unique_ptr<Negotiation> socks5_negotiation(std::span<const std::string> credentials) {
  return std::make_unique<Socks5>(credentials);
}

}  // namespace lastframe::proxying
