#include "capture/pcapng_writer.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <variant>

#include "capture/digest.h"
#include "capture/http1_head.h"
#include "capture/pcapng_comment.h"
#include "core/base/words.h"

namespace lastframe::capture {
namespace {

constexpr std::uint32_t kLinkTypeRaw = 101;  // packets begin with their IP header
constexpr std::size_t kMostComment = 16 * 1024;
constexpr std::size_t kMostComments = 16;  // of a packet
// More bytes that are missing at once are no packets, but a gap in the sequence numbers.
constexpr std::uint64_t kMostMissing = 16 * 1024 * 1024;
// How much may stand unacknowledged.
constexpr std::uint32_t kMostUnacknowledged = 64 * 1024;

// Numbers in the byte order of the machine, which the section's header tells.
template <typename Number>
void put(std::string& block, Number number) {
  block.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

void pad(std::string& block) { block.resize((block.size() + 3) / 4 * 4); }

void put_option(std::string& block, std::uint16_t code, std::string_view value) {
  put(block, code);
  put(block, static_cast<std::uint16_t>(value.size()));
  block += value;
  pad(block);
}

std::string finished_block(std::uint32_t type, std::string_view body) {
  const auto length = static_cast<std::uint32_t>(body.size() + 12);
  std::string block;
  block.reserve(length);
  put(block, type);
  put(block, length);
  block += body;
  put(block, length);
  return block;
}

std::string beginning() {
  std::string section;
  put(section, std::uint32_t{0x1A2B3C4D});
  put(section, std::uint16_t{1});
  put(section, std::uint16_t{0});
  put(section, std::int64_t{-1});  // its length is not known
  put_option(section, 4, "lastframe");
  put(section, std::uint32_t{0});
  std::string interface;
  put(interface, kLinkTypeRaw);
  put(interface, std::uint32_t{0});
  put_option(interface, 9, "\x06");  // microseconds
  put(interface, std::uint32_t{0});
  return finished_block(0x0A0D0D0A, section) + finished_block(1, interface);
}

std::optional<TcpEnd> parsed_end(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  TcpEnd end{};
  const char* last = text.data() + text.size();
  const auto port = std::from_chars(text.data() + colon + 1, last, end.port);
  if (port.ec != std::errc() || port.ptr != last) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto address = parse_ip(host);
  if (!address) return std::nullopt;
  end.address = *address;
  return end;
}

TcpEnd made_up_end(std::string_view text, std::uint16_t port) {
  Digest digest;
  digest.take(as_bytes(text));
  TcpEnd end{.address = *parse_ip("127.0.0.1"), .port = port};
  end.address.back() = static_cast<std::uint8_t>(2 + digest.value() % 253);
  return end;
}

// Those of one client have ports of their own.
TcpEnd client_end(std::string_view text, std::uint64_t id) {
  const auto port = static_cast<std::uint16_t>(1024 + id % 64'000);
  return parsed_end(text).value_or(made_up_end(text, port));
}

// Wireshark looks for HTTP, and WebSocket behind it, on port 80.
TcpEnd server_end(std::string_view text) {
  return parsed_end(text).value_or(made_up_end(text, 80));
}

// Two connections of the same ends do not look like one.
std::uint32_t first_sequence(std::uint64_t id, Endpoint endpoint) {
  return static_cast<std::uint32_t>(id * 0x9E3779B1U +
                                    (endpoint == Endpoint::client ? 0 : 0x5BD1E995U));
}

void add_comment(std::vector<std::string>& comments, std::string_view text) {
  if (comments.size() < kMostComments) comments.push_back(printable(text, kMostComment));
}

}  // namespace

PcapngWriter::PcapngWriter(Output output) : output_(std::move(output)) { output_(beginning()); }

void PcapngWriter::on_start(const ConnectionStart& start) {
  Connection& connection = connections_[start.id];
  connection = {};
  connection.ends = {client_end(start.client, start.id), server_end(start.server)};
  connection.accepted = start.accepted;
  connection.accepted_wall = start.accepted_wall;
  for (const Endpoint endpoint : kEndpoints) {
    connection.next[index(endpoint)] = first_sequence(start.id, endpoint);
  }
  if (!start.server.empty()) open(start.id, connection);
}

void PcapngWriter::on_input(std::uint64_t id, Moment now, const session::Input& input) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection& connection = found->second;
  if (const auto* bytes = std::get_if<session::BytesRelayed>(&input)) {
    relay(id, connection, now, *bytes);
  } else if (const auto* head = std::get_if<session::HeadRelayed>(&input)) {
    note(connection, "a head of an HTTP/2 stream, written as HTTP/1.1 would");
    const std::string text = http1_head_of(head->text);
    relay(id, connection, now, {.direction = head->direction, .bytes = as_bytes(text)});
  } else if (const auto* missed = std::get_if<session::BytesMissed>(&input)) {
    miss(id, connection, now, *missed);
  } else if (const auto* ended = std::get_if<session::StreamEnded>(&input)) {
    end(id, connection, now, *ended);
  } else if (const auto* client = std::get_if<session::ClientNamed>(&input)) {
    if (!connection.is_open) connection.ends[0] = client_end(client->address, id);
  } else if (const auto* server = std::get_if<session::UpstreamConnected>(&input)) {
    if (connection.is_open) return;
    connection.ends[1] = server_end(server->address);
    open(id, connection);
  } else if (const auto* failed = std::get_if<session::ConnectFailed>(&input)) {
    if (connection.is_open) return;
    connection.ends[1] = server_end(failed->address);
    open_without_answer(id, connection, now, failed->error);
  } else if (std::holds_alternative<session::Finished>(input)) {
    close(id, connection, now);
    connections_.erase(found);
  }
}

void PcapngWriter::open(std::uint64_t id, Connection& connection) {
  if (std::exchange(connection.is_open, true)) return;
  const Moment at = connection.accepted;
  write(id, connection, at, Endpoint::client, {.is_syn = true, .is_ack = false});
  write(id, connection, at, Endpoint::server, {.is_syn = true});
  write(id, connection, at, Endpoint::client, {});
}

void PcapngWriter::open_without_answer(std::uint64_t id, Connection& connection, Moment now,
                                       std::string_view error) {
  connection.is_open = true;
  note(connection, "the connection did not come about: " + std::string(error));
  write(id, connection, connection.accepted, Endpoint::client, {.is_syn = true, .is_ack = false});
  if (error != "ECONNREFUSED") return;
  connection.is_reset = true;
  connection.resetter = Endpoint::server;
  write(id, connection, now, Endpoint::server, {.is_reset = true});
}

void PcapngWriter::relay(std::uint64_t id, Connection& connection, Moment now,
                         const session::BytesRelayed& input) {
  open(id, connection);
  const Endpoint from = sender(input.direction);
  for (ByteView rest = input.bytes; !rest.empty();) {
    const ByteView part = rest.first(std::min(rest.size(), kMostPayload));
    rest = rest.subspan(part.size());
    write(id, connection, now, from, {.payload = part});
    acknowledge_if_much(id, connection, now, from);
  }
}

void PcapngWriter::miss(std::uint64_t id, Connection& connection, Moment now,
                        const session::BytesMissed& input) {
  open(id, connection);
  const Endpoint from = sender(input.direction);
  if (input.count > kMostMissing) {
    connection.next[index(from)] += static_cast<std::uint32_t>(input.count);
    note(connection, std::to_string(input.count) + " bytes of the " + std::string(name(from)) +
                         " in front of this packet are not known");
    return acknowledge_if_owed(id, connection, now, other(from));
  }
  const std::uint32_t in_held = lengthen_held(id, connection, from, input.count);
  for (std::uint64_t rest = input.count - in_held; rest > 0;) {
    const auto part = static_cast<std::uint32_t>(std::min<std::uint64_t>(rest, kMostPayload));
    rest -= part;
    write(id, connection, now, from, {.missing = part});
    acknowledge_if_much(id, connection, now, from);
  }
}

// Wireshark dissects a packet that was cut short, but no frame that begins in one packet and goes
// on in another that was. How many of the missing bytes the last packet has taken.
std::uint32_t PcapngWriter::lengthen_held(std::uint64_t id, Connection& connection, Endpoint from,
                                          std::uint64_t missing) {
  if (!has_held_ || held_.connection != id || held_.plan.from != connection.ends[index(from)] ||
      held_.payload.empty() || held_.plan.missing > 0) {
    return 0;
  }
  const auto taken = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(missing, kMostPayload - held_.payload.size()));
  held_.plan.missing = taken;
  connection.next[index(from)] += taken;
  return taken;
}

void PcapngWriter::end(std::uint64_t id, Connection& connection, Moment now,
                       const session::StreamEnded& input) {
  open(id, connection);
  const Endpoint from = input.endpoint;
  if (connection.is_reset || connection.has_ended[index(from)]) return;
  const bool is_reset = input.how == session::EndKind::reset;
  const bool is_fin =
      input.how == session::EndKind::fin || input.how == session::EndKind::tls_truncated;
  if (input.how != session::EndKind::fin && !is_reset) {
    comment(id,
            "the " + std::string(name(from)) + "'s stream ended: " + std::string(name(input.how)));
  }
  if (!is_reset && !is_fin) return;
  if (is_reset) acknowledge_both(id, connection, now);
  connection.has_ended[index(from)] = is_fin;
  connection.is_reset = is_reset;
  connection.resetter = from;
  write(id, connection, now, from, {.is_fin = is_fin, .is_reset = is_reset});
}

// A comment that waits needs a packet to stand on: one that changes nothing.
void PcapngWriter::close(std::uint64_t id, Connection& connection, Moment now) {
  if (!connection.is_reset) acknowledge_both(id, connection, now);
  if (connection.comments.empty()) return;
  open(id, connection);
  if (connection.comments.empty()) return;
  write(id, connection, now, connection.is_reset ? connection.resetter : Endpoint::client,
        {.is_reset = connection.is_reset});
}

void PcapngWriter::acknowledge_if_much(std::uint64_t id, Connection& connection, Moment now,
                                       Endpoint sent) {
  const std::size_t i = index(sent);
  if (connection.next[i] - connection.acknowledged[i] <= kMostUnacknowledged) return;
  write(id, connection, now, other(sent), {});
}

void PcapngWriter::acknowledge_if_owed(std::uint64_t id, Connection& connection, Moment now,
                                       Endpoint from) {
  const std::size_t i = index(other(from));
  if (connection.is_open && connection.next[i] != connection.acknowledged[i]) {
    write(id, connection, now, from, {});
  }
}

void PcapngWriter::acknowledge_both(std::uint64_t id, Connection& connection, Moment now) {
  for (const Endpoint endpoint : kEndpoints) acknowledge_if_owed(id, connection, now, endpoint);
}

void PcapngWriter::write(std::uint64_t id, Connection& connection, Moment now, Endpoint from,
                         PacketPlan plan) {
  flush();
  const std::size_t own = index(from);
  const std::size_t opposite = index(other(from));
  plan.from = connection.ends[own];
  plan.to = connection.ends[opposite];
  plan.sequence = connection.next[own];
  plan.acknowledgement = connection.next[opposite];
  if (plan.is_ack) connection.acknowledged[opposite] = connection.next[opposite];
  connection.next[own] += static_cast<std::uint32_t>(plan.payload.size()) + plan.missing +
                          (plan.is_syn || plan.is_fin ? 1 : 0);
  const WallTime at = connection.accepted_wall + (now - connection.accepted);
  has_held_ = true;
  held_ = {.connection = id,
           .micros = std::max<std::int64_t>(at.time_since_epoch().count(), 0),
           .plan = plan,
           .payload = std::string(as_text(plan.payload)),
           .comments = std::exchange(connection.comments, {})};
}

void PcapngWriter::flush() {
  if (!std::exchange(has_held_, false)) return;
  held_.plan.payload = as_bytes(held_.payload);
  const std::string bytes = packet_of(held_.plan);
  std::string body;
  body.reserve(bytes.size() + 64);
  const auto micros = static_cast<std::uint64_t>(held_.micros);
  const auto captured = static_cast<std::uint32_t>(bytes.size());
  put(body, std::uint32_t{0});
  put(body, static_cast<std::uint32_t>(micros >> 32));
  put(body, static_cast<std::uint32_t>(micros));
  put(body, captured);
  put(body, captured + held_.plan.missing);
  body += bytes;
  pad(body);
  for (const std::string& text : held_.comments) put_option(body, 1, text);
  if (!held_.comments.empty()) put(body, std::uint32_t{0});
  output_(finished_block(6, body));
}

void PcapngWriter::comment(std::uint64_t id, std::string_view text) {
  if (has_held_ && held_.connection == id) return add_comment(held_.comments, text);
  const auto found = connections_.find(id);
  if (found != connections_.end()) note(found->second, text);
}

void PcapngWriter::note(Connection& connection, std::string_view text) {
  add_comment(connection.comments, text);
}

void PcapngWriter::on_flaw(const Flaw& flaw) {
  if (flaw.connection) comment(*flaw.connection, flaw.text);
}

void PcapngWriter::on_record(std::uint64_t connection, std::string_view json) {
  const std::string text = comment_of_record(json);
  if (!text.empty()) comment(connection, text);
}

void PcapngWriter::finish() { flush(); }

}  // namespace lastframe::capture
