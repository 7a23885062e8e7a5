#include "probe/path_peer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/words.h"
#include "core/http/head.h"
#include "core/ws/close_body.h"
#include "net/clock.h"

namespace lastframe::probe {
namespace {

constexpr std::size_t kMostHeld = std::size_t{96} * 1024 * 1024;
constexpr std::string_view kAccountOpening = R"({"account":)";

DialOptions with_room(DialOptions options) {
  options.most_held = kMostHeld;
  return options;
}

std::string close_words(const Frame& frame) {
  const ws::CloseBody body = ws::decode_close_body(as_bytes(frame.payload));
  const auto* status = std::get_if<ws::StatusAndReason>(&body);
  const bool has_reason = status != nullptr && !status->reason.empty();
  return fmt::format("{}{}", static_cast<unsigned>(ws::reported_code(body)),
                     has_reason ? " " + in_quotes(status->reason) : "");
}

}  // namespace

PathPeer::PathPeer(const PathOptions& options, const Opening& opening)
    : options_(options),
      dialled_(dial(options.target, with_room(options.dial))),
      reader_(std::max(options.max_size, std::size_t{2} << 20) + 1),
      random_(std::random_device{}()) {
  if (failure_text(dialled_).empty()) shake_hands(opening);
}

Moment PathPeer::deadline() const { return net::now() + options_.dial.timeout; }

void PathPeer::shake_hands(const Opening& opening) {
  RequestDraft draft{.target = options_.target.request + opening.query,
                     .host = options_.target.host,
                     .key = drawn_key(),
                     .subprotocols = opening.subprotocols,
                     .extensions = opening.extensions,
                     .origin = options_.origin,
                     .fields = options_.fields};
  if (!opening.segment.empty()) draft.target = with_segment(draft.target, opening.segment);
  draft.subprotocols.insert(draft.subprotocols.begin(), std::string(kSubprotocol));
  draft.fields.insert(draft.fields.end(), opening.fields.begin(), opening.fields.end());
  request_ = request_head(draft);
  const Moment until = deadline();
  wire().send(as_bytes(request_ + opening.early), until);
  answer_ = read_answer([&](std::string& into) { return wire().receive(into, until); });
  const auto head = answer_.is_complete ? http::parse_response_head(answer_.head) : std::nullopt;
  if (!head || head->status != 101) return;
  input_ = answer_.rest;
  Returned first = ask({});
  first_frames_ = std::move(first.frames);
  account_ = std::move(first.account);
}

void PathPeer::note_failure(Row& row, Result result) const {
  const std::string before = failure_text(dialled_);
  if (!before.empty()) return row.note(Result::not_tried, before);
  const auto head = answer_.is_complete ? http::parse_response_head(answer_.head) : std::nullopt;
  if (!answer_.is_complete) {
    const bool is_late = answer_.stopped_by == Wire::Got::nothing_in_time;
    return row.note(is_late ? std::min(result, Result::timed_out) : result,
                    is_late ? std::string("the handshake was not answered in time")
                            : fmt::format("in place of a 101: {}", end_text()));
  }
  if (!head || head->status != 101) {
    const std::string line = answer_.head.substr(0, answer_.head.find_first_of("\r\n"));
    return row.note(result, fmt::format("in place of a 101: {}", in_quotes(line)));
  }
  // What opens a connection is sent uncompressed, and comes back as it arrived.
  const auto is_compressed = [](const Frame& frame) { return frame.header.rsv == ws::kRsv1; };
  if (std::ranges::any_of(first_frames_, is_compressed)) {
    return row.note(Result::altered,
                    "a hop compresses messages that were sent uncompressed: nothing more could be "
                    "tried under permessage-deflate");
  }
  const std::string end = end_text();
  row.note(std::max(result, Result::timed_out),
           fmt::format("behind the 101 no account came{}: is it `lastframe echo` that answers, "
                       "and does the subprotocol {} arrive?",
                       end.empty() ? " in time" : "; " + end, kSubprotocol));
}

Frame PathPeer::frame(ws::Opcode opcode, std::string payload, Last last,
                      std::optional<ws::MaskingKey> key) {
  if (!key) {
    const auto number = random_();
    key.emplace();
    for (std::size_t i = 0; i < key->size(); ++i) {
      (*key)[i] = static_cast<std::byte>(number >> (8 * i));
    }
  }
  return make_frame(opcode, std::move(payload), key, last);
}

bool PathPeer::send(const Frame& frame) { return send_bytes(wire_bytes(frame)); }

// As long as something moves nobody is late: the deadline is that of each slice.
bool PathPeer::send_bytes(std::string_view bytes) {
  constexpr std::size_t kSlice = std::size_t{64} * 1024;
  bool is_taken = true;
  while (is_taken && !bytes.empty()) {
    const std::string_view slice = bytes.substr(0, kSlice);
    is_taken = wire().send(as_bytes(slice), deadline());
    bytes.remove_prefix(slice.size());
  }
  return is_taken;
}

bool PathPeer::tell(const Instruction& instruction) {
  return send(frame(ws::Opcode::text, to_json(instruction)));
}

std::optional<Frame> PathPeer::next(std::optional<Moment> until) {
  if (!first_frames_.empty()) {
    const Frame frame = std::move(first_frames_.front());
    first_frames_.erase(first_frames_.begin());
    return frame;
  }
  while (true) {
    ByteView rest = as_bytes(input_);
    auto frame = reader_.next(rest);
    input_.erase(0, input_.size() - rest.size());
    if (frame) {
      if (frame->header.opcode == ws::Opcode::close && !close_) close_ = frame;
      return frame;
    }
    if (wire().receive(input_, until.value_or(deadline())) != Wire::Got::bytes) {
      return std::nullopt;
    }
  }
}

PathPeer::Returned PathPeer::ask(const Report& report) {
  Returned returned;
  tell(report);
  while (auto frame = next()) {
    const bool is_account =
        frame->header.opcode == ws::Opcode::text && frame->payload.starts_with(kAccountOpening);
    if (is_account) {
      returned.account = parse_account(frame->payload);
      return returned;
    }
    returned.frames.push_back(*std::move(frame));
    if (close_) return returned;
  }
  return returned;
}

std::string PathPeer::end_text() const {
  if (close_) return fmt::format("the connection was closed with {}", close_words(*close_));
  if (!dialled_.wire || !dialled_.wire->ended()) return "";
  switch (*dialled_.wire->ended()) {
    case session::EndKind::fin:
      return "the connection was ended without a Close";
    case session::EndKind::reset:
      return "the connection was reset";
    case session::EndKind::tls_truncated:
      return "the connection was ended without close_notify";
    case session::EndKind::timeout:
    case session::EndKind::proxy_shutdown:
    case session::EndKind::error:
      return "the connection broke";
  }
  return "";
}

std::optional<Account> account_of(const PathOptions& options, const std::string& connection,
                                  bool is_end_awaited) {
  PathPeer asking(options, {});
  if (!asking.is_open()) return std::nullopt;
  const auto account = asking.ask({connection, is_end_awaited}).account;
  asking.send(asking.frame(ws::Opcode::close, close_body(1000, "")));
  asking.next();
  return account;
}

}  // namespace lastframe::probe
