#include "cli/check_config_command.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/config_summary.h"
#include "core/base/error.h"
#include "settings/settings.h"

namespace lastframe::cli {
namespace {

using nlohmann::ordered_json;

// "FILE:LINE: KEY" taken apart; no line and key where the file could not be read.
struct Place {
  std::string file;
  std::optional<int> line;
  std::string key;
};

// `file` is the configuration; a mistake may stand in a catalogue file that it names.
Place place_of(const Error& mistake, const std::string& file) {
  const std::string& where = mistake.where;
  std::size_t colon = where.starts_with(file + ":") ? file.size() : where.find(':');
  for (; colon != std::string::npos; colon = where.find(':', colon + 1)) {
    const char* const end = where.data() + where.size();
    int line = 0;
    const auto [rest, fault] = std::from_chars(where.data() + colon + 1, end, line);
    const std::string_view key(rest, end);
    if (fault == std::errc{} && key.starts_with(": ")) {
      return {where.substr(0, colon), line, std::string(key.substr(2))};
    }
  }
  return {where.empty() ? file : where, std::nullopt, {}};
}

// {"file","line","key","what","remedy"}
ordered_json to_json(const Error& mistake, const std::string& file) {
  const Place place = place_of(mistake, file);
  ordered_json row{{"file", place.file}, {"line", nullptr}, {"key", nullptr}};
  if (place.line) {
    row["line"] = *place.line;
    row["key"] = place.key;
  }
  row["what"] = mistake.what;
  row["remedy"] = mistake.remedy;
  return row;
}

void write_json(const std::vector<Error>& mistakes, const std::string& file, std::ostream& out) {
  ordered_json rows = ordered_json::array();
  for (const Error& mistake : mistakes) rows.push_back(to_json(mistake, file));
  out << rows.dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
}

}  // namespace

int run_check_config(const CheckConfigCommand& command, std::ostream& out, std::ostream& err) {
  const bool is_json = command.format == MistakeFormat::json;
  const auto settings = settings::load_settings(command.file);
  if (settings) {
    if (is_json) {
      write_json({}, command.file, out);
    } else {
      write_summary(*settings, command.file, out);
    }
    return kExitDone;
  }
  if (is_json) {
    write_json(settings.error(), command.file, out);
  } else {
    for (const Error& mistake : settings.error()) err << to_text(mistake) << '\n';
  }
  return kExitBadUsage;
}

}  // namespace lastframe::cli
