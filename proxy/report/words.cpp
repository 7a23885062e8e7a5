#include "report/words.h"

#include <fmt/core.h>

#include <cmath>

#include "core/base/words.h"
#include "core/verdict/sentences.h"
#include "report/utc_time.h"

namespace lastframe::report {
namespace {

std::string_view measure_text(const TimeCluster& cluster) {
  const bool is_of_client =
      (cluster.measure == Measure::idle_of_closer) == (cluster.closer == Endpoint::client);
  switch (cluster.measure) {
    case Measure::idle:
      return "without a byte";
    case Measure::idle_of_closer:
    case Measure::idle_of_other:
      return is_of_client ? "without a byte from the client" : "without a byte from the server";
    case Measure::age:
      return "old";
  }
  return "";
}

// "60.0 s", or "59.9 s to 60.4 s" where that reads differently.
std::string range_text(double lowest, double highest) {
  const std::string low = verdict::time_text(lowest);
  const std::string high = verdict::time_text(highest);
  return low == high ? low : fmt::format("{} to {}", low, high);
}

// "900 bytes", "9.6 MiB".
std::string bytes_text(std::uint64_t bytes) {
  constexpr double kMebi = 1024.0 * 1024.0;
  const double mebi = static_cast<double>(bytes) / kMebi;
  return mebi < 0.1 ? in_bytes(bytes) : fmt::format("{:.1f} MiB", mebi);
}

}  // namespace

std::string number_text(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

std::string share_text(std::uint64_t part, std::uint64_t of) {
  if (part == 0 || of == 0) return "0 %";
  if (part >= of) return "100 %";
  const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(of);
  if (percent < 0.05) return "< 0.1 %";
  if (percent >= 99.95) return "> 99.9 %";
  return fmt::format("{:.1f} %", percent);
}

std::string count_text(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", number_text(count), what, count == 1 ? "" : "s");
}

std::string place_text(std::string_view listener, std::string_view upstream) {
  if (listener.empty() || upstream.empty() || listener == upstream) {
    return std::string(listener.empty() ? upstream : listener);
  }
  return fmt::format("{} to {}", listener, upstream);
}

std::string party_text(std::string_view party, const output::Wording& wording) {
  if (party.empty()) return "unknown";
  return wording.heading(fmt::format("party_{}", party), party);
}

std::string cluster_text(const TimeCluster& cluster) {
  const std::string how =
      cluster.code ? fmt::format("with Close {}", *cluster.code) : std::string("without a Close");
  return fmt::format("{} {}, ended by the {}'s side {}",
                     range_text(cluster.lowest, cluster.highest), measure_text(cluster),
                     name(cluster.closer), how);
}

std::string size_line_text(const SizeLine& line) {
  std::string text = fmt::format("{} to the {} refused with 1009",
                                 verdict::size_text(line.smallest_refused), name(line.side));
  if (line.largest_taken)
    text += fmt::format("; {} taken", verdict::size_text(*line.largest_taken));
  return text;
}

std::string span_text(const Summary& summary) {
  if (!summary.first || !summary.last) return "";
  const double seconds = std::chrono::duration<double>(*summary.last - *summary.first).count();
  return fmt::format("{} to {} UTC, {}", readable_utc(*summary.first), readable_utc(*summary.last),
                     verdict::time_text(seconds));
}

std::string inputs_text(const Inputs& inputs) {
  std::string text = fmt::format("{}, {}, {}", count_text(inputs.files.size(), "file"),
                                 count_text(inputs.lines, "line"), bytes_text(inputs.bytes));
  if (inputs.damaged > 0) {
    text += fmt::format("; {} no record", inputs.damaged == 1
                                              ? std::string("1 line is")
                                              : number_text(inputs.damaged) + " lines are");
  }
  if (inputs.cut > 0)
    text += fmt::format("; {} within a line", inputs.cut == 1
                                                  ? std::string("1 file stops")
                                                  : number_text(inputs.cut) + " files stop");
  return text;
}

std::string shown_time(std::string_view time) {
  const auto parsed = parse_utc(time);
  return parsed ? readable_utc(*parsed) : std::string(time);
}

std::string clean_text(const Summary& summary) {
  return fmt::format("{} of {} that opened closed with both Closes, {}", number_text(summary.clean),
                     number_text(summary.opened), share_text(summary.clean, summary.opened));
}

std::string rest_text(std::uint64_t more, std::uint64_t forgotten) {
  std::string text;
  if (more > 0) text = fmt::format("and {} more", number_text(more));
  if (forgotten == 0) return text;
  return fmt::format("{}{}{} abnormal of names too rare to be kept", text, text.empty() ? "" : "; ",
                     number_text(forgotten));
}

std::string headline(const Summary& summary) {
  const std::string counts = fmt::format("{} of {} ({})", number_text(summary.abnormal),
                                         count_text(summary.connections, "connection"),
                                         share_text(summary.abnormal, summary.connections));
  switch (summary.judgement) {
    case Judgement::normal:
      if (summary.abnormal == 0) {
        return fmt::format("Closes are normal: none of {} calls for action.",
                           count_text(summary.connections, "connection"));
      }
      return fmt::format("Closes are normal: only {} call for action.", counts);
    case Judgement::mostly_normal:
      return fmt::format("Closes are mostly normal: {} call for action.", counts);
    case Judgement::not_normal:
      return fmt::format("Closes are not normal: {} call for action.", counts);
    case Judgement::nothing_closed:
      return "No connection ended in these logs.";
  }
  return "";
}

std::string main_cause_text(const Summary& summary, const output::Wording& wording) {
  if (summary.abnormal == 0 || summary.causes.rows.empty()) return "";
  const CauseLine& main = summary.causes.rows.front();
  std::string text = fmt::format("The main cause is {} ({}{}{}): {} has to act.", main.id,
                                 main.title.empty() ? "" : main.title + ", ",
                                 share_text(main.count, summary.abnormal), " of these",
                                 party_text(main.party, wording));
  if (main.party == "unknown" || main.party.empty()) {
    text = fmt::format("The main cause is {} ({}{} of these).", main.id,
                       main.title.empty() ? "" : main.title + ", ",
                       share_text(main.count, summary.abnormal));
  }
  if (!main.fix.empty()) text += " " + main.fix;
  return text;
}

}  // namespace lastframe::report
