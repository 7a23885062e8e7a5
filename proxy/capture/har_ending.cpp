#include "capture/har_ending.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string_view>

#include "core/base/words.h"
#include "core/ws/frame.h"

namespace lastframe::capture {
namespace {

using session::EndKind;
using session::StreamEnded;

constexpr double kLongestSeconds = 1e9;

Moment moment(Moment accepted, const std::optional<double>& seconds, Moment otherwise) {
  if (!seconds || !(std::abs(*seconds) < kLongestSeconds)) return otherwise;
  return std::max(accepted, accepted + std::chrono::microseconds(std::llround(*seconds * 1e6)));
}

std::optional<Endpoint> endpoint_of(std::string_view text) {
  for (const Endpoint endpoint : kEndpoints) {
    if (text == name(endpoint)) return endpoint;
  }
  return std::nullopt;
}

std::optional<EndKind> end_kind_of(std::string_view text) {
  for (const EndKind kind : {EndKind::fin, EndKind::reset, EndKind::timeout, EndKind::tls_truncated,
                             EndKind::proxy_shutdown, EndKind::error}) {
    if (text == session::name(kind)) return kind;
  }
  return std::nullopt;
}

// How the first stream ended, by the record's word for the whole ("reset_mid_frame").
std::optional<EndKind> end_kind_of_ending(std::string_view ending) {
  if (ending.starts_with("fin")) return EndKind::fin;
  if (ending.starts_with("reset")) return EndKind::reset;
  return ending == "timeout" || ending == "proxy_shutdown" ? end_kind_of(ending) : std::nullopt;
}

// Of a Close frame. No code: an empty body. The reason is cut to what a control frame may carry,
// for in a record it can be longer than it was on the wire.
std::string close_body(const std::optional<double>& code, std::string_view reason) {
  if (!code || *code == 1005 || !(*code >= 0 && *code <= 65535)) return {};
  const auto number = static_cast<unsigned>(*code);
  std::size_t size = std::min<std::size_t>(reason.size(), ws::kLongestControlPayload - 2);
  while (size > 0 && size < reason.size() &&
         (static_cast<unsigned char>(reason[size]) & 0xC0) == 0x80)
    --size;
  return std::string{static_cast<char>(number >> 8), static_cast<char>(number & 0xFF)}.append(
      reason.substr(0, size));
}

bool has_close_message(const HarEntry& entry, Endpoint sender) {
  const std::string_view type = sender == Endpoint::client ? "send" : "receive";
  return std::ranges::any_of(entry.messages, [&](const HarMessage& message) {
    return message.type == type && message.opcode == 8;
  });
}

class EndingBuilder {
 public:
  EndingBuilder(const HarEntry& entry, Moment accepted, Moment last)
      : entry_(entry), accepted_(accepted), last_(last) {}

  HarEnding build() && {
    if (entry_.close) add_close(*entry_.close);
    for (const Endpoint endpoint : kEndpoints) {
      if (has_close_message(entry_, endpoint)) seen_[index(endpoint)] = true;
    }
    const bool is_one_sided = seen_[0] != seen_[1];
    if (seen_[0] || seen_[1]) ending_.is_shown = true;
    if (is_one_sided && !(entry_.close && entry_.close->is_clean == false)) {
      ending_.doubts.emplace_back(
          "only one side's Close stands in the file: whether it was answered is not known");
    }
    if (!ending_.is_shown) add_complaint();
    std::ranges::stable_sort(ending_.steps, {}, &HarEndStep::at);
    return std::move(ending_);
  }

 private:
  void add_close(const HarClose& close) {
    const bool has_frames = close.frames[0] || close.frames[1];
    const auto initiator = endpoint_of(close.initiator);
    const Endpoint first = initiator.value_or(Endpoint::server);
    if (has_frames) {
      for (const Endpoint sender : {first, other(first)}) {
        const auto& frame = close.frames[index(sender)];
        if (frame)
          add(sender, close_body(frame->code, frame->reason),
              moment(accepted_, frame->at_s, last_));
      }
    } else {
      add_by_code(close, first, initiator.has_value());
    }
    for (const HarStreamEnd& end : close.ends) {
      const auto endpoint = endpoint_of(end.endpoint);
      const auto how = end_kind_of(end.how);
      if (!endpoint || !how) continue;
      add(StreamEnded{*endpoint, *how}, moment(accepted_, end.at_s, last_));
    }
    const auto how = end_kind_of_ending(close.ending);
    if (close.ends.empty() && how) add(StreamEnded{first, *how}, last_);
  }

  // 1006 and 1015 stand for ends without a Close (RFC 6455 section 7.4.1).
  void add_by_code(const HarClose& close, Endpoint first, bool is_initiator_known) {
    if (!close.code) return;
    ending_.is_shown = true;
    if (*close.code == 1006 || *close.code == 1015) return;
    const std::string body = close_body(close.code, close.reason);
    add(first, body, last_);
    if (close.is_clean.value_or(false)) add(other(first), body.substr(0, 2), last_);
    if (is_initiator_known) return;
    ending_.doubts.emplace_back(
        "the file does not say which side sent its Close first: the server is taken for it");
  }

  // Another Close of the same side would break a rule, and stands among the messages.
  void add(Endpoint sender, std::string body, Moment at) {
    if (has_close_message(entry_, sender)) return;
    seen_[index(sender)] = ending_.is_shown = true;
    ending_.steps.push_back({at, HarCloseStep{sender, std::move(body)}});
  }
  void add(StreamEnded end, Moment at) {
    ending_.is_shown = true;
    ending_.steps.push_back({at, end});
  }

  // A browser that complains of an open connection has given it up.
  void add_complaint() {
    const auto complaint =
        std::ranges::find(entry_.messages, std::string_view("error"), &HarMessage::type);
    if (complaint == entry_.messages.end()) return;
    const bool is_reset = complaint->data.contains("ERR_CONNECTION_RESET");
    if (is_reset) return add(StreamEnded{Endpoint::server, EndKind::reset}, last_);
    add(StreamEnded{Endpoint::client, EndKind::error}, last_);
  }

  const HarEntry& entry_;
  Moment accepted_;
  Moment last_;
  HarEnding ending_;
  std::array<bool, 2> seen_{};  // Closes, by Endpoint
};

struct ErrorWord {
  std::string_view browser;  // Chromium's net/base/net_error_list.h
  std::string_view ours;     // an errno name, or words of a resolver
};
constexpr ErrorWord kConnectErrors[] = {
    {"ERR_CONNECTION_REFUSED", "ECONNREFUSED"},
    {"ERR_CONNECTION_TIMED_OUT", "ETIMEDOUT"},
    {"ERR_TIMED_OUT", "ETIMEDOUT"},
    {"ERR_ADDRESS_UNREACHABLE", "EHOSTUNREACH"},
    {"ERR_INTERNET_DISCONNECTED", "ENETUNREACH"},
    {"ERR_NAME_NOT_RESOLVED", "the name does not resolve"},
    {"ERR_NAME_RESOLUTION_FAILED", "the name does not resolve"},
};

struct EndWord {
  std::string_view browser;
  StreamEnded end;
};
constexpr EndWord kEnds[] = {
    {"ERR_CONNECTION_RESET", {Endpoint::server, EndKind::reset}},
    {"ERR_CONNECTION_CLOSED", {Endpoint::server, EndKind::fin}},
    {"ERR_EMPTY_RESPONSE", {Endpoint::server, EndKind::fin}},
    {"ERR_ABORTED", {Endpoint::client, EndKind::fin}},
};

}  // namespace

HarEnding har_ending(const HarEntry& entry, Moment accepted, Moment last) {
  return EndingBuilder(entry, accepted, last).build();
}

HarOpeningFault har_opening_fault(const HarEntry& entry) {
  std::string said = entry.error;
  for (const HarMessage& message : entry.messages) {
    if (message.type == "error") said += "\n" + message.data;
  }
  for (const ErrorWord& word : kConnectErrors) {
    if (said.contains(word.browser)) return HarConnectError{std::string(word.ours)};
  }
  for (const EndWord& word : kEnds) {
    if (said.contains(word.browser)) return word.end;
  }
  return {};
}

}  // namespace lastframe::capture
