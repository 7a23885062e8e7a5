#include "capture/har_writer.h"

#include <array>
#include <optional>
#include <utility>
#include <variant>

#include "capture/har_entry.h"
#include "core/http/exchange_watcher.h"
#include "core/http/head_text.h"
#include "core/ws/extensions.h"
#include "core/ws/utf8.h"

namespace lastframe::capture {
namespace {

constexpr std::size_t kWatchedHead = 64 * 1024;  // bytes
constexpr std::size_t kLongestRecord = 1 << 20;  // bytes

std::vector<HarHeader> headers_of(const http::Fields& fields) {
  std::vector<HarHeader> headers;
  for (const http::Field& field : fields.all()) {
    headers.push_back({std::string(field.name), std::string(field.value)});
  }
  return headers;
}

double milliseconds_between(Moment from, Moment to) { return seconds_between(from, to) * 1000; }

}  // namespace

class HarWriter::Connection {
 public:
  Connection(const ConnectionStart& start, const HarWriterOptions& options,
             ws::InflatePool& inflaters, std::size_t& kept)
      : id_(start.id),
        accepted_(start.accepted),
        now_(start.accepted),
        wall_(start.accepted_wall),
        options_(options),
        inflaters_(inflaters),
        list_(options.limits, kept) {
    entry_.client = start.client;
    entry_.server = start.server;
  }

  void take(Moment now, const session::Input& input) {
    now_ = now;
    if (const auto* bytes = std::get_if<session::BytesRelayed>(&input)) {
      relayed(bytes->direction, bytes->bytes);
    } else if (const auto* head = std::get_if<session::HeadRelayed>(&input)) {
      head_relayed(*head);
    } else if (const auto* missed = std::get_if<session::BytesMissed>(&input)) {
      miss(*missed);
    } else if (const auto* connected = std::get_if<session::UpstreamConnected>(&input)) {
      entry_.server = connected->address;
    } else if (const auto* named = std::get_if<session::ClientNamed>(&input)) {
      entry_.client = named->address;
    } else if (const auto* tls = std::get_if<session::TlsEstablished>(&input)) {
      if (tls->peer == Endpoint::client) is_tls_ = true;
    } else if (const auto* end = std::get_if<session::StreamEnded>(&input)) {
      ended(*end);
    }
  }

  void take_record(std::string_view json) {
    if (json.size() <= kLongestRecord) record_ = json;
  }
  void add_comment(std::string_view sentence) {
    if (comment_.size() > 1000) return;
    comment_.append(comment_.empty() ? "" : "; ").append(sentence);
  }
  bool has_entry() const { return has_request_; }
  void write(const HarOutput& output);

 private:
  enum class Phase : unsigned char { http, frames, opaque };

  void relayed(Direction direction, ByteView bytes);
  void head_relayed(const session::HeadRelayed& head);
  void heed(const http::WatchEvent& event);
  void miss(const session::BytesMissed& missed);
  void request_seen(const http::RequestSeen& request);
  void answered(const http::ResponseHead& head);
  void switched(const http::SwitchedToWebSocket& answer);
  void ended(const session::StreamEnded& end);
  std::string redacted(std::string text) const;
  void note_close();
  HarMessages& messages(Direction direction) { return messages_[index(direction)]; }
  WallTime wall_now() const { return wall_ + (now_ - accepted_); }
  double since_accepted(WallTime time) const {
    return std::chrono::duration<double>(time - wall_).count();
  }

  std::uint64_t id_;
  Moment accepted_;
  Moment now_;
  Moment requested_{};
  WallTime wall_;
  const HarWriterOptions& options_;
  ws::InflatePool& inflaters_;
  Phase phase_ = Phase::http;
  bool is_tls_ = false;
  bool has_request_ = false;
  http::ExchangeWatcher watcher_{kWatchedHead};
  HarEntry entry_;
  HarMessageList list_;
  std::array<HarMessages, 2> messages_{HarMessages(Direction::client_to_server),
                                       HarMessages(Direction::server_to_client)};
  std::vector<HarStreamEnd> ends_;
  std::string record_;
  std::string comment_;
};

void HarWriter::Connection::relayed(Direction direction, ByteView bytes) {
  while (phase_ == Phase::http) {
    const auto event = watcher_.next(direction, bytes);
    if (!event) return;
    heed(*event);
  }
  if (phase_ == Phase::frames) messages(direction).feed(bytes, wall_now(), list_);
}

void HarWriter::Connection::head_relayed(const session::HeadRelayed& head) {
  if (phase_ != Phase::http) return;
  if (const auto event = watcher_.next_head(head.direction, head.text)) heed(*event);
}

void HarWriter::Connection::heed(const http::WatchEvent& event) {
  if (const auto* request = std::get_if<http::RequestSeen>(&event)) {
    request_seen(*request);
  } else if (const auto* response = std::get_if<http::ResponseSeen>(&event)) {
    if (response->asks == http::Asks::websocket) answered(response->head);
  } else if (const auto* answer = std::get_if<http::SwitchedToWebSocket>(&event)) {
    switched(*answer);
  } else if (std::holds_alternative<http::HeldBytesAreHttp>(event)) {
    const std::string held = watcher_.take_held_client_bytes();
    relayed(Direction::client_to_server, as_bytes(held));
  } else {
    phase_ = Phase::opaque;
  }
}

void HarWriter::Connection::miss(const session::BytesMissed& missed) {
  if (phase_ == Phase::frames) return messages(missed.direction).miss(missed, wall_now(), list_);
  phase_ = Phase::opaque;
}

void HarWriter::Connection::request_seen(const http::RequestSeen& request) {
  if (request.asks != http::Asks::websocket) return;
  const std::string text = redacted(std::string(request.place.text));
  const auto head = http::parse_request_head(text);
  if (!head) return;
  has_request_ = true;
  requested_ = now_;
  entry_.method = head->method;
  if (http::is_http2(head->version)) entry_.request_version = entry_.response_version = "http/2.0";
  entry_.request_headers = headers_of(head->fields);
  const std::string scheme = is_tls_ ? "wss://" : "ws://";
  const std::string host(head->fields.first("Host").value_or(""));
  const bool is_absolute =
      head->target.find("://") != std::string_view::npos && !head->target.starts_with('/');
  entry_.url = is_absolute ? std::string(head->target) : scheme + host + std::string(head->target);
  entry_.status = 0;
  entry_.response_headers.clear();
}

void HarWriter::Connection::answered(const http::ResponseHead& response) {
  const std::string status = std::to_string(response.status);
  // As a head, for what is secret in it to be found.
  const std::string text = redacted(http::head_text("HTTP/1.1 " + status + " ", response.fields));
  const auto head = http::parse_response_head(text);
  if (!head) return;
  entry_.status = response.status;
  entry_.status_text = response.status == 101 ? "Switching Protocols" : "";
  entry_.response_headers = headers_of(head->fields);
  entry_.send_ms = milliseconds_between(accepted_, requested_);
  entry_.wait_ms = milliseconds_between(requested_, now_);
}

void HarWriter::Connection::switched(const http::SwitchedToWebSocket& answer) {
  phase_ = Phase::frames;
  answered(answer.head);
  const auto accepted = answer.head.fields.joined("Sec-WebSocket-Extensions");
  const ws::NegotiatedExtensions extensions = ws::negotiated(accepted.value_or(""));
  for (HarMessages& direction : messages_) direction.begin(extensions, inflaters_);
  if (extensions.has_unknown) {
    add_comment("an extension was agreed on that is not known here: messages stand as they passed");
  }
  const std::string early = watcher_.take_held_client_bytes();
  relayed(Direction::client_to_server, as_bytes(early));
}

void HarWriter::Connection::ended(const session::StreamEnded& end) {
  constexpr std::size_t kMostEnds = 8;
  if (ends_.size() >= kMostEnds) return;
  ends_.push_back({.endpoint = std::string(name(end.endpoint)),
                   .how = std::string(session::name(end.how)),
                   .at_s = seconds_between(accepted_, now_)});
}

std::string HarWriter::Connection::redacted(std::string text) const {
  if (options_.hides_secrets) redact_http(text, options_.redaction);
  return text;
}

// What is seen of the end, where no record says more.
void HarWriter::Connection::note_close() {
  HarClose close;
  close.initiator = "none";
  close.ends = ends_;
  std::optional<WallTime> first;
  for (const Endpoint endpoint : kEndpoints) {
    const auto& seen = messages_[index(direction_from(endpoint))].close();
    if (!seen) continue;
    auto& frame = close.frames[index(endpoint)].emplace();
    frame.at_s = since_accepted(seen->at);
    if (const auto* status = std::get_if<ws::StatusAndReason>(&seen->body)) {
      frame.code = static_cast<double>(status->code);
      frame.reason = ws::with_replacements(status->reason);
    }
    if (first && *first <= seen->at) continue;
    first = seen->at;
    close.code = static_cast<double>(ws::reported_code(seen->body));
    close.reason = frame.reason;
    close.initiator = name(endpoint);
  }
  if (!first && ends_.empty()) return;
  if (!first) {
    close.code = 1006;
    close.initiator = ends_.front().endpoint;
  }
  close.is_clean = close.frames[0] && close.frames[1];
  entry_.close = std::move(close);
}

void HarWriter::Connection::write(const HarOutput& output) {
  if (phase_ == Phase::http) {
    entry_.body = redacted(std::string(watcher_.refusal_body()));
  }
  for (const HarMessages& direction : messages_) {
    if (!direction.lost_at()) continue;
    add_comment("what the " + std::string(&direction == messages_.data() ? "client" : "server") +
                " sent from byte " + std::to_string(*direction.lost_at()) +
                " behind the handshake on are no frames that can be read");
  }
  if (list_.left_out > 0) {
    add_comment(std::to_string(list_.left_out) + " messages are left out, for there was no room");
  }
  note_close();
  entry_.duration_ms = milliseconds_between(accepted_, now_);
  entry_.messages = std::move(list_.messages);
  write_har_entry(entry_, wall_,
                  {.connection = std::to_string(id_), .record = record_, .comment = comment_},
                  output);
}

HarWriter::HarWriter(HarWriterOptions options, HarOutput output)
    : options_(std::move(options)), output_(std::move(output)) {
  output_(har_opening(options_.version));
}

HarWriter::~HarWriter() = default;

void HarWriter::on_start(const ConnectionStart& start) {
  open_[start.id] = std::make_unique<Connection>(start, options_, inflaters_, kept_);
}

void HarWriter::on_input(std::uint64_t connection, Moment now, const session::Input& input) {
  const auto found = open_.find(connection);
  if (found == open_.end()) return;
  found->second->take(now, input);
  if (!std::holds_alternative<session::Finished>(input)) return;
  write(*found->second);
  open_.erase(found);
}

void HarWriter::on_flaw(const Flaw& flaw) {
  if (!flaw.connection) return;
  const auto found = open_.find(*flaw.connection);
  if (found == open_.end()) return;
  found->second->add_comment(flaw.text);
  if (flaw.kind != FlawKind::still_open) return;
  write(*found->second);
  open_.erase(found);
}

void HarWriter::on_record(std::uint64_t connection, std::string_view json) {
  const auto found = open_.find(connection);
  if (found != open_.end()) found->second->take_record(json);
}

void HarWriter::finish() {
  for (const auto& [id, connection] : open_) write(*connection);
  open_.clear();
  output_(har_end());
}

void HarWriter::write(Connection& connection) {
  if (!connection.has_entry()) return;
  output_(entries_++ == 0 ? "\n" : ",\n");
  connection.write(output_);
}

}  // namespace lastframe::capture
