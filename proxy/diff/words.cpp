#include "diff/words.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "core/base/ascii.h"
#include "core/base/words.h"

namespace lastframe::diff {
namespace {

constexpr std::size_t kShownBytes = 32;

std::string shown_bytes(std::string_view bytes) {
  const std::string_view shown = bytes.substr(0, kShownBytes);
  std::string text = hex_text(shown, " ");
  if (shown.size() < bytes.size()) text += " ...";
  if (std::ranges::all_of(shown, is_printable)) text += " " + in_quotes(shown);
  return text;
}

// The place that tells where to look: where something arrived, or else where it was sent.
std::string where(const Finding& finding, const Names& names) {
  if (!finding.direction) return "";
  const bool is_up = *finding.direction == Direction::client_to_server;
  const Place& arrived = is_up ? finding.after : finding.before;
  const Place& sent = is_up ? finding.before : finding.after;
  const bool has_arrived = arrived.offset.has_value();
  const Place& place = has_arrived ? arrived : sent;
  if (!place.offset) return fmt::format(" ({})", way(*finding.direction));
  const std::string& tap = names[has_arrived == is_up ? 1 : 0];
  const std::string frame = place.frame ? fmt::format("frame {}, ", *place.frame) : "";
  const std::string_view hyphened = is_up ? "client-to-server" : "server-to-client";
  return fmt::format(" ({}{} offset {} at {})", frame, hyphened, *place.offset, tap);
}

}  // namespace

std::string_view way(Direction direction) {
  return direction == Direction::client_to_server ? "client to server" : "server to client";
}

std::string sentence(const Finding& finding, const Names& names) {
  std::string text =
      fmt::format("The hop between {} and {} {}", names[0], names[1], row(finding.kind).words);
  if (!finding.detail.empty()) text += ": " + finding.detail;
  text += where(finding, names) + ".";
  if (finding.count > 1) text += fmt::format(" {} times in all.", finding.count);
  return text;
}

std::string place_text(const Place& place) {
  std::string text;
  const auto append = [&](std::string_view more, std::string_view between) {
    if (!text.empty()) text += between;
    text += more;
  };
  if (place.frame) append(fmt::format("frame {}", *place.frame), "");
  if (place.offset) append(fmt::format("offset {}", *place.offset), ", ");
  if (place.size) append(in_bytes(*place.size), ", ");
  if (!place.text.empty()) append(place.text, ": ");
  if (!place.bytes.empty()) append(shown_bytes(place.bytes), ": ");
  return text;
}

std::string headline(Severity severity, bool is_complete) {
  switch (severity) {
    case Severity::transparent:
      return is_complete ? "The bytes passed unchanged."
                         : "Nothing that could be compared differs, but not all could be.";
    case Severity::reframed:
      return "The bytes were rewritten as the protocol allows; what is said is the same.";
    case Severity::altered:
      return "What arrived is not what was sent.";
    case Severity::corrupted:
      return "What arrived breaks the protocol.";
  }
  return "";
}

std::string time_text(WallTime time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(time - whole);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(whole.time_since_epoch().count()),
                     rest.count());
}

std::string summary_text(const Report& report) {
  const std::uint64_t pairs =
      std::accumulate(report.by_severity.begin(), report.by_severity.end(), std::uint64_t{0});
  if (pairs == 0) return "No connection of one capture was found in the other.";
  std::string text = fmt::format("{} {} found in both captures", pairs,
                                 pairs == 1 ? "connection was" : "connections were");
  for (std::size_t i = report.by_severity.size(); i-- > 0;) {
    if (report.by_severity[i] == 0) continue;
    text += fmt::format(", {} {}", report.by_severity[i], name(static_cast<Severity>(i)));
  }
  text += ". " + headline(report.severity, report.incomplete == 0);
  if (report.incomplete == 0) return text;
  return text + fmt::format(" Parts of {} connection{} could not be compared.", report.incomplete,
                            report.incomplete == 1 ? "" : "s");
}

std::string connection_text(const ConnectionFacts& facts) {
  std::string text = fmt::format("{} {}", time_text(facts.accepted), printable(facts.client));
  if (!facts.server.empty()) text += " to " + printable(facts.server);
  if (facts.status != 0) text += fmt::format(", status {}", facts.status);
  if (facts.status == 0) text += ", no answer seen";
  if (!facts.is_finished) text += ", still open at the end of the capture";
  return text;
}

std::string_view words(capture::FlawKind kind) {
  using capture::FlawKind;
  switch (kind) {
    case FlawKind::damaged:
      return "damaged parts of the file";
    case FlawKind::cut_off:
      return "the file is cut off";
    case FlawKind::lost:
      return "packets that the capture missed";
    case FlawKind::snapped:
      return "packets that were cut short";
    case FlawKind::not_kept:
      return "parts that the recording did not keep";
    case FlawKind::no_payload:
      return "payload was not kept";
    case FlawKind::joined_late:
      return "connections older than the capture";
    case FlawKind::still_open:
      return "connections that were still open";
    case FlawKind::contradiction:
      return "packets that contradict each other";
    case FlawKind::not_decrypted:
      return "TLS without its keys";
    case FlawKind::not_understood:
      return "parts that are not understood";
  }
  return "";
}

}  // namespace lastframe::diff
