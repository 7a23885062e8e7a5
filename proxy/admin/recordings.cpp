#include "admin/recordings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "capture/har_writer.h"
#include "capture/pcapng_writer.h"
#include "capture/reader.h"
#include "capture/recording_format.h"
#include "core/base/words.h"

namespace lastframe::admin {
namespace {

struct FormatRow {
  std::string_view name;  // as RecordingFormat has them
  std::string_view ending;
  std::string_view content_type;
};
constexpr auto kFormats = std::to_array<FormatRow>({
    {"lastframe", ".lfr", "application/octet-stream"},
    {"pcapng", ".pcapng", "application/vnd.tcpdump.pcap"},
    {"har", ".har", kJson},
});

// What a writer of another format makes of the recording.
template <typename Writer>
void translate(std::string_view recording, Writer& writer) {
  const auto reader = capture::make_recording_reader(writer);
  reader->feed(as_bytes(recording));
  reader->finish();
  writer.finish();
}

std::string written(std::string recording, RecordingFormat format, const RecorderFacts& recorder) {
  if (format == RecordingFormat::lastframe) return recording;
  std::string out;
  const auto append = [&out](std::string_view bytes) { out += bytes; };
  if (format == RecordingFormat::pcapng) {
    capture::PcapngWriter writer(append);
    translate(recording, writer);
  } else {
    capture::HarWriter writer({.version = recorder.version, .redaction = recorder.redaction},
                              append);
    translate(recording, writer);
  }
  return out;
}

}  // namespace

std::expected<RecordingFormat, Response> parse_recording_format(
    std::span<const std::string> parts) {
  if (parts.empty()) return RecordingFormat::lastframe;
  constexpr std::string_view kName = "format=";
  const std::string_view part = parts.front();
  if (parts.size() == 1 && part.starts_with(kName)) {
    const auto row = std::ranges::find(kFormats, part.substr(kName.size()), &FormatRow::name);
    if (row != kFormats.end()) return static_cast<RecordingFormat>(row - kFormats.begin());
  }
  std::vector<std::string_view> names;
  for (const FormatRow& row : kFormats) names.push_back(row.name);
  return std::unexpected(
      refusal(400, in_quotes(part) + " is nothing that a recording is asked by",
              fmt::format("write format= and one of {}, or nothing", fmt::join(names, ", "))));
}

Response recording_file(std::string_view id, std::string_view blocks, RecordingFormat format,
                        const RecorderFacts& recorder) {
  const FormatRow& row = kFormats[static_cast<std::size_t>(format)];
  std::string recording =
      capture::recording_head(recorder.tap, "lastframe " + recorder.version).append(blocks);
  Response response{.content_type = row.content_type,
                    .body = written(std::move(recording), format, recorder)};
  response.fields.emplace_back(
      "content-disposition:",
      fmt::format("attachment; filename=\"lastframe-{}{}\"", id, row.ending));
  return response;
}

}  // namespace lastframe::admin
