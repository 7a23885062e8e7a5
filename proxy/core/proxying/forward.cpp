// An HTTP/1.1 forward proxy's side of a request: CONNECT (RFC 9110 section 9.3.6) and absolute-form
// (RFC 9112 section 3.2.2).
#include <algorithm>
#include <array>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "core/base/words.h"
#include "core/http/body.h"
#include "core/http/head.h"
#include "core/http/head_reader.h"
#include "core/proxying/authority.h"
#include "core/proxying/credentials.h"
#include "core/proxying/negotiation.h"
#include "core/proxying/proxy_status.h"

namespace lastframe::proxying {
namespace {

// Browsers ask their user between two tries; a program that guesses passwords must at least
// connect anew.
constexpr int kMostTries = 8;

constexpr std::uint16_t kHttpPort = 80;

// A request's destination; of a whole URL also how it is written there, and where its own path
// begins within the target.
struct Asked {
  Destination destination;
  std::string_view authority = {};
  std::size_t path_at = 0;
};

struct Answer {
  std::string_view status;  // "502 Bad Gateway"
  std::string fields = {};  // whole lines
  std::string body;         // a sentence
};

std::string written(const Answer& answer, bool is_last, bool has_body) {
  std::string text("HTTP/1.1 ");
  text.append(answer.status).append("\r\n").append(answer.fields);
  text += "Content-Type: text/plain; charset=utf-8\r\nContent-Length: ";
  text.append(std::to_string(answer.body.size() + 1)).append("\r\n");
  if (is_last) text += "Connection: close\r\n";
  text += "\r\n";
  if (has_body) text.append(answer.body).append("\n");
  return text;
}

std::unexpected<Answer> bad_request(std::string why) {
  return std::unexpected(Answer{.status = "400 Bad Request", .body = std::move(why)});
}

std::expected<Asked, Answer> asked(const http::RequestHead& head) {
  if (head.method == "CONNECT") {
    auto destination = parse_authority(head.target);
    if (destination) return Asked{.destination = *std::move(destination)};
    return bad_request("The target of CONNECT " + destination.error() + ".");
  }
  const std::size_t mark = head.target.find("://");
  if (head.target.starts_with('/') || head.target == "*" || mark == std::string_view::npos) {
    return bad_request(
        "This is a forward proxy: it serves CONNECT host:port and requests for whole URLs "
        "(http://host/path), not paths of its own.");
  }
  const std::string scheme = in_lower_case(head.target.substr(0, mark));
  if (scheme == "https" || scheme == "wss") {
    return bad_request("A forward proxy is asked for " + scheme + ":// by CONNECT host:port.");
  }
  if (scheme != "http" && scheme != "ws") {
    return bad_request("This proxy serves no scheme but http and ws, and CONNECT.");
  }
  const std::size_t begin = mark + 3;
  const std::size_t end = std::min(head.target.find_first_of("/?#", begin), head.target.size());
  const std::string_view authority = head.target.substr(begin, end - begin);
  auto destination = parse_authority(authority, kHttpPort);
  if (destination) {
    return Asked{.destination = *std::move(destination), .authority = authority, .path_at = end};
  }
  return bad_request("The request's URL " + destination.error() + ".");
}

// RFC 9112 section 3.2.1: an empty path is sent as "/", or as "*" for OPTIONS (section 3.2.4).
std::string origin_form(const http::RequestHead& head, std::size_t path_at) {
  const std::string_view target = head.target.substr(path_at);
  if (target.empty() && head.method == "OPTIONS") return "*";
  std::string path(target.starts_with('/') ? "" : "/");
  path += target;
  return path;
}

// RFC 9110 section 11.7.2: Proxy-Authorization is for the first proxy that expects it. Likewise
// Proxy-Connection is said to a proxy alone (RFC 9112 appendix C.2.2).
bool is_for_us(std::string_view name) {
  return http::equal_ignoring_case(name, "Proxy-Authorization") ||
         http::equal_ignoring_case(name, "Proxy-Connection");
}

bool asks_for_websocket(const http::Fields& fields) {
  return fields.has_token("Upgrade", "websocket") || fields.first("Sec-WebSocket-Key");
}

// RFC 9112 section 9.6. What else the client says of its connection stays said.
std::string closing_field(const http::Fields& fields, std::string_view line_end) {
  std::string line("Connection: close");
  const std::string options = fields.joined("Connection").value_or("");
  for (const std::string_view option : http::list_elements(options)) {
    const bool is_replaced = http::equal_ignoring_case(option, "close") ||
                             http::equal_ignoring_case(option, "keep-alive");
    if (http::is_token(option) && !is_replaced) line.append(", ").append(option);
  }
  return line.append(line_end);
}

bool is_host_field(std::string_view name) { return http::equal_ignoring_case(name, "Host"); }

// Whether the one Host field says what the URL says.
bool has_right_host(const http::Fields& fields, const Destination& destination) {
  const auto is_host = [](const http::Field& field) { return is_host_field(field.name); };
  if (std::ranges::count_if(fields.all(), is_host) != 1) return false;
  const auto said = parse_authority(*fields.first("Host"), kHttpPort);
  return said && said->port == destination.port &&
         http::equal_ignoring_case(said->host, destination.host);
}

// The head with another target and without the fields that are for us; all else as it came, but for
// a Host that says something else: RFC 9112 section 3.2.2, "the proxy MUST ignore the received Host
// header field (if any) and instead replace it with the host information of the request-target".
// The client's next request may be for another server, and would go to this one: where no WebSocket
// is asked for, the server is told to end the connection behind its answer.
std::string passed_on(std::string_view text, const http::RequestHead& head, const Asked& asked) {
  const auto target_at = static_cast<std::size_t>(head.target.data() - text.data());
  std::string passed(text.substr(0, target_at));
  passed += origin_form(head, asked.path_at);
  std::size_t begin = text.find('\n') + 1;
  const std::size_t target_end = target_at + head.target.size();
  passed += text.substr(target_end, begin - target_end);
  const bool is_host_ours = !has_right_host(head.fields, asked.destination);
  if (is_host_ours) {
    const bool has_return = text[begin - 2] == '\r';
    passed.append("Host: ").append(asked.authority).append(has_return ? "\r\n" : "\n");
  }
  const bool is_one_answer = !asks_for_websocket(head.fields);
  bool is_taken_out = false;
  while (begin < text.size()) {
    const std::size_t end = text.find('\n', begin) + 1;  // a head ends in a line's end
    const std::string_view line = text.substr(begin, end - begin);
    // A folded line belongs to the field before it (RFC 9112 section 5.2).
    const bool is_folded = line.starts_with(' ') || line.starts_with('\t');
    const std::string_view name = http::trimmed(line.substr(0, line.find(':')));
    if (!is_folded) {
      is_taken_out = is_for_us(name) || (is_host_ours && is_host_field(name)) ||
                     (is_one_answer && http::equal_ignoring_case(name, "Connection"));
    }
    if (is_one_answer && end == text.size()) passed += closing_field(head.fields, line);
    if (!is_taken_out) passed += line;
    begin = end;
  }
  return passed;
}

// Whether the client's next request can be read behind this one, which is not served.
bool can_try_again(const http::RequestHead& head) {
  if (head.version != 11) return false;
  if (head.fields.has_token("Connection", "close")) return false;
  if (head.fields.has_token("Proxy-Connection", "close")) return false;
  const auto body = http::Body::of_request(head.fields);
  return body && body->is_done();
}

Negotiation::Step refusal(std::string answer, std::string fault) {
  Negotiation::Step step;
  step.state = Negotiation::State::refused;
  step.answer = std::move(answer);
  step.fault = std::move(fault);
  return step;
}

struct Words {
  std::string_view status;
  std::string_view what;  // of a host and its port
};

Words words_for(Refusal refusal) {
  switch (refusal) {
    case Refusal::not_allowed:
      return {"403 Forbidden", "The rules of this proxy do not lead to "};
    case Refusal::name_not_resolved:
      return {"502 Bad Gateway", "No address was found for "};
    case Refusal::refused:
      return {"502 Bad Gateway", "A connection was refused by "};
    case Refusal::unreachable:
      return {"502 Bad Gateway", "There is no route to "};
    case Refusal::timed_out:
      return {"504 Gateway Timeout", "No connection came about in time to "};
    case Refusal::tls_failed:
      return {"502 Bad Gateway", "TLS could not be agreed on with "};
    case Refusal::other:
      break;
  }
  return {"502 Bad Gateway", "No connection came about to "};
}

class Forward final : public Negotiation {
 public:
  explicit Forward(std::span<const std::string> credentials) : credentials_(credentials) {}

  Step take(ByteView bytes) override {
    ByteView input = bytes;
    std::string answers;
    Step step;
    while (step.state == State::needs_more) {
      const http::HeadResult result = reader_.read(input);
      if (std::holds_alternative<http::NeedMore>(result)) break;
      const auto* head = std::get_if<http::CompleteHead>(&result);
      step = head != nullptr ? judge(head->text)
                             : refuse_other(std::get<http::NotHttp>(result), input);
      answers += step.answer;
    }
    step.answer = std::move(answers);
    step.consumed = bytes.size() - input.size();
    return step;
  }

  std::string succeeded() const override {
    return is_tunnel_ ? "HTTP/1.1 200 Connection established\r\n\r\n" : "";
  }

  std::string failed(Refusal refusal) const override {
    const Words words = words_for(refusal);
    Answer answer{.status = words.status, .body = std::string(words.what)};
    answer.fields.append("Proxy-Status: lastframe; error=");
    answer.fields.append(proxy_status_error(refusal)).append("\r\n");
    answer.body += authority_text(destination_.host, destination_.port) + ".";
    return written(answer, true, has_body_);
  }

 private:
  Step judge(std::string_view text) {
    const auto head = http::parse_request_head(text);
    if (!head) return refuse({.status = "400 Bad Request", .body = "This is no request."});
    has_body_ = head->method != "HEAD";
    if (head->version != 10 && head->version != 11) {
      return refuse({.status = "505 HTTP Version Not Supported",
                     .body = "This proxy speaks HTTP/1.1 and HTTP/1.0."});
    }
    auto request = asked(*head);
    if (!request) return refuse(request.error());
    if (!is_welcome(head->fields)) return ask_for_credentials(*head);
    Step step;
    step.state = State::asks;
    is_tunnel_ = head->method == "CONNECT";
    if (!is_tunnel_) step.passed_on = passed_on(text, *head, *request);
    destination_ = request->destination;
    step.destination = std::move(request->destination);
    return step;
  }

  bool is_welcome(const http::Fields& fields) const {
    if (credentials_.empty()) return true;
    const auto shown = basic_credentials(fields.first("Proxy-Authorization").value_or(""));
    return shown && is_known(credentials_, *shown);
  }

  // RFC 9110 section 15.5.8. curl and browsers try again on the same connection.
  Step ask_for_credentials(const http::RequestHead& head) {
    const Answer answer{.status = "407 Proxy Authentication Required",
                        .fields = "Proxy-Authenticate: Basic realm=\"lastframe\"\r\n",
                        .body = "This proxy asks for a user name and a password."};
    if (++tries_ >= kMostTries || !can_try_again(head)) {
      return refusal(written(answer, true, has_body_),
                     head.fields.first("Proxy-Authorization")
                         ? "the user name or the password is wrong"
                         : "the client shows no user name and password");
    }
    Step step;
    step.answer = written(answer, false, has_body_);
    return step;
  }

  Step refuse(const Answer& answer) const {
    return refusal(written(answer, true, has_body_), answer.body);
  }

  // What is no head, or too long a one.
  Step refuse_other(http::NotHttp why, ByteView input) const {
    if (why.is_too_long) {
      return refuse({.status = "431 Request Header Fields Too Large",
                     .body = "The head of the request has more than 64 KiB."});
    }
    const char first = reader_.kept().empty() ? as_text(input).front() : reader_.kept().front();
    if (first == 0x16) return refusal("", "the client speaks TLS, and this is an HTTP proxy");
    if (first == 4 || first == 5) {
      return refusal("", "the client speaks SOCKS, and this is an HTTP proxy");
    }
    return refuse({.status = "400 Bad Request", .body = "This is no request of HTTP/1.1."});
  }

  std::span<const std::string> credentials_;
  http::HeadReader reader_{http::MessageKind::request, kLongestRequest};
  Destination destination_;
  int tries_ = 0;
  bool is_tunnel_ = false;
  bool has_body_ = true;  // an answer to HEAD has none
};

}  // namespace

std::unique_ptr<Negotiation> forward_negotiation(std::span<const std::string> credentials) {
  return std::make_unique<Forward>(credentials);
}

}  // namespace lastframe::proxying
