#include "admin/sessions_json.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "output/json.h"
#include "output/live_json.h"

namespace lastframe::admin {
namespace {

std::uint64_t total(const net::LiveAnswer& live) {
  std::uint64_t sum = 0;
  for (const auto& [listener, count] : live.matching) sum += count;
  return sum;
}

// "by_code":[{"code":1006,"count":3},...], the most frequent first.
template <typename Key>
void append_counts(output::JsonWriter& json, std::string_view list, std::string_view name,
                   const std::map<Key, std::uint64_t>& counts) {
  std::vector<std::pair<Key, std::uint64_t>> rows(counts.begin(), counts.end());
  std::ranges::stable_sort(rows, std::ranges::greater{},
                           [](const auto& row) { return row.second; });
  json.key(list).begin_array();
  for (const auto& [key, count] : rows) {
    json.begin_object().field(name, key).field("count", count).end_object();
  }
  json.end_array();
}

}  // namespace

std::string sessions_json(const net::LiveAnswer& live, const RecentSessions::Records& ended,
                          const SessionQuery& query) {
  std::string body = "{\"sessions\":[";
  std::size_t shown = 0;
  const auto show = [&](const std::string& json) {
    if (shown++ > 0) body += ",\n";
    body += json;
  };
  for (const net::LiveSession& seen : live.sessions) {
    if (shown == query.limit) break;
    show(output::live_json({seen.so_far, seen.stage, seen.idle, seen.pending}));
  }
  std::uint64_t matching = 0;
  for (const auto& session : ended) {
    if (!matches(*session, query)) continue;
    ++matching;
    if (shown < query.limit) show(output::ended_json(session->record));
  }
  body += "],\"matching\":";
  output::JsonWriter(body)
      .begin_object()
      .field("live", total(live))
      .field("ended", matching)
      .end_object();
  body += "}\n";
  return body;
}

std::string summary_json(const Summary& summary) {
  std::map<std::optional<std::uint16_t>, std::uint64_t> codes;
  std::map<std::optional<std::string>, std::uint64_t> causes;
  std::map<std::string_view, std::uint64_t> initiators;
  std::map<std::string, std::uint64_t> listeners;
  for (const auto& session : summary.ended) {
    ++codes[session->code];
    ++causes[session->cause.empty() ? std::nullopt : std::optional(session->cause)];
    ++initiators[session->initiator];
    ++listeners[session->listener];
  }
  std::string body;
  output::JsonWriter json(body);
  json.begin_object().key("uptime_s").seconds(summary.uptime_s);
  json.field("connections_open", summary.connections_open);
  json.key("live").begin_object().field("count", total(summary.live));
  append_counts(json, "by_listener", "listener", summary.live.matching);
  json.end_object().key("ended").begin_object().field("count", summary.ended.size()).key("since");
  summary.ended.empty() ? json.null() : json.value(summary.ended.back()->time);
  append_counts(json, "by_code", "code", codes);
  append_counts(json, "by_cause", "cause", causes);
  append_counts(json, "by_initiator", "initiator", initiators);
  append_counts(json, "by_listener", "listener", listeners);
  json.end_object().end_object();
  body += '\n';
  return body;
}

}  // namespace lastframe::admin
