#include "report/record_parser.h"

#include <simdjson.h>

#include <algorithm>

#include "report/utc_time.h"

namespace lastframe::report {
namespace {

using simdjson::ondemand::json_type;
using simdjson::ondemand::value;

// Longer than any process runs. What is beyond is no time that was measured.
constexpr double kLongest = 1e9;  // seconds

bool is_of(value& v, json_type wanted) {
  json_type type;
  return v.type().get(type) == simdjson::SUCCESS && type == wanted;
}

// A value of another type leaves `into` as it is; the iteration skips it.
void read(value& v, std::string_view& into) {
  std::string_view text;
  if (is_of(v, json_type::string) && v.get_string().get(text) == simdjson::SUCCESS) into = text;
}

void read(value& v, std::optional<double>& into) {
  double number = 0;
  if (!is_of(v, json_type::number) || v.get_double().get(number) != simdjson::SUCCESS) return;
  if (number >= 0 && number <= kLongest) into = number;
}

void read(value& v, std::optional<std::uint64_t>& into) {
  std::uint64_t number = 0;
  if (is_of(v, json_type::number) && v.get_uint64().get(number) == simdjson::SUCCESS) into = number;
}

template <typename Small>
void read_small(value& v, std::optional<Small>& into, std::uint64_t highest) {
  std::optional<std::uint64_t> number;
  read(v, number);
  if (number && *number <= highest) into = static_cast<Small>(*number);
}

void read(value& v, bool& into) {
  bool yes = false;
  if (is_of(v, json_type::boolean) && v.get_bool().get(yes) == simdjson::SUCCESS) into = yes;
}

// Calls `on_field(key, value)` for each; false where the JSON is broken. What is no object has no
// fields.
template <typename OnField>
bool each_field(value& v, const OnField& on_field) {
  if (!is_of(v, json_type::object)) return true;
  simdjson::ondemand::object object;
  if (v.get_object().get(object) != simdjson::SUCCESS) return false;
  for (auto result : object) {
    simdjson::ondemand::field field;
    std::string_view key;
    if (std::move(result).get(field) != simdjson::SUCCESS) return false;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
    if (!on_field(key, field.value())) return false;
  }
  return true;
}

template <typename OnItem>
bool each_item(value& v, const OnItem& on_item) {
  if (!is_of(v, json_type::array)) return true;
  simdjson::ondemand::array array;
  if (v.get_array().get(array) != simdjson::SUCCESS) return false;
  for (auto result : array) {
    value item;
    if (std::move(result).get(item) != simdjson::SUCCESS || !on_item(item)) return false;
  }
  return true;
}

bool read_request(value& v, Record& record) {
  return each_field(v, [&](std::string_view key, value& field) {
    if (key == "user_agent") read(field, record.user_agent);
    return true;
  });
}

bool read_handshake(value& v, Record& record) {
  return each_field(v, [&](std::string_view key, value& field) {
    if (key == "outcome") read(field, record.outcome);
    if (key == "status") read_small(field, record.status, 999);
    if (key == "duration_s") read(field, record.handshake_lasted);
    return true;
  });
}

bool read_tls(value& v, Record& record) {
  return each_field(v, [&](std::string_view key, value& field) {
    if (key != "failure") return true;
    return each_field(field, [&](std::string_view name, value& part) {
      if (name == "leg") read(part, record.tls_leg);
      if (name == "fault") read(part, record.tls_fault);
      return true;
    });
  });
}

bool read_close(value& v, Record& record) {
  return each_field(v, [&](std::string_view key, value& field) {
    if (key == "code") read_small(field, record.close.code, 65535);
    if (key == "initiator") read(field, record.close.initiator);
    if (key == "ending") read(field, record.close.ending);
    if (key == "clean") read(field, record.close.is_clean);
    return true;
  });
}

bool read_close_frames(value& v, Record& record) {
  return each_field(v, [&](std::string_view key, value& field) {
    const auto side = key == "client"   ? std::optional(Endpoint::client)
                      : key == "server" ? std::optional(Endpoint::server)
                                        : std::nullopt;
    if (!side || !is_of(field, json_type::object)) return true;
    record.close.has_frame = true;
    return each_field(field, [&](std::string_view name, value& part) {
      if (name == "at_s") read(part, record.close_at[index(*side)]);
      return true;
    });
  });
}

bool read_stream_ends(value& v, Record& record) {
  bool is_first = true;
  return each_item(v, [&](value& item) {
    if (!is_first) return true;
    is_first = false;
    return each_field(item, [&](std::string_view key, value& field) {
      if (key == "how") read(field, record.first_end_how);
      if (key == "at_s") read(field, record.first_end_at);
      return true;
    });
  });
}

bool read_cause(value& v, Record& record) {
  if (!is_of(v, json_type::object)) return true;
  CauseSeen cause;
  const bool is_whole = each_field(v, [&](std::string_view key, value& field) {
    if (key == "id") read(field, cause.id);
    if (key == "party") read(field, cause.party);
    if (key == "fix") read(field, cause.fix);
    return true;
  });
  if (!cause.id.empty()) record.cause = cause;
  return is_whole;
}

bool read_violations(value& v, Record& record) {
  return each_item(v, [&](value& item) {
    BrokenRule broken;
    const bool is_whole = each_field(item, [&](std::string_view key, value& field) {
      if (key == "id") read(field, broken.id);
      if (key == "side") read(field, broken.side);
      return true;
    });
    if (!broken.id.empty()) record.broken.push_back(broken);
    return is_whole;
  });
}

bool read_traffic(value& v, Record& record) {
  return each_field(v, [&](std::string_view key, value& field) {
    const auto direction = std::ranges::find(kDirections, key, [](Direction d) { return name(d); });
    if (direction == kDirections.end()) return true;
    return each_field(field, [&](std::string_view name, value& part) {
      if (name == "idle_s") read(part, record.idle[index(*direction)]);
      if (name == "message_max") read(part, record.largest_message[index(*direction)]);
      return true;
    });
  });
}

bool read_time(value& v, std::optional<WallTime>& into) {
  std::string_view text;
  read(v, text);
  into = parse_utc(text);
  return true;
}

// What a record has at its top. False where the JSON is broken.
bool read_field(std::string_view key, value& field, Record& record) {
  using Text = std::pair<std::string_view, std::string_view Record::*>;
  static constexpr std::array kTexts{
      Text{"event", &Record::event_word},  Text{"listener", &Record::listener},
      Text{"upstream", &Record::upstream}, Text{"client", &Record::client},
      Text{"path", &Record::path},         Text{"connect_error", &Record::connect_error}};
  using Object = std::pair<std::string_view, bool (*)(value&, Record&)>;
  static constexpr std::array kObjects{Object{"request", read_request},
                                       Object{"handshake", read_handshake},
                                       Object{"tls", read_tls},
                                       Object{"close", read_close},
                                       Object{"close_frames", read_close_frames},
                                       Object{"stream_ends", read_stream_ends},
                                       Object{"cause", read_cause},
                                       Object{"violations", read_violations},
                                       Object{"traffic", read_traffic}};
  for (const auto& [name, member] : kTexts) {
    if (key == name) return read(field, record.*member), true;
  }
  for (const auto& [name, reads] : kObjects) {
    if (key == name) return reads(field, record);
  }
  if (key == "time") return read_time(field, record.time);
  if (key == "duration_s") read(field, record.lasted);
  if (key == "sealed") read(field, record.is_sealed);
  return true;
}

// What only lines of one connection's rules and of mass closes have at their top.
void read_special(std::string_view key, value& field, Record& record, BrokenRule& broken) {
  if (key == "id") read(field, broken.id);
  if (key == "side") read(field, broken.side);
  if (key == "began") read(field, record.mass.began);
  if (key == "summary") read(field, record.mass.summary);
  std::optional<std::uint64_t> closes;
  if (key == "closes") read(field, closes);
  if (closes) record.mass.closes = *closes;
}

Event event_of(std::string_view word) {
  const auto found = std::ranges::find(kEventNames, word);
  return found == kEventNames.end() ? Event::other
                                    : static_cast<Event>(found - kEventNames.begin());
}

// Empties the record, and keeps what its list has allocated.
void clear(Record& record) {
  std::vector<BrokenRule> broken = std::move(record.broken);
  broken.clear();
  record = Record{};
  record.broken = std::move(broken);
}

}  // namespace

struct RecordParser::Parts {
  simdjson::ondemand::parser parser;
  Record record;
};

RecordParser::RecordParser() : parts_(std::make_unique<Parts>()) {}
RecordParser::~RecordParser() = default;

static_assert(RecordParser::kPadding >= simdjson::SIMDJSON_PADDING);

const Record* RecordParser::parse(std::string_view padded_line) {
  Record& record = parts_->record;
  clear(record);
  simdjson::ondemand::document document;
  if (parts_->parser.iterate(padded_line, padded_line.size() + kPadding).get(document)) {
    return nullptr;
  }
  simdjson::ondemand::object object;
  if (document.get_object().get(object)) return nullptr;
  BrokenRule broken;
  for (auto result : object) {
    simdjson::ondemand::field field;
    std::string_view key;
    if (std::move(result).get(field) || field.unescaped_key().get(key)) return nullptr;
    value& content = field.value();
    if (!read_field(key, content, record)) return nullptr;
    if (record.event >= Event::mass_close) read_special(key, content, record, broken);
    if (key == "event") record.event = event_of(record.event_word);
  }
  const bool is_at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  if (record.event_word.empty() || !is_at_end) return nullptr;
  if (record.event == Event::violation && !broken.id.empty()) record.broken.assign(1, broken);
  if (record.event == Event::mass_close) record.mass.lasted = record.lasted.value_or(0);
  return &record;
}

}  // namespace lastframe::report
