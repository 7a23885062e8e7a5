#include "core/session/request_texts.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lastframe::session {
namespace {

using http::Fields;

void set_redacted(Texts& texts, Text which, const Fields& fields, std::string_view name) {
  if (const auto value = fields.first(name)) texts.set(which, redact_tokens(*value));
}

// `x` a hex digit, `*` any one of [0-9A-Za-z]; everything else stands for itself.
bool matches(std::string_view text, std::string_view shape) {
  return std::ranges::equal(text, shape, [](char c, char wanted) {
    const bool is_digit = c >= '0' && c <= '9';
    if (wanted == 'x') return is_digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (wanted == '*') return is_digit || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return c == wanted;
  });
}

// `begin` and `size` say which part of the value is the id.
struct TraceField {
  std::string_view name;
  std::string_view shape;
  std::size_t begin;
  std::size_t size;
};

// A trace id is shown only in its documented shape: any other text could be a secret.
constexpr std::array kTraceFields{
    // W3C Trace Context section 3.2: version, trace-id, parent-id, flags
    TraceField{"traceparent", "xx-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxx-xx", 3, 32},
    // an AWS load balancer's
    TraceField{"X-Amzn-Trace-Id", "Root=1-xxxxxxxx-xxxxxxxxxxxxxxxxxxxxxxxx", 5, 35},
    TraceField{"X-B3-TraceId", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 0, 32},
    TraceField{"X-B3-TraceId", "xxxxxxxxxxxxxxxx", 0, 16},
    TraceField{"X-Request-Id", "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", 0, 36},
    TraceField{"CF-Ray", "xxxxxxxxxxxxxxxx-***", 0, 20},
};

void set_trace_id(Texts& texts, const Fields& fields) {
  for (const TraceField& field : kTraceFields) {
    const auto value = fields.first(field.name);
    if (!value || !matches(*value, field.shape)) continue;
    texts.set(Text::trace_id, value->substr(field.begin, field.size));
    return;
  }
}

// The value of `name` in "a=1; b=2".
std::optional<std::string_view> named_value(std::string_view pairs, std::string_view name,
                                            char separator) {
  while (!pairs.empty()) {
    const std::size_t end = pairs.find(separator);
    const std::string_view pair = http::trimmed(pairs.substr(0, end));
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
      return pair.substr(equals + 1);
    }
    if (end == std::string_view::npos) break;
    pairs.remove_prefix(end + 1);
  }
  return std::nullopt;
}

std::optional<std::string_view> user_value(const http::RequestHead& request,
                                           const UserSource& source) {
  switch (source.kind) {
    case UserSource::Kind::header:
      return request.fields.first(source.name);
    case UserSource::Kind::cookie:
      return named_value(request.fields.first("Cookie").value_or(""), source.name, ';');
    case UserSource::Kind::query: {
      const std::size_t question = request.target.find('?');
      if (question == std::string_view::npos) return std::nullopt;
      return named_value(request.target.substr(question + 1), source.name, '&');
    }
  }
  return std::nullopt;
}

}  // namespace

Texts request_texts(const http::RequestHead& request, const Texts& before,
                    const PrivacyOptions& privacy, bool is_client_trusted) {
  Texts texts;
  for (const Text known : {Text::client, Text::server, Text::upstream}) {
    if (const auto text = before[known]) texts.set(known, *text);
  }
  const Fields& fields = request.fields;
  // Neither may name a user or hold a query (RFC 9110 section 7.2, RFC 6454 section 6.2); where
  // one does, it holds secrets like a target.
  for (const auto& [which, name] : {std::pair{Text::host, "Host"}, {Text::origin, "Origin"}}) {
    if (const auto value = fields.first(name)) texts.set(which, redact_target(*value, privacy));
  }
  texts.set(Text::path, redact_target(request.target, privacy));
  set_redacted(texts, Text::user_agent, fields, "User-Agent");
  set_redacted(texts, Text::request_via, fields, "Via");
  if (is_client_trusted) {
    if (const auto chain = fields.joined("X-Forwarded-For")) {
      texts.set(Text::forwarded_for, redact_tokens(*chain));
    }
  }
  set_trace_id(texts, fields);
  if (privacy.user) {
    if (const auto user = user_value(request, *privacy.user)) {
      texts.set(Text::user, user_hash(*user, privacy));
    }
  }
  return texts;
}

void note_response_texts(const http::ResponseHead& response, Texts& texts) {
  set_redacted(texts, Text::subprotocol, response.fields, "Sec-WebSocket-Protocol");
  if (const auto extensions = response.fields.joined("Sec-WebSocket-Extensions")) {
    texts.set(Text::extensions, redact_tokens(*extensions));
  }
  set_redacted(texts, Text::response_server, response.fields, "Server");
  set_redacted(texts, Text::response_via, response.fields, "Via");
}

}  // namespace lastframe::session
