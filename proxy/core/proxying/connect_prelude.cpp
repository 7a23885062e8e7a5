// CONNECT as a spectator reads it (RFC 9110 section 9.3.6): the request, the answers that refuse
// it, and the 2xx that opens the tunnel.
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/base/words.h"
#include "core/http/body.h"
#include "core/http/head.h"
#include "core/http/head_reader.h"
#include "core/proxying/authority.h"
#include "core/proxying/prelude.h"
#include "core/proxying/proxy_status.h"

namespace lastframe::proxying {
namespace {

constexpr std::string_view kStart = "CONNECT ";

// As the live proxy names whom it connects to; what it would not take is shown as it stands,
// but for a user and a password.
std::string destination_of(std::string_view target) {
  constexpr std::size_t kMostShown = 300;  // more than a name and its port
  target.remove_prefix(target.rfind('@') + 1);
  const auto destination = parse_authority(target);
  return destination ? authority_text(destination->host, destination->port)
                     : printable(target, kMostShown);
}

std::string error_of(const http::ResponseHead& head) {
  std::string answer = "the proxy answered CONNECT with " + std::to_string(head.status);
  if (head.status == 407) return answer.append(": it wants other credentials");
  const auto field = head.fields.joined("Proxy-Status");
  const auto refusal = field ? refusal_in_proxy_status(*field) : std::nullopt;
  return connect_error(refusal.value_or(Refusal::other), answer);
}

class Connect final : public Prelude {
 public:
  State take(Direction direction, ByteView bytes) override {
    const std::size_t size = bytes.size();
    const bool is_up = direction == Direction::client_to_server;
    const State state = is_up ? take_request(bytes) : take_answers(bytes);
    if (state != State::refused) own(direction, size - bytes.size());
    return state;
  }

  std::size_t memory() const override {
    return request_.kept().size() + answer_.kept().size() + destination_.capacity();
  }

 private:
  // What comes behind a request is for whom the tunnel leads to, and waits for the answer.
  State take_request(ByteView& bytes) {
    if (is_asked_) return State::needs_more;
    const http::HeadResult result = request_.read(bytes);
    if (std::holds_alternative<http::NotHttp>(result)) return State::is_none;
    const auto* complete = std::get_if<http::CompleteHead>(&result);
    if (complete == nullptr) return may_ask() ? State::needs_more : State::is_none;
    const auto head = http::parse_request_head(complete->text);
    if (!head || head->method != "CONNECT" || head->version / 10 != 1) return State::is_none;
    destination_ = destination_of(head->target);
    is_asked_ = true;
    return State::needs_more;
  }

  bool may_ask() const {
    const std::string_view begun = request_.kept();
    return kStart.starts_with(begun.substr(0, kStart.size()));
  }

  State take_answers(ByteView& bytes) {
    if (!body_.consume(bytes)) return State::is_none;
    if (!is_asked_) return take_unasked(bytes);
    while (true) {
      const http::HeadResult result = answer_.read(bytes);
      if (std::holds_alternative<http::NotHttp>(result)) return State::is_none;
      const auto* complete = std::get_if<http::CompleteHead>(&result);
      if (complete == nullptr) return State::needs_more;
      const auto head = http::parse_response_head(complete->text);
      if (!head || head->status == 101) return State::is_none;
      if (head->status / 100 == 2) return State::over;
      if (head->status >= 300) return take_refusal(*head, bytes);
    }
  }

  // Nothing is to be said where nothing was asked, but for what belongs to a refusal.
  State take_unasked(ByteView& bytes) {
    if (error_.empty()) return State::is_none;
    bytes = {};
    return request_.is_mid_head() ? State::needs_more : State::refused;
  }

  State take_refusal(const http::ResponseHead& head, ByteView& bytes) {
    is_asked_ = false;
    body_ = http::Body::of_response(head, "CONNECT").value_or(http::Body::until_end_of_stream());
    const State state = refuse(error_of(head));
    if (!body_.consume(bytes)) return State::is_none;
    bytes = {};
    return state;
  }

  http::HeadReader request_{http::MessageKind::request, kLongestRequest};
  http::HeadReader answer_{http::MessageKind::response, kLongestRequest};
  http::Body body_ = http::Body::none();  // of the last refusal
  bool is_asked_ = false;
};

}  // namespace

std::unique_ptr<Prelude> connect_prelude() { return std::make_unique<Connect>(); }

}  // namespace lastframe::proxying
