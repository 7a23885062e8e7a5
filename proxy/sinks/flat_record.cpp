#include "sinks/flat_record.h"

#include <charconv>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <utility>

namespace lastframe::sinks {
namespace {

using nlohmann::json;

const json* member(const json& value, std::string_view key) {
  if (!value.is_object()) return nullptr;
  const auto found = value.find(key);
  return found == value.end() ? nullptr : &*found;
}

std::optional<std::string> text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return value.dump();
  return std::nullopt;
}

// The elements of `list`, of objects their `key`.
FlatValue texts_of(const json& list, std::string_view key) {
  if (!list.is_array()) return {};
  std::vector<std::string> texts;
  for (const json& element : list) {
    const json* value = key.empty() ? &element : member(element, key);
    if (value == nullptr) continue;
    if (auto text = text_of(*value)) texts.push_back(*std::move(text));
  }
  return texts;
}

// Behind the last colon: an IPv6 address has its own in brackets. A unix path has no port.
std::size_t port_at(std::string_view address) {
  if (address.starts_with("unix:")) return std::string_view::npos;
  return address.rfind(':');
}

FlatValue host_of(std::string_view address) {
  std::string_view host = address.substr(0, port_at(address));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return std::string(host);
}

FlatValue port_of(std::string_view address) {
  const std::size_t colon = port_at(address);
  if (colon == std::string_view::npos) return {};
  const std::string_view digits = address.substr(colon + 1);
  std::uint64_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size()) return {};
  return port;
}

FlatValue query_of(std::string_view target) {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return {};
  return std::string(target.substr(mark + 1));
}

FlatValue part_of_text(ColumnKind kind, const std::string& text) {
  switch (kind) {
    case ColumnKind::time:
      if (const auto time = parse_record_time(text)) return *time;
      return {};
    case ColumnKind::host_of:
      return host_of(text);
    case ColumnKind::port_of:
      return port_of(text);
    case ColumnKind::path_of:
      return text.substr(0, text.find('?'));
    case ColumnKind::query_of:
      return query_of(text);
    case ColumnKind::text:
      return text;
    case ColumnKind::texts:
    case ColumnKind::number:
    case ColumnKind::seconds:
    case ColumnKind::flag:
      return {};
  }
  return {};
}

FlatValue value_of(ColumnKind kind, const json& value) {
  if (value.is_string()) return part_of_text(kind, value.get_ref<const std::string&>());
  if (kind == ColumnKind::text && value.is_number()) return value.dump();
  if (kind == ColumnKind::number && value.is_number_unsigned()) return value.get<std::uint64_t>();
  if (kind == ColumnKind::seconds && value.is_number()) return value.get<double>();
  if (kind == ColumnKind::flag && value.is_boolean()) return value.get<bool>();
  return {};
}

FlatValue find(const json& record, const RecordColumn& column) {
  const json* place = &record;
  std::string_view rest = column.path;
  while (place != nullptr) {
    const std::size_t dot = rest.find('.');
    const std::string_view key = rest.substr(0, dot);
    const std::string_view behind = dot == rest.npos ? std::string_view() : rest.substr(dot + 1);
    if (key.ends_with("[]")) {
      const json* list = member(*place, key.substr(0, key.size() - 2));
      return list == nullptr ? FlatValue() : texts_of(*list, behind);
    }
    place = member(*place, key);
    if (place != nullptr && dot == rest.npos) return value_of(column.kind, *place);
    rest = behind;
  }
  return {};
}

// The number that `text` is, as a whole.
std::optional<int> digits(std::string_view text) {
  int number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace

std::string_view FlatRecord::text(std::string_view path) const {
  const auto* text = find<std::string>(path);
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

std::optional<FlatRecord> flatten(std::string_view text) {
  const json record = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!record.is_object()) return std::nullopt;
  FlatRecord flat;
  for (std::size_t i = 0; i < kRecordColumns.size(); ++i) {
    flat.values[i] = find(record, kRecordColumns[i]);
  }
  return flat;
}

std::optional<WallTime> parse_record_time(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00.000000Z";
  if (text.size() != kShape.size()) return std::nullopt;
  for (const std::size_t i : {4, 7, 10, 13, 16, 19, 26}) {
    if (text[i] != kShape[i]) return std::nullopt;
  }
  const auto year = digits(text.substr(0, 4)), month = digits(text.substr(5, 2)),
             day = digits(text.substr(8, 2)), hour = digits(text.substr(11, 2)),
             minute = digits(text.substr(14, 2)), second = digits(text.substr(17, 2)),
             micros = digits(text.substr(20, 6));
  if (!year || !month || !day || !hour || !minute || !second || !micros) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second) + std::chrono::microseconds(*micros);
}

}  // namespace lastframe::sinks
