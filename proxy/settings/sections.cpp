#include "settings/sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/base/words.h"
#include "core/http/head.h"
#include "settings/named_file.h"
#include "settings/quantities.h"
#include "settings/sinks.h"
#include "settings/yaml_document.h"
#include "ssl/key_log.h"

namespace lastframe::settings {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;
constexpr std::uint64_t kGiB = 1024 * kMiB;

constexpr Range<std::chrono::milliseconds> kDrainTimeOut{0s, 24h};
constexpr Range<std::chrono::milliseconds> kDnsTtl{0s, 24h};
constexpr Range<std::uint64_t> kConnections{1, 10'000'000};
constexpr Range<std::uint64_t> kPendingPerDirection{4 * kKiB, kGiB};
constexpr Range<std::uint64_t> kPendingTotal{64 * kKiB, 1024 * kGiB};
constexpr Range<std::uint64_t> kWatchedHead{kKiB, kMiB};
constexpr Range<std::uint64_t> kInflateMemory{0, 64 * kGiB};
constexpr Range<std::uint64_t> kInflateMessage{64 * kKiB, 16 * kGiB};

// RFC 6455 section 7.4.2: "reserved for private use"; the others are told apart anyway, or folded.
constexpr Range<std::uint64_t> kApplicationCodes{4000, 4999};

void read_size(const Value* value, Range<std::uint64_t> range, std::size_t& size) {
  if (value == nullptr) return;
  if (const auto bytes = value->size(range)) size = static_cast<std::size_t>(*bytes);
}

void read_user(const Value& value, session::PrivacyOptions& options) {
  using Kind = session::UserSource::Kind;
  struct Row {
    std::string_view key;
    Kind kind;
  };
  constexpr auto kRows = std::to_array<Row>(
      {{"header", Kind::header}, {"cookie", Kind::cookie}, {"query", Kind::query}});
  constexpr const char* kExample = "off, or one of {header: NAME}, {cookie: NAME}, {query: NAME}";
  if (value.is("off")) return;
  const auto section = value.section("privacy.user", kExample);
  if (!section) return;
  std::size_t sources = 0;
  for (const Row& row : kRows) {
    const Value* place = section->find(row.key);
    if (place == nullptr) continue;
    ++sources;
    auto name = place->text("a name such as X-User");
    if (!name) continue;
    if (row.kind != Kind::query && !http::is_token(*name)) {
      place->wrong(fmt::format("no {} can be called {}", row.key, in_quotes(*name)),
                   "write a name such as X-User");
      continue;
    }
    options.user = session::UserSource{row.kind, *std::move(name)};
  }
  if (sources != 1) {
    value.wrong(fmt::format("{} sources of the user stand here", sources),
                fmt::format("write {}", kExample));
  }
}

void read_user_key_file(const Value& value, session::PrivacyOptions& options) {
  if (value.is("off")) return;
  const auto path = value.text("off, or the path of a file");
  if (!path) return;
  if (auto key = key_of(value, *path, "all random")) options.user_key = *std::move(key);
}

void read_query_allow(const Value& value, std::vector<std::string>& names) {
  const auto items = value.items("[EIO, transport, v]");
  if (!items) return;
  names.clear();
  for (const Value& item : *items) {
    if (auto name = item.text("the name of a query parameter")) names.push_back(*std::move(name));
  }
}

void read_trusted(const Value& value, std::vector<session::AddressRange>& ranges) {
  const auto items = value.items("[10.0.0.0/8]");
  if (!items) return;
  for (const Value& item : *items) {
    const auto text = item.scalar("a range such as 10.0.0.0/8");
    if (!text) continue;
    auto range = session::parse_address_range(*text);
    if (range) {
      ranges.push_back(*range);
    } else {
      item.wrong(std::move(range.error()));
    }
  }
}

}  // namespace

void read_workers(const Value& value, unsigned& workers) {
  workers = 0;
  if (value.is("auto")) return;
  if (const auto number = value.whole_number(kWorkers, "auto")) {
    workers = static_cast<unsigned>(*number);
  }
}

void read_drain_timeout(const Value& value, net::RelayOptions& options) {
  if (const auto time = value.duration(kDrainTimeOut)) options.drain_timeout = *time;
}

void read_limits(const Value& value, net::Limits& limits) {
  const auto section = value.section("limits", "keys such as {pending_per_direction: 256KiB}");
  if (!section) return;
  const Value* connections = section->find("connections");
  if (connections != nullptr && !connections->is("auto")) {
    limits.connections = connections->whole_number(kConnections, "auto");
  }
  const Value* one = section->find("pending_per_direction");
  const Value* total = section->find("pending_total");
  read_size(one, kPendingPerDirection, limits.pending_per_direction);
  read_size(total, kPendingTotal, limits.pending_total);
  if (limits.pending_total < limits.pending_per_direction) {
    const Value& place = total != nullptr ? *total : *one;
    place.wrong(
        fmt::format("pending_total, {}, is less than pending_per_direction, {}",
                    size_text(limits.pending_total), size_text(limits.pending_per_direction)),
        "write at least as much for all connections as for one");
  }
  read_size(section->find("watched_head"), kWatchedHead, limits.watched_head);
  read_size(section->find("inflate_memory"), kInflateMemory, limits.inflate_memory);
  read_size(section->find("inflate_message"), kInflateMessage, limits.inflate_message);
}

void read_analysis(const Value& value, net::RelayOptions& options) {
  const auto section = value.section("analysis", "keys such as {resynchronise: true}");
  if (!section) return;
  const Value* resynchronise = section->find("resynchronise");
  if (resynchronise == nullptr) return;
  if (const auto answer = resynchronise->yes_or_no()) {
    options.after_break =
        *answer ? session::AfterBreak::resynchronise : session::AfterBreak::give_up;
  }
}

void read_dns(const Value& value, net::RelayOptions& options) {
  const auto section = value.section("dns", "keys such as {ttl: 30s}");
  if (!section) return;
  const Value* ttl = section->find("ttl");
  if (ttl == nullptr) return;
  if (const auto time = ttl->duration(kDnsTtl)) options.dns_ttl = *time;
}

void read_log(const Value& value, const std::filesystem::path& folder, output::LogOptions& options,
              std::vector<sinks::SinkOptions>& sinks) {
  using output::LogFormat;
  using output::LogLevel;
  static constexpr auto kFormats = std::to_array<std::string_view>({"auto", "json", "text"});
  static constexpr auto kLevels =
      std::to_array<std::string_view>({"closes", "violations", "messages", "frames"});
  static_assert(static_cast<int>(LogFormat::text) == 2 && static_cast<int>(LogLevel::frames) == 3);
  const auto section = value.section("log", "keys such as {file: \"-\", level: closes}");
  if (!section) return;
  if (const Value* file = section->find("file")) {
    if (auto path = file->text("\"-\" for standard output, or a path")) options.file = *path;
  }
  if (const Value* format = section->find("format")) {
    options.format = static_cast<LogFormat>(format->one_of(kFormats).value_or(0));
  }
  if (const Value* level = section->find("level")) {
    options.level = static_cast<LogLevel>(level->one_of(kLevels).value_or(0));
  }
  if (const Value* starts = section->find("starts")) {
    options.starts = starts->yes_or_no().value_or(false);
  }
  if (const Value* http = section->find("http")) sinks = read_sinks(*http, folder);
}

void read_privacy(const Value& value, session::PrivacyOptions& options) {
  const auto section = value.section("privacy", "keys such as {query_allow: [EIO, transport, v]}");
  if (!section) return;
  if (const Value* allow = section->find("query_allow")) {
    read_query_allow(*allow, options.query_allow);
  }
  if (const Value* user = section->find("user")) read_user(*user, options);
  if (const Value* key = section->find("user_key_file")) read_user_key_file(*key, options);
  if (const Value* trusted = section->find("trust_forwarded_from")) {
    read_trusted(*trusted, options.trust_forwarded_from);
  }
}

// The order is the file's; a code that stands there twice is a slip worth telling.
void read_metrics(const Value& value, output::MetricsOptions& options) {
  const auto section = value.section("metrics", "keys such as {codes: [4001, 4408]}");
  if (!section) return;
  const Value* codes = section->find("codes");
  const auto items = codes != nullptr ? codes->items("[4001, 4408]") : std::nullopt;
  if (!items) return;
  for (const Value& item : *items) {
    const auto number = item.whole_number(kApplicationCodes);
    if (!number) continue;
    const auto code = static_cast<std::uint16_t>(*number);
    if (std::ranges::find(options.codes, code) != options.codes.end()) {
      item.wrong(fmt::format("{} stands here twice", code), "write it once");
      continue;
    }
    options.codes.push_back(code);
  }
  if (items->size() > output::kMostListedCodes) {
    codes->wrong(fmt::format("{} codes stand here", items->size()),
                 fmt::format("list the {} that matter most; the others are counted as 4xxx",
                             output::kMostListedCodes));
  }
}

void read_tls_key_log(const Value& value, const std::filesystem::path& folder,
                      net::RelayOptions& options) {
  if (value.is("off")) return;
  const auto path = path_at(value, folder, "off, or the path of a file");
  if (!path) return;
  // The file is made by whoever writes it, so a check of the configuration leaves nothing behind.
  std::error_code ignored;
  if (std::filesystem::is_directory(*path, ignored)) {
    value.wrong(fmt::format("{} is a folder", in_quotes(*path)), "write the path of a file");
  } else if (const auto parent = std::filesystem::path(*path).parent_path();
             !parent.empty() && !std::filesystem::is_directory(parent, ignored)) {
    value.wrong(fmt::format("{} is no folder", in_quotes(parent.string())),
                "write a file in one that is there");
  } else if (auto fault = ssl::KeyLog::fault_of(*path)) {
    value.wrong(*std::move(fault));
  } else {
    options.tls_key_log = *path;
  }
}

void read_catalogue_files(const Value& value, const std::filesystem::path& folder,
                          std::vector<std::string>& files) {
  const auto items = value.items("[mine.yaml]");
  if (!items) return;
  for (const Value& item : *items) {
    const auto path = path_at(item, folder, "the path of a catalogue file");
    if (path && text_of(item, *path, kLargestYaml)) files.push_back(*path);
  }
}

}  // namespace lastframe::settings
