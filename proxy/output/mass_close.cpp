#include "output/mass_close.h"

#include <fmt/core.h>

#include <chrono>
#include <string_view>

#include "output/json.h"
#include "output/record_words.h"

namespace lastframe::output {
namespace {

using session::MassCloseSeen;

double seconds_of(auto duration) { return std::chrono::duration<double>(duration).count(); }

std::string utc_of(WallTime when) { return utc_text(when, Moment{}, Moment{}); }

std::string rate_text(double per_second) {
  if (per_second >= 1) return fmt::format("{:.0f} a second", per_second);
  if (per_second * 60 >= 1) return fmt::format("{:.0f} a minute", per_second * 60);
  return "fewer than one a minute";
}

std::string time_text(double seconds) {
  if (seconds < 1) return fmt::format("{:.0f} ms", seconds * 1000);
  if (seconds < 120) return fmt::format("{:.1f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

std::string side_text(const MassCloseSeen& seen) {
  if (seen.by_client == 0) return "all ended by the server";
  if (seen.by_server == 0) return "all ended by the client's side";
  return fmt::format("{} ended by the server, {} by the client's side", seen.by_server,
                     seen.by_client);
}

// What ends so many at once; the Close frames tell which.
std::string_view guess_of(const MassCloseSeen& seen) {
  const bool is_server = seen.by_server >= seen.by_client;
  if (2 * seen.with_restart_code > seen.closes) {
    return is_server ? "the server, or a hop in front of it, is being stopped or reloaded"
                     : "a hop between the clients and here is being stopped or reloaded";
  }
  if (2 * seen.without_close > seen.closes) {
    return is_server
               ? "a crash, or a reload of a hop that sends no Close"
               : "a hop between the clients and here crashed, was reloaded or lost its network";
  }
  return is_server ? "the server closed them all" : "one hand closed them all";
}

std::string summary_of(const MassCloseSeen& seen) {
  std::string text =
      fmt::format("{} connections to {} ended within {}, {}", seen.closes, seen.upstream,
                  time_text(seconds_of(seen.duration)), side_text(seen));
  if (seen.without_close == seen.closes) {
    text += ", without a Close";
  } else if (seen.without_close > 0) {
    text += fmt::format(", {} without a Close", seen.without_close);
  }
  return text + fmt::format("; usual is {}: {}", rate_text(seen.usual_per_second), guess_of(seen));
}

}  // namespace

std::string mass_close_json(const MassCloseSeen& seen) {
  std::string line;
  JsonWriter json(line);
  json.begin_object()
      .field("event", "mass_close")
      .field("time", utc_of(seen.began + seen.duration))
      .field("listener", seen.listener)
      .field("upstream", seen.upstream)
      .field("mass_close", seen.id)
      .field("began", utc_of(seen.began));
  json.key("duration_s").seconds(seconds_of(seen.duration)).field("closes", seen.closes);
  json.key("usual_per_s").seconds(seen.usual_per_second);
  json.key("youngest_s").seconds(seconds_of(seen.youngest));
  json.key("oldest_s").seconds(seconds_of(seen.oldest));
  json.field("by_client", seen.by_client)
      .field("by_server", seen.by_server)
      .field("without_close", seen.without_close)
      .field("with_restart_code", seen.with_restart_code)
      .field("summary", summary_of(seen))
      .end_object();
  return line;
}

std::string mass_close_text(const MassCloseSeen& seen, Colour colour) {
  std::string summary;
  append_printable(summary, summary_of(seen));
  std::string place;
  append_printable(place, seen.listener);
  const std::string ages = fmt::format("ages {} to {}", time_text(seconds_of(seen.youngest)),
                                       time_text(seconds_of(seen.oldest)));
  return fmt::format("{}  {}  {}  {}  {}",
                     painted(utc_of(seen.began + seen.duration).substr(11, 12), Style::dim, colour),
                     painted(fmt::format("mass close {}", seen.id), Style::bad, colour), place,
                     summary, painted(ages, Style::dim, colour));
}

}  // namespace lastframe::output
