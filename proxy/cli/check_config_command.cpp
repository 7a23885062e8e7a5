#include "cli/check_config_command.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/error.h"
#include "net/address.h"
#include "settings/settings.h"

namespace lastframe::cli {
namespace {

using nlohmann::ordered_json;

// {"file","line","key","what","remedy"}; line and key are null where the file could not be read.
ordered_json to_json(const Error& mistake, const std::string& file) {
  ordered_json row{{"file", file}, {"line", nullptr}, {"key", nullptr}};
  row["what"] = mistake.what;
  row["remedy"] = mistake.remedy;
  std::string_view rest = mistake.where;
  if (!rest.starts_with(file + ":")) return row;
  rest.remove_prefix(file.size() + 1);
  int line = 0;
  const auto [end, fault] = std::from_chars(rest.data(), rest.data() + rest.size(), line);
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  if (fault != std::errc{} || !rest.starts_with(": ")) return row;
  row["line"] = line;
  row["key"] = rest.substr(2);
  return row;
}

void write_json(const std::vector<Error>& mistakes, const std::string& file, std::ostream& out) {
  ordered_json rows = ordered_json::array();
  for (const Error& mistake : mistakes) rows.push_back(to_json(mistake, file));
  out << rows.dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
}

std::string upstream_text(const net::Address& upstream) {
  const bool is_tcp = std::holds_alternative<net::TcpAddress>(upstream);
  return (is_tcp ? "ws://" : "") + net::to_text(upstream);
}

void write_summary(const settings::Settings& settings, const std::string& file, std::ostream& out) {
  out << file << ": no mistakes\n";
  for (const net::ListenerOptions& listener : settings.relay.listeners) {
    out << "  " << listener.name << ": " << net::to_text(listener.listen);
    const char* between = " -> ";
    for (const net::Address& upstream : listener.upstreams) {
      out << between << upstream_text(upstream);
      between = ", then ";
    }
    out << '\n';
  }
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
