#include "settings/captures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/ascii.h"
#include "core/base/words.h"
#include "settings/named_file.h"

namespace lastframe::settings {
namespace {

using Section = Value::Section;
using sinks::CaptureOptions;

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;
constexpr std::uint64_t kGiB = 1024 * kMiB;
constexpr Range<std::uint64_t> kFrames{1, 100'000};
constexpr Range<std::uint64_t> kSize{kKiB, 256 * kKiB};
constexpr Range<std::uint64_t> kMemory{kMiB, 64 * kGiB};
constexpr Range<std::uint64_t> kFileSize{64 * kKiB, 64 * kGiB};
constexpr Range<std::uint64_t> kKeep{kMiB, 1024 * kGiB};
constexpr std::size_t kLongestTap = 64;

void read_formats(const Value& value, sinks::CaptureFolderOptions& files) {
  static constexpr auto kFormats = std::to_array<std::string_view>({"lastframe", "pcapng", "har"});
  const auto items = value.items("[lastframe, pcapng]");
  if (!items) return;
  std::array<bool, kFormats.size()> is_wanted{};
  for (const Value& item : *items) {
    if (const auto format = item.one_of(kFormats)) is_wanted[*format] = true;
  }
  if (items->empty()) value.wrong("no format stands here", "write [lastframe]");
  files.writes_recording = is_wanted[0];
  files.writes_pcapng = is_wanted[1];
  files.writes_har = is_wanted[2];
}

void read_worth(const Value& value, capture::WorthOptions& worth) {
  static constexpr auto kKinds = std::to_array<std::string_view>({"abnormal", "violations", "all"});
  const auto items = value.items("[abnormal, violations]");
  if (!items) return;
  std::array<bool, kKinds.size()> is_wanted{};
  for (const Value& item : *items) {
    if (const auto kind = item.one_of(kKinds)) is_wanted[*kind] = true;
  }
  worth.is_abnormal = is_wanted[0];
  worth.is_violation = is_wanted[1];
  worth.is_all = is_wanted[2];
}

// "1%", "0.1%"
void read_sample(const Value& value, capture::WorthOptions& worth) {
  const auto text = value.text("a share such as 1%");
  if (!text) return;
  double percent = 0;
  const char* const end = text->data() + text->size();
  const auto [stopped, error] = std::from_chars(text->data(), end, percent);
  const bool is_share = error == std::errc{} && std::string_view(stopped, end) == "%" &&
                        percent >= 0 && percent <= 100;
  if (!is_share) {
    value.wrong(fmt::format("{} is no share", in_quotes(*text)), "write 0% to 100%, such as 0.1%");
    return;
  }
  worth.sample = percent / 100;
}

void read_texts(const Value& value, const char* example, auto take) {
  const auto items = value.items(example);
  if (!items) return;
  for (const Value& item : *items) {
    if (auto text = item.text(example)) take(*std::move(text));
  }
}

void read_limits(const Section& section, CaptureOptions& options) {
  const auto size = [&](const char* key, Range<std::uint64_t> range, auto& target) {
    const Value* const value = section.find(key);
    const auto read = value != nullptr ? value->size(range) : std::nullopt;
    if (read) target = *read;
  };
  if (const Value* frames = section.find("frames")) {
    const auto count = frames->whole_number(kFrames);
    if (count) options.flight.frames = static_cast<std::uint32_t>(*count);
  }
  size("size", kSize, options.flight.bytes);
  size("memory", kMemory, options.flight.memory);
  size("file_size", kFileSize, options.files.file_size);
  size("keep", kKeep, options.files.keep);
  if (options.files.keep >= options.files.file_size) return;
  if (const Value* keep = section.find("keep")) {
    keep->wrong("it has no room for one file of file_size", "write at least as much");
  }
}

void read_digest_key(const Value& value, const std::filesystem::path& folder,
                     CaptureOptions& options) {
  if (value.is("off")) return;
  const auto path = path_at(value, folder, "off, or the path of a file");
  const auto key = path ? key_of(value, *path, "the same at both taps") : std::nullopt;
  if (key) options.flight.digest_key = capture::digest_key_of(*key);
}

}  // namespace

void read_capture(const Value& value, const std::filesystem::path& folder,
                  CaptureOptions& options) {
  if (value.is("off")) {
    options.is_on = false;
    return;
  }
  const auto section = value.section("capture", "off, or keys such as {folder: captures}");
  if (!section) return;
  if (const Value* place = section->find("folder"); place != nullptr && !place->is("off")) {
    options.files.folder = path_at(*place, folder, "off, or the path of a folder").value_or("");
  }
  if (const Value* formats = section->find("formats")) read_formats(*formats, options.files);
  if (const Value* of = section->find("of")) read_worth(*of, options.worth);
  if (const Value* causes = section->find("causes")) {
    read_texts(*causes, "[idle_timeout]",
               [&](std::string id) { options.worth.causes.insert(std::move(id)); });
  }
  if (const Value* sample = section->find("sample")) read_sample(*sample, options.worth);
  if (const Value* payload = section->find("payload")) {
    options.flight.keeps_payload = payload->yes_or_no().value_or(false);
    options.flight.redaction.keeps_bodies = options.flight.keeps_payload;
  }
  if (const Value* redact = section->find("redact")) {
    read_texts(*redact, "[X-User]", [&](std::string name) {
      options.flight.redaction.headers.push_back(std::move(name));
    });
  }
  if (const Value* members = section->find("redact_payload")) {
    read_texts(*members, "[password, token]", [&](std::string name) {
      options.flight.redaction.members.push_back(std::move(name));
    });
    if (!options.flight.redaction.members.empty()) options.flight.redaction.keeps_bodies = false;
  }
  read_limits(*section, options);
}

void read_tap(const Value& value, const std::filesystem::path& folder, CaptureOptions& options) {
  const auto section = value.section("tap", "keys such as {name: before, digests: true}");
  if (!section) return;
  const Value* const name = section->find("name");
  if (name != nullptr && !name->is("off")) {
    auto text = name->text("a name such as before");
    const bool is_plain = text && !text->empty() && text->size() <= kLongestTap &&
                          std::ranges::all_of(*text, [](char c) {
                            return is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
                          });
    if (text && !is_plain) {
      name->wrong(fmt::format("{} is no name for a tap", in_quotes(*text)),
                  "write at most 64 letters, digits, -, _ and .");
    } else if (text) {
      options.tap = *std::move(text);
    }
  }
  if (const Value* digests = section->find("digests")) {
    options.flight.has_digests = options.flight.is_whole = digests->yes_or_no().value_or(false);
  }
  if (const Value* key = section->find("digest_key_file")) read_digest_key(*key, folder, options);
}

void check_capture(const Value& place, CaptureOptions& options) {
  const bool has_folder = options.is_on && !options.files.folder.empty();
  if (options.flight.is_whole && !has_folder) {
    place.wrong("digests need a folder that recordings are written to",
                "write capture: {folder: captures}");
  }
  if (options.flight.is_whole && (options.files.writes_pcapng || options.files.writes_har)) {
    place.wrong("digests stand in recordings only", "write capture: {formats: [lastframe]}");
  }
  if (options.flight.is_whole) options.worth.is_all = true;
}

}  // namespace lastframe::settings
