// Hides nlohmann/json.
#include "capture/har_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "capture/har_time.h"
#include "core/base/ip.h"
#include "core/http/head.h"
#include "core/ws/close_code.h"

namespace lastframe::capture {
namespace {

using Json = nlohmann::ordered_json;

// Bytes that are not UTF-8 become U+FFFD.
std::string text_of(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json headers_of(const std::vector<HarHeader>& headers) {
  Json list = Json::array();
  for (const HarHeader& header : headers) {
    list.push_back({{"name", header.name}, {"value", header.value}});
  }
  return list;
}

std::string_view first(const std::vector<HarHeader>& headers, std::string_view name) {
  for (const HarHeader& header : headers) {
    if (http::equal_ignoring_case(header.name, name)) return header.value;
  }
  return {};
}

Json query_of(std::string_view url) {
  Json list = Json::array();
  const std::size_t question = url.find('?');
  if (question == std::string_view::npos) return list;
  std::string_view query = url.substr(question + 1);
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    list.push_back({{"name", pair.substr(0, equals)}, {"value", value}});
  }
  return list;
}

std::string_view version_of(std::string_view known) {
  return known.empty() ? std::string_view("HTTP/1.1") : known;
}

Json request_of(const HarEntry& entry) {
  return {{"method", entry.method},
          {"url", entry.url},
          {"httpVersion", version_of(entry.request_version)},
          {"headers", headers_of(entry.request_headers)},
          {"queryString", query_of(entry.url)},
          {"cookies", Json::array()},
          {"headersSize", -1},
          {"bodySize", 0}};
}

Json response_of(const HarEntry& entry) {
  const std::string_view type = first(entry.response_headers, "Content-Type");
  Json content = {{"size", entry.body.size()}, {"mimeType", type.empty() ? "x-unknown" : type}};
  if (!entry.body.empty()) content["text"] = entry.body;
  return {{"status", static_cast<unsigned>(entry.status)},
          {"statusText", entry.status_text},
          {"httpVersion", entry.status == 0 ? "" : version_of(entry.response_version)},
          {"headers", headers_of(entry.response_headers)},
          {"cookies", Json::array()},
          {"content", std::move(content)},
          {"redirectURL", first(entry.response_headers, "Location")},
          {"headersSize", -1},
          {"bodySize", -1}};
}

// "203.0.113.9:443" without its port; HAR wants an address as numbers, or none.
std::string numeric_host(std::string_view address) {
  std::string_view host = address.substr(0, address.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return parse_ip(host) ? std::string(host) : std::string();
}

// Deeper than any record; nothing that recurses sees more.
constexpr int kDeepestRecord = 6;

std::optional<Json> record_of(std::string_view line) {
  if (line.empty()) return std::nullopt;
  Json record = Json::parse(
      line, [](int depth, Json::parse_event_t, Json&) { return depth <= kDeepestRecord; }, false);
  return record.is_object() ? std::optional(std::move(record)) : std::nullopt;
}

void copy(const Json& from, std::initializer_list<const char*> names, Json& to) {
  if (!from.is_object()) return;
  for (const char* const name : names) {
    const auto found = from.find(name);
    if (found != from.end()) to[name] = *found;
  }
}

const Json& member(const Json& object, const char* name) {
  static const Json none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

Json close_of_record(const Json& record) {
  Json close = Json::object();
  copy(member(record, "close"), {"code", "name", "reason", "initiator", "clean", "ending"}, close);
  const Json& cause = member(record, "cause");
  if (cause.is_object()) {
    close["cause"] = member(cause, "id");
    copy(cause, {"confidence", "party", "summary", "fix"}, close);
  }
  copy(record, {"close_frames", "stream_ends"}, close);
  return close;
}

template <typename T>
Json maybe(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}
Json code_of(const std::optional<double>& code) {
  return code ? Json(static_cast<unsigned>(*code)) : Json();
}

Json close_of(const HarClose& seen) {
  Json close = {{"code", code_of(seen.code)}};
  if (seen.code) close["name"] = ws::row_of(static_cast<ws::CloseCode>(*seen.code)).name;
  close["reason"] = seen.frames[0] || seen.frames[1] ? Json(seen.reason) : Json();
  close["initiator"] = seen.initiator;
  close["clean"] = maybe(seen.is_clean);
  for (const Endpoint endpoint : kEndpoints) {
    const auto& frame = seen.frames[index(endpoint)];
    Json& to = close["close_frames"][std::string(name(endpoint))];
    if (!frame) continue;
    to = {{"code", code_of(frame->code)}, {"reason", frame->reason}, {"at_s", maybe(frame->at_s)}};
  }
  Json ends = Json::array();
  for (const HarStreamEnd& end : seen.ends) {
    ends.push_back({{"endpoint", end.endpoint}, {"how", end.how}, {"at_s", maybe(end.at_s)}});
  }
  close["stream_ends"] = std::move(ends);
  return close;
}

Json message_of(const HarMessage& message) {
  Json json = {{"type", message.type},
               {"time", maybe(message.time)},
               {"opcode", static_cast<int>(message.opcode)},
               {"data", message.data}};
  if (message.is_invalid_utf8) json["_isInvalidUtf8"] = true;
  if (!message.is_not_kept) return json;
  json["_size"] = static_cast<std::uint64_t>(message.bytes.value_or(0));
  json["_isNotKept"] = true;
  return json;
}

Json head_of(const HarEntry& entry, WallTime started, const HarRemarks& remarks) {
  const double receive = entry.duration_ms - entry.send_ms - entry.wait_ms;
  Json json = {
      {"startedDateTime", har_time_text(started)},
      {"time", entry.duration_ms},
      {"request", request_of(entry)},
      {"response", response_of(entry)},
      {"cache", Json::object()},
      {"timings",
       {{"send", entry.send_ms}, {"wait", entry.wait_ms}, {"receive", std::max(receive, 0.0)}}}};
  const std::string address = numeric_host(entry.server);
  if (!address.empty()) json["serverIPAddress"] = address;
  json["connection"] = remarks.connection;
  json["_resourceType"] = "websocket";
  if (!entry.client.empty()) json["_clientAddress"] = entry.client;
  if (!entry.server.empty()) json["_serverAddress"] = entry.server;
  const auto record = record_of(remarks.record);
  if (record) {
    json["_wsClose"] = close_of_record(*record);
    const Json& violations = member(*record, "violations");
    if (violations.is_array()) json["_wsViolations"] = violations;
  } else if (entry.close) {
    json["_wsClose"] = close_of(*entry.close);
  }
  if (!remarks.comment.empty()) json["comment"] = remarks.comment;
  return json;
}

}  // namespace

std::string har_opening(std::string_view version) {
  std::string text = text_of({{"version", "1.2"},
                              {"creator", {{"name", "lastframe"}, {"version", version}}},
                              {"pages", Json::array()}});
  text.pop_back();
  return R"({"log":)" + text + R"(,"entries":[)";
}

std::string har_end() { return "]}}\n"; }

void write_har_entry(const HarEntry& entry, WallTime started, const HarRemarks& remarks,
                     const HarOutput& output) {
  std::string text = text_of(head_of(entry, started, remarks));
  text.pop_back();
  output(text + R"(,"_webSocketMessages":[)");
  std::string_view separator = "\n";
  for (const HarMessage& message : entry.messages) {
    output(std::string(separator) + text_of(message_of(message)));
    separator = ",\n";
  }
  output("]}");
}

}  // namespace lastframe::capture
