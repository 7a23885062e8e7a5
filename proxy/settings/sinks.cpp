#include "settings/sinks.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/words.h"
#include "settings/named_file.h"
#include "settings/quantities.h"
#include "sinks/http_post.h"

namespace lastframe::settings {
namespace {

using namespace std::chrono_literals;
using sinks::RecordNames;
using sinks::SinkFormat;
using sinks::SinkLevel;
using sinks::SinkOptions;
using Section = Value::Section;

constexpr const char* kExample =
    "[{name: records, url: \"http://127.0.0.1:8123/?query=...\", format: clickhouse}]";
constexpr std::size_t kMostSinks = 16;  // each has a thread
constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestSecret = 16 * 1024;

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kMiB = 1024 * kKiB;
constexpr std::uint64_t kGiB = 1024 * kMiB;
constexpr Range<std::uint64_t> kBatchRecords{1, 100'000};
constexpr Range<std::uint64_t> kBatchBytes{kKiB, 64 * kMiB};
constexpr Range<std::chrono::milliseconds> kBatchInterval{1ms, 1h};
constexpr Range<std::chrono::milliseconds> kTimeOut{100ms, 5min};
constexpr Range<std::chrono::milliseconds> kRetry{10ms, 1h};
constexpr Range<std::uint64_t> kQueue{1, 10'000'000};
constexpr Range<std::uint64_t> kSpoolSize{kMiB, 1024 * kGiB};

// In the order of their enumerators.
constexpr auto kFormats =
    std::to_array<std::string_view>({"json_lines", "clickhouse", "loki", "elasticsearch", "otlp"});
constexpr auto kNames = std::to_array<std::string_view>({"lastframe", "ecs", "opentelemetry"});
constexpr auto kLevels = std::to_array<std::string_view>({"closes", "violations"});
static_assert(static_cast<std::size_t>(SinkFormat::otlp) + 1 == kFormats.size());
static_assert(static_cast<std::size_t>(RecordNames::opentelemetry) + 1 == kNames.size());
static_assert(static_cast<std::size_t>(SinkLevel::violations) + 1 == kLevels.size());

// The word's enumerator; `fallback` where the key is not there or wrong.
template <typename Enum>
Enum word_of(const Value* value, std::span<const std::string_view> words, Enum fallback) {
  if (value == nullptr) return fallback;
  const auto position = value->one_of(words);
  return position ? static_cast<Enum>(*position) : fallback;
}

std::string own_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "lastframe";
  return name.data();
}

// It becomes a label and a folder's name.
void read_name(const Value& value, SinkOptions& options) {
  auto name = value.text("a name such as clickhouse");
  if (!name) return;
  const bool is_plain = std::ranges::all_of(*name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
  if (!is_plain || name->size() > kLongestName) {
    value.wrong(fmt::format("{} is no name for a sink", in_quotes(*name)),
                "write at most 64 letters, digits, - and _");
    return;
  }
  options.name = *std::move(name);
}

void read_url(const Value& value, SinkOptions& options) {
  auto url = value.text("a url such as http://127.0.0.1:8123/");
  if (!url) return;
  if (auto checked = sinks::check_sink_url(*url); !checked) {
    value.wrong(std::move(checked.error()));
    return;
  }
  options.url = *std::move(url);
}

// Which names a format has where nothing is said, and whether it may have others.
void read_names(const Value* value, SinkOptions& options) {
  const SinkFormat format = options.format;
  const RecordNames usual = format == SinkFormat::otlp            ? RecordNames::opentelemetry
                            : format == SinkFormat::elasticsearch ? RecordNames::ecs
                                                                  : RecordNames::lastframe;
  options.names = word_of(value, kNames, usual);
  const bool is_fixed = format == SinkFormat::otlp || format == SinkFormat::clickhouse;
  if (!is_fixed || options.names == usual) return;
  value->wrong(
      fmt::format("{} always has the names of {}", kFormats[static_cast<std::size_t>(format)],
                  kNames[static_cast<std::size_t>(usual)]),
      "leave this key out");
}

std::string read_secret_file(const Value& value, const std::filesystem::path& folder) {
  const auto path = path_at(value, folder, "the path of a file");
  if (!path) return "";
  const auto secret = text_of(value, *path, kLongestSecret);
  if (!secret) return "";
  const std::size_t last = secret->find_last_not_of(" \t\r\n");
  if (last == std::string::npos) {
    value.wrong(fmt::format("{} is empty", in_quotes(*path)), "write the secret into it");
  } else if (secret->find_first_of("\r\n") < last) {
    value.wrong(fmt::format("{} has more than one line", in_quotes(*path)),
                "write the secret alone");
  }
  return *path;
}

void read_access(const Value& sink, const Section& section, const std::filesystem::path& folder,
                 SinkOptions& options) {
  const Value* token = section.find("token_file");
  const Value* user = section.find("user");
  const Value* password = section.find("password_file");
  if (token != nullptr) options.token_file = read_secret_file(*token, folder);
  if (user != nullptr) options.user = user->text("the name of a user").value_or("");
  if (password != nullptr) options.password_file = read_secret_file(*password, folder);
  if (token != nullptr && user != nullptr) {
    user->wrong("there is a token_file as well", "write one of them");
  }
  if (user != nullptr && password == nullptr) {
    sink.missing("password_file", "write the file that holds the user's password");
  }
  if (password != nullptr && user == nullptr) sink.missing("user", "write whose password it is");
  const Value* ca = section.find("ca");
  if (ca != nullptr) {
    if (auto path = path_at(*ca, folder, "the path of a PEM file")) {
      if (text_of(*ca, *path, kMiB)) options.ca_file = *std::move(path);
    }
  }
  if (const Value* verify = section.find("verify")) {
    options.is_verified = verify->yes_or_no().value_or(true);
  }
}

void read_batch(const Value& value, SinkOptions& options) {
  const auto section = value.section("log.http[].batch", "keys such as {records: 1000}");
  if (!section) return;
  if (const Value* records = section->find("records")) {
    options.batch_records = records->whole_number(kBatchRecords).value_or(options.batch_records);
  }
  if (const Value* bytes = section->find("bytes")) {
    options.batch_bytes = bytes->size(kBatchBytes).value_or(options.batch_bytes);
  }
  if (const Value* interval = section->find("interval")) {
    options.batch_interval = interval->duration(kBatchInterval).value_or(options.batch_interval);
  }
}

void read_retry(const Value& value, SinkOptions& options) {
  const auto section = value.section("log.http[].retry", "keys such as {first: 500ms, most: 30s}");
  if (!section) return;
  if (const Value* first = section->find("first")) {
    options.retry_first = first->duration(kRetry).value_or(options.retry_first);
  }
  if (const Value* most = section->find("most")) {
    options.retry_most = most->duration(kRetry).value_or(options.retry_most);
  }
  if (options.retry_first > options.retry_most) {
    value.wrong(fmt::format("first, {}, is longer than most, {}",
                            duration_text(options.retry_first), duration_text(options.retry_most)),
                "write the shorter one as first");
  }
}

// The folder is made by whoever writes into it: a check of the configuration leaves nothing behind.
void read_spool(const Value& value, const std::filesystem::path& folder, SinkOptions& options) {
  if (value.is("off")) return;
  const auto section =
      value.section("log.http[].spool", "keys such as {folder: /var/lib/lastframe/spool}");
  if (!section) return;
  if (const Value* place = section->find("folder")) {
    options.spool_folder = path_at(*place, folder, "the path of a folder").value_or("");
  } else {
    value.missing("folder", "write the folder that batches wait in");
  }
  if (const Value* size = section->find("size")) {
    options.spool_size = size->size(kSpoolSize).value_or(options.spool_size);
  }
  if (options.spool_size < 2 * options.batch_bytes) {
    value.wrong(fmt::format("size, {}, has no room for two batches of {}",
                            size_text(options.spool_size), size_text(options.batch_bytes)),
                "write more");
  }
}

SinkOptions read_sink(const Value& value, const std::filesystem::path& folder) {
  SinkOptions options;
  const auto section = value.section("log.http[]", "keys such as {name: records, url: ...}");
  if (!section) return options;
  if (const Value* name = section->find("name")) {
    read_name(*name, options);
  } else {
    value.missing("name", "write a name; metrics and messages bear it");
  }
  if (const Value* url = section->find("url")) {
    read_url(*url, options);
  } else {
    value.missing("url", "write where the records go");
  }
  options.format = word_of(section->find("format"), kFormats, SinkFormat::json_lines);
  read_names(section->find("names"), options);
  options.level = word_of(section->find("level"), kLevels, SinkLevel::closes);
  options.instance = own_name();
  if (const Value* instance = section->find("instance")) {
    options.instance = instance->text("a name of this proxy").value_or(options.instance);
  }
  read_access(value, *section, folder, options);
  if (const Value* batch = section->find("batch")) read_batch(*batch, options);
  if (const Value* timeout = section->find("timeout")) {
    options.timeout = timeout->duration(kTimeOut).value_or(options.timeout);
  }
  if (const Value* retry = section->find("retry")) read_retry(*retry, options);
  if (const Value* queue = section->find("queue")) {
    options.queue = queue->whole_number(kQueue).value_or(options.queue);
  }
  if (const Value* spool = section->find("spool")) read_spool(*spool, folder, options);
  return options;
}

}  // namespace

std::vector<SinkOptions> read_sinks(const Value& value, const std::filesystem::path& folder) {
  const auto items = value.items(kExample);
  if (!items) return {};
  if (items->size() > kMostSinks) {
    value.wrong(fmt::format("there are {} sinks", items->size()),
                fmt::format("write at most {}", kMostSinks));
    return {};
  }
  std::vector<SinkOptions> sinks;
  for (const Value& item : *items) {
    SinkOptions sink = read_sink(item, folder);
    const bool is_taken = std::ranges::count(sinks, sink.name, &SinkOptions::name) > 0;
    if (!sink.name.empty() && is_taken) {
      item.wrong(fmt::format("{} is the name of another sink", in_quotes(sink.name)),
                 "give each sink its own name");
    }
    sinks.push_back(std::move(sink));
  }
  return sinks;
}

}  // namespace lastframe::settings
