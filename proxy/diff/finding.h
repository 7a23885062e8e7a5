// What a hop did to a connection: the kinds of differences as one table, and one of them with its
// places at both taps.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/endpoint.h"

namespace lastframe::diff {

// In the order of gravity.
enum class Severity : unsigned char {
  transparent,  // the bytes are the same
  reframed,     // rewritten as the protocol allows; what is said is the same
  altered,      // content or meaning changed
  corrupted     // what arrives breaks the protocol
};

constexpr std::string_view name(Severity severity) {
  constexpr std::array<std::string_view, 4> kNames{"transparent", "reframed", "altered",
                                                   "corrupted"};
  return kNames[static_cast<std::size_t>(severity)];
}

enum class Kind : unsigned char {
  // The opening handshake.
  request_target_changed,
  request_method_changed,
  http_version_changed,
  header_added,
  header_removed,
  header_changed,
  header_case_changed,
  header_order_changed,
  hop_by_hop_removed,
  head_respelled,
  upgrade_removed,
  key_replaced,
  accept_wrong,
  extension_offer_removed,
  extension_offer_added,
  extension_offer_changed,
  extension_answer_changed,
  subprotocol_offer_changed,
  subprotocol_changed,
  status_changed,
  answered_by_hop,
  // Frames and messages.
  first_frame_lost,
  message_dropped,
  message_inserted,
  message_duplicated,
  message_reordered,
  message_truncated,
  messages_merged,
  message_split,
  refragmented,
  coalesced,
  remasked,
  unmasked,
  masked,
  masking_broken,
  rsv_changed,
  opcode_changed,
  length_form_changed,
  compression_added,
  compression_removed,
  compression_redone,
  compression_doubled,
  compressed_without_acceptance,
  compression_broken,
  text_latin1_to_utf8,
  text_encoded_twice,
  text_utf8_to_latin1,
  text_invalid_replaced,
  text_line_ends_changed,
  text_mark_added,
  text_mark_removed,
  text_trimmed,
  payload_interrupted,
  payload_changed,
  payload_resized,
  stray_bytes_inserted,
  stray_bytes_removed,
  // Control frames.
  close_code_changed,
  close_reason_changed,
  close_injected,
  close_dropped,
  ping_answered_by_hop,
  ping_dropped,
  ping_inserted,
  pong_dropped,
  pong_inserted,
  control_frame_moved,
  // Ends and times.
  reset_became_fin,
  fin_became_reset,
  close_notify_lost,
  half_close_lost,
  end_missing,
  end_changed,
  ended_by_hop,
  ended_apart,
  data_delayed,
  tls_ended_by_hop,
};

struct KindRow {
  Kind kind;
  std::string_view name;   // in JSON; never renamed
  Severity severity;       // as a rule; a finding may say another
  std::string_view words;  // what happened, as a clause behind "the hop": "dropped a message"
};

inline constexpr auto kKinds = std::to_array<KindRow>({
    {Kind::request_target_changed, "request_target_changed", Severity::altered,
     "changed the request target"},
    {Kind::request_method_changed, "request_method_changed", Severity::corrupted,
     "changed the request method"},
    {Kind::http_version_changed, "http_version_changed", Severity::altered,
     "changed the HTTP version"},
    {Kind::header_added, "header_added", Severity::reframed, "added a header field"},
    {Kind::header_removed, "header_removed", Severity::altered, "removed a header field"},
    {Kind::header_changed, "header_changed", Severity::altered, "changed a header field"},
    {Kind::header_case_changed, "header_case_changed", Severity::reframed,
     "changed the letter case of header names"},
    {Kind::header_order_changed, "header_order_changed", Severity::reframed,
     "changed the order of header fields"},
    {Kind::hop_by_hop_removed, "hop_by_hop_removed", Severity::reframed,
     "removed a hop-by-hop header field"},
    {Kind::head_respelled, "head_respelled", Severity::reframed,
     "wrote a head with other white space or words of the status line"},
    {Kind::upgrade_removed, "upgrade_removed", Severity::corrupted,
     "removed what asks for or grants the upgrade"},
    {Kind::key_replaced, "key_replaced", Severity::reframed,
     "made a handshake of its own, with another Sec-WebSocket-Key"},
    {Kind::accept_wrong, "accept_wrong", Severity::corrupted,
     "passed on a Sec-WebSocket-Accept that does not fit the key"},
    {Kind::extension_offer_removed, "extension_offer_removed", Severity::altered,
     "removed the offer of extensions"},
    {Kind::extension_offer_added, "extension_offer_added", Severity::altered,
     "offered extensions that the client did not offer"},
    {Kind::extension_offer_changed, "extension_offer_changed", Severity::altered,
     "changed the offer of extensions"},
    {Kind::extension_answer_changed, "extension_answer_changed", Severity::altered,
     "changed which extensions are accepted"},
    {Kind::subprotocol_offer_changed, "subprotocol_offer_changed", Severity::altered,
     "changed which subprotocols are offered"},
    {Kind::subprotocol_changed, "subprotocol_changed", Severity::altered,
     "changed the chosen subprotocol"},
    {Kind::status_changed, "status_changed", Severity::altered, "changed the status of the answer"},
    {Kind::answered_by_hop, "answered_by_hop", Severity::altered,
     "answered the request for a WebSocket itself"},
    {Kind::first_frame_lost, "first_frame_lost", Severity::altered,
     "lost the first message behind the handshake"},
    {Kind::message_dropped, "message_dropped", Severity::altered, "dropped a message"},
    {Kind::message_inserted, "message_inserted", Severity::altered, "inserted a message"},
    {Kind::message_duplicated, "message_duplicated", Severity::altered, "sent a message twice"},
    {Kind::message_reordered, "message_reordered", Severity::altered,
     "moved a message to another place"},
    {Kind::message_truncated, "message_truncated", Severity::corrupted, "cut a message off"},
    {Kind::messages_merged, "messages_merged", Severity::altered, "merged messages into one"},
    {Kind::message_split, "message_split", Severity::altered, "split a message into several"},
    {Kind::refragmented, "refragmented", Severity::reframed, "cut a message into other frames"},
    {Kind::coalesced, "coalesced", Severity::reframed, "joined the fragments of a message"},
    {Kind::remasked, "remasked", Severity::reframed, "masked frames with keys of its own"},
    {Kind::unmasked, "unmasked", Severity::corrupted, "took the mask off a client's frame"},
    {Kind::masked, "masked", Severity::corrupted, "masked a server's frame"},
    {Kind::masking_broken, "masking_broken", Severity::corrupted,
     "masked a payload that was masked already, or with a wrong key"},
    {Kind::rsv_changed, "rsv_changed", Severity::corrupted, "changed the reserved bits of a frame"},
    {Kind::opcode_changed, "opcode_changed", Severity::altered, "changed an opcode"},
    {Kind::length_form_changed, "length_form_changed", Severity::reframed,
     "wrote a payload length in another form"},
    {Kind::compression_added, "compression_added", Severity::reframed, "compressed a message"},
    {Kind::compression_removed, "compression_removed", Severity::reframed,
     "decompressed a message"},
    {Kind::compression_redone, "compression_redone", Severity::reframed,
     "compressed a message anew"},
    {Kind::compression_doubled, "compression_doubled", Severity::corrupted,
     "compressed a message that was compressed already"},
    {Kind::compressed_without_acceptance, "compressed_without_acceptance", Severity::corrupted,
     "passes on compressed messages where its handshake accepted no compression"},
    {Kind::compression_broken, "compression_broken", Severity::corrupted,
     "passed on a compressed message that cannot be inflated"},
    {Kind::text_latin1_to_utf8, "text_latin1_to_utf8", Severity::altered,
     "encoded a text from ISO 8859-1 to UTF-8"},
    {Kind::text_encoded_twice, "text_encoded_twice", Severity::altered,
     "encoded a text as UTF-8 a second time"},
    {Kind::text_utf8_to_latin1, "text_utf8_to_latin1", Severity::corrupted,
     "encoded a text from UTF-8 to ISO 8859-1"},
    {Kind::text_invalid_replaced, "text_invalid_replaced", Severity::altered,
     "replaced what is not UTF-8 in a text by U+FFFD"},
    {Kind::text_line_ends_changed, "text_line_ends_changed", Severity::altered,
     "changed the line ends of a text"},
    {Kind::text_mark_added, "text_mark_added", Severity::altered,
     "put a byte order mark before a text"},
    {Kind::text_mark_removed, "text_mark_removed", Severity::altered,
     "took the byte order mark off a text"},
    {Kind::text_trimmed, "text_trimmed", Severity::altered,
     "changed the white space around a text"},
    {Kind::payload_interrupted, "payload_interrupted", Severity::corrupted,
     "wrote an HTTP response into a payload"},
    {Kind::payload_changed, "payload_changed", Severity::altered,
     "changed a payload and kept its length"},
    {Kind::payload_resized, "payload_resized", Severity::altered,
     "changed a payload and its length"},
    {Kind::stray_bytes_inserted, "stray_bytes_inserted", Severity::corrupted,
     "inserted bytes that are no frames"},
    {Kind::stray_bytes_removed, "stray_bytes_removed", Severity::altered,
     "removed bytes that were no frames"},
    {Kind::close_code_changed, "close_code_changed", Severity::altered,
     "changed the code of a Close"},
    {Kind::close_reason_changed, "close_reason_changed", Severity::altered,
     "changed the reason of a Close"},
    {Kind::close_injected, "close_injected", Severity::altered, "sent a Close of its own"},
    {Kind::close_dropped, "close_dropped", Severity::altered, "dropped a Close"},
    {Kind::ping_answered_by_hop, "ping_answered_by_hop", Severity::altered,
     "answered a Ping itself"},
    {Kind::ping_dropped, "ping_dropped", Severity::altered, "dropped a Ping"},
    {Kind::ping_inserted, "ping_inserted", Severity::altered, "sent a Ping of its own"},
    {Kind::pong_dropped, "pong_dropped", Severity::altered, "dropped a Pong"},
    {Kind::pong_inserted, "pong_inserted", Severity::altered, "sent a Pong of its own"},
    {Kind::control_frame_moved, "control_frame_moved", Severity::reframed,
     "moved a control frame to another place"},
    {Kind::reset_became_fin, "reset_became_fin", Severity::altered, "turned a reset into a FIN"},
    {Kind::fin_became_reset, "fin_became_reset", Severity::altered, "turned a FIN into a reset"},
    {Kind::close_notify_lost, "close_notify_lost", Severity::altered,
     "ended TLS without close_notify"},
    {Kind::half_close_lost, "half_close_lost", Severity::altered,
     "did not pass on the end of one direction while the other went on"},
    {Kind::end_missing, "end_missing", Severity::altered, "did not pass on the end of a stream"},
    {Kind::end_changed, "end_changed", Severity::altered, "changed how a stream ended"},
    {Kind::ended_by_hop, "ended_by_hop", Severity::altered,
     "ended the connection itself, on both sides"},
    {Kind::ended_apart, "ended_apart", Severity::altered, "ended the two sides at different times"},
    {Kind::data_delayed, "data_delayed", Severity::transparent, "held a message back"},
    {Kind::tls_ended_by_hop, "tls_ended_by_hop", Severity::reframed, "speaks TLS on one side only"},
});

constexpr const KindRow& row(Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

static_assert([] {
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (static_cast<std::size_t>(kKinds[i].kind) != i) return false;
  }
  return kKinds.size() == static_cast<std::size_t>(Kind::tls_ended_by_hop) + 1;
}());

// One difference at one tap.
struct Place {
  std::optional<std::uint64_t> frame = std::nullopt;   // counts from 1 in its direction
  std::optional<std::uint64_t> offset = std::nullopt;  // of the direction, behind the head
  std::optional<std::uint64_t> size = std::nullopt;    // bytes of content
  std::string bytes = {};  // how the content begins, where it was seen; never from a head
  std::string text = {};   // a header field, a status, a Close in words

  bool operator==(const Place&) const = default;
};

struct Finding {
  Kind kind = Kind::payload_changed;
  Severity severity = Severity::altered;
  std::optional<Direction> direction = std::nullopt;  // absent: of the connection as a whole
  Place before = {};                                  // at the tap on the client's side
  Place after = {};                                   // at the tap on the server's side
  std::string detail = {};                            // one clause more; may be empty
  std::uint64_t count = 1;  // how often this kind was found in this direction

  bool operator==(const Finding&) const = default;
};

// The first of each kind in each direction, and how many there were.
class Findings {
 public:
  void add(Finding finding);
  // In the order in which they were found first.
  const std::vector<Finding>& all() const { return all_; }
  std::vector<Finding>& all() { return all_; }

 private:
  std::vector<Finding> all_;
};

inline Finding finding_of(Kind kind) { return {.kind = kind, .severity = row(kind).severity}; }

Severity worst(const std::vector<Finding>& findings);

}  // namespace lastframe::diff
