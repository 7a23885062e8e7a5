#include "report/json_text.h"

#include <string_view>

#include "output/json.h"
#include "report/utc_time.h"
#include "report/words.h"

namespace lastframe::report {
namespace {

using output::JsonWriter;

void add_text(JsonWriter& json, std::string_view key, std::string_view text) {
  text.empty() ? json.key(key).null() : json.key(key).value(text);
}

void add_time(JsonWriter& json, std::string_view key, const std::optional<WallTime>& time) {
  time ? json.key(key).value(utc_seconds(*time)) : json.key(key).null();
}

void add_place(JsonWriter& json, std::string_view listener, std::string_view upstream) {
  json.field("listener", listener).field("upstream", upstream);
}

void add_kinds(JsonWriter& json, const KindCounts& kinds) {
  for (std::size_t i = 0; i < kKindCount; ++i) json.field(kKindNames[i], kinds[i]);
}

double share(std::uint64_t part, std::uint64_t of) {
  return of == 0 ? 0 : static_cast<double>(part) / static_cast<double>(of);
}

// "key": {"rows": [...], "more": 0, "forgotten": 0}
template <typename Row, typename Add>
void add_table(JsonWriter& json, std::string_view key, const Table<Row>& table, const Add& add) {
  json.key(key).begin_object().key("rows").begin_array();
  for (const Row& row : table.rows) {
    json.begin_object();
    add(row);
    json.end_object();
  }
  json.end_array().field("more", table.more).field("forgotten", table.forgotten).end_object();
}

void add_named(JsonWriter& json, std::string_view key, const Table<NamedLine>& table,
               std::initializer_list<std::string_view> words) {
  add_table(json, key, table, [&](const NamedLine& line) {
    std::size_t i = 0;
    for (const std::string_view word : words) add_text(json, word, line.words[i++]);
    json.field("count", line.counts.all).field("abnormal", line.counts.abnormal);
  });
}

void add_inputs(JsonWriter& json, const Summary& summary) {
  json.key("read").begin_object().key("files").begin_array();
  for (const std::string& file : summary.inputs.files) json.value(file);
  json.end_array()
      .field("bytes", summary.inputs.bytes)
      .field("lines", summary.inputs.lines)
      .field("damaged", summary.inputs.damaged)
      .field("cut", summary.inputs.cut)
      .key("events")
      .begin_object();
  for (std::size_t i = 0; i < kEventCount; ++i) json.field(kEventNames[i], summary.events[i]);
  json.end_object().end_object().key("span").begin_object();
  add_time(json, "begin", summary.first);
  add_time(json, "end", summary.last);
  json.end_object();
}

std::string_view word(Judgement judgement) {
  switch (judgement) {
    case Judgement::normal:
      return "normal";
    case Judgement::mostly_normal:
      return "mostly_normal";
    case Judgement::not_normal:
      return "not_normal";
    case Judgement::nothing_closed:
      return "nothing_closed";
  }
  return "";
}

void add_verdict(JsonWriter& json, const Summary& summary, const output::Wording& wording) {
  json.field("judgement", word(summary.judgement)).field("headline", headline(summary));
  add_text(json, "main_cause", main_cause_text(summary, wording));
  json.key("connections").begin_object().field("all", summary.connections);
  json.field("abnormal", summary.abnormal);
  add_kinds(json, summary.kinds);
  json.field("opened", summary.opened).field("clean", summary.clean).key("clean_ratio");
  summary.opened > 0 ? json.seconds(share(summary.clean, summary.opened)) : json.null();
  json.end_object();
}

std::string_view word(Measure measure) {
  switch (measure) {
    case Measure::idle:
      return "idle";
    case Measure::idle_of_closer:
      return "idle_of_closer";
    case Measure::idle_of_other:
      return "idle_of_other";
    case Measure::age:
      return "age";
  }
  return "";
}

void add_known(JsonWriter& json, const std::vector<std::string>& known) {
  json.key("known").begin_array();
  for (const std::string& text : known) json.value(text);
  json.end_array();
}

void add_limits(JsonWriter& json, const Summary& summary) {
  add_table(json, "timeouts", summary.timeouts, [&](const TimeoutLine& line) {
    add_place(json, line.listener, line.upstream);
    const TimeCluster& cluster = line.cluster;
    json.field("measure", word(cluster.measure))
        .field("closer", name(cluster.closer))
        .field("code", cluster.code)
        .field("count", cluster.count)
        .field("of", cluster.of);
    json.key("mean_s").seconds(cluster.mean()).key("lowest_s").seconds(cluster.lowest);
    json.key("highest_s").seconds(cluster.highest);
    add_known(json, line.known);
  });
  add_table(json, "sizes", summary.sizes, [&](const SizeLine& line) {
    add_place(json, line.listener, line.upstream);
    json.field("side", name(line.side))
        .field("largest_taken", line.largest_taken)
        .field("smallest_refused", line.smallest_refused)
        .field("refusals", line.refusals);
    add_known(json, line.known);
  });
}

void add_mass_closes(JsonWriter& json, const Summary& summary) {
  json.field("mass_close_count", summary.mass_closes)
      .field("mass_closed_connections", summary.mass_closed);
  add_table(json, "mass_closes", summary.mass_close_lines, [&](const MassCloseSeen& line) {
    json.field("began", line.began);
    add_place(json, line.listener, line.upstream);
    json.field("closes", line.closes).key("duration_s").seconds(line.lasted);
    json.field("summary", line.summary);
  });
  add_named(json, "mass_close_upstreams", summary.mass_close_upstreams, {"listener", "upstream"});
}

void add_series(JsonWriter& json, const TimeSteps& steps) {
  json.key("series").begin_object().field("step_s", steps.step.count()).key("steps").begin_array();
  for (std::size_t i = 0; i < steps.counts.size(); ++i) {
    const WallTime begin = steps.begin + steps.step * static_cast<std::int64_t>(i);
    json.begin_object().field("begin", utc_seconds(begin));
    add_kinds(json, steps.counts[i]);
    json.end_object();
  }
  json.end_array().end_object();
}

void add_rules(JsonWriter& json, const Summary& summary) {
  add_table(json, "rules", summary.rules, [&](const RuleLine& line) {
    json.field("id", line.row.id);
    add_text(json, "rule", line.name);
    json.field("side", line.row.side)
        .field("connections", line.row.connections)
        .field("times", line.row.times);
    add_text(json, "sentence", line.sentence);
  });
}

void add_causes(JsonWriter& json, const Summary& summary) {
  add_table(json, "causes", summary.causes, [&](const CauseLine& line) {
    json.field("id", line.id);
    add_text(json, "title", line.title);
    add_text(json, "party", line.party);
    add_text(json, "summary", line.summary);
    add_text(json, "fix", line.fix);
    json.field("count", line.count);
    add_place(json, line.listener, line.upstream);
    json.field("count_there", line.count_there);
  });
  add_table(json, "groups", summary.groups, [&](const GroupLine& line) {
    add_place(json, line.listener, line.upstream);
    json.field("all", sum_of(line.kinds)).field("abnormal", line.abnormal);
    add_kinds(json, line.kinds);
    add_text(json, "main_cause", line.main_cause);
    json.field("main_cause_count", line.main_cause_count);
  });
}

}  // namespace

std::string json_text(const Summary& summary, const output::Wording& wording) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("kind", "report");
  add_verdict(json, summary, wording);
  add_inputs(json, summary);
  add_causes(json, summary);
  add_limits(json, summary);
  add_mass_closes(json, summary);
  add_series(json, summary.series);
  add_named(json, "paths", summary.paths, {"path"});
  add_named(json, "clients", summary.clients, {"client"});
  add_named(json, "user_agents", summary.agents, {"user_agent"});
  add_rules(json, summary);
  add_named(json, "handshakes", summary.handshakes, {"outcome", "status"});
  add_named(json, "tls_failures", summary.tls_failures, {"leg", "fault", "cause"});
  add_named(json, "connect_errors", summary.connect_errors, {"connect_error", "upstream"});
  add_table(json, "codes", summary.codes, [&](const CodeLine& line) {
    json.field("code", line.code).field("name", line.name);
    json.field("count", line.counts.all).field("abnormal", line.counts.abnormal);
  });
  add_named(json, "initiators", summary.initiators, {"initiator"});
  add_named(json, "endings", summary.endings, {"ending"});
  json.end_object();
  return out;
}

}  // namespace lastframe::report
