#include "sinks/spool.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace lastframe::sinks {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".jsonl";
constexpr std::string_view kUnfinished = "unfinished";

Error error_of(const std::string& path, int number) {
  return {path, std::strerror(number), "the spool needs a folder that this user may write"};
}

template <typename Number>
std::optional<Number> number_in(std::string_view text, int base = 10) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return number;
}

struct FileName {
  std::uint64_t number;
  std::uint64_t records;
  std::string id;
};

std::optional<FileName> parse_name(std::string_view name) {
  if (!name.ends_with(kEnding)) return std::nullopt;
  name.remove_suffix(kEnding.size());
  const std::size_t first = name.find('-');
  const std::size_t second = first == name.npos ? name.npos : name.find('-', first + 1);
  if (second == name.npos) return std::nullopt;
  const std::string_view id = name.substr(second + 1);
  const auto number = number_in<std::uint64_t>(name.substr(0, first));
  const auto records = number_in<std::uint64_t>(name.substr(first + 1, second - first - 1));
  if (!number || !records || id.size() != 16 || !number_in<std::uint64_t>(id, 16)) {
    return std::nullopt;
  }
  return FileName{*number, *records, std::string(id)};
}

// Whole and on the disk, or not at all. errno, 0 where it went well.
int write_whole(const std::string& path, std::string_view text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return errno;
  int failure = 0;
  while (!text.empty() && failure == 0) {
    const ssize_t count = write(file, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      failure = errno;
    }
  }
  if (failure == 0 && fdatasync(file) != 0) failure = errno;
  if (close(file) != 0 && failure == 0) failure = errno;
  return failure;
}

// As far as it can be read; errno where it cannot be opened.
std::expected<std::string, int> read_whole(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::unexpected(errno);
  std::string text;
  std::array<char, 65'536> part;
  for (ssize_t count = 1; count > 0;) {
    count = read(file, part.data(), part.size());
    if (count > 0) text.append(part.data(), static_cast<std::size_t>(count));
  }
  close(file);
  return text;
}

std::string text_of(const SinkBatch& batch) {
  std::string text;
  for (const std::string& line : batch.lines) {
    text += line;
    text += '\n';
  }
  return text;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return lines;
}

}  // namespace

std::expected<std::unique_ptr<SinkSpool>, Error> SinkSpool::open(const std::string& folder,
                                                                 std::uint64_t most_bytes) {
  std::error_code failure;
  if (fs::create_directories(folder, failure)) {
    fs::permissions(folder, fs::perms::owner_all, failure);
  }
  if (failure) return std::unexpected(error_of(folder, failure.value()));
  const std::string path = folder + "/lock";
  const int lock = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return std::unexpected(error_of(path, errno));
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    close(lock);
    return std::unexpected(
        Error{folder, "another process uses this spool", "give each proxy a folder of its own"});
  }
  std::unique_ptr<SinkSpool> spool(new SinkSpool(folder, most_bytes, lock));
  spool->take_up();
  return spool;
}

SinkSpool::SinkSpool(std::string folder, std::uint64_t most_bytes, int lock)
    : folder_(std::move(folder)), most_bytes_(most_bytes), lock_(lock) {}

SinkSpool::~SinkSpool() { close(lock_); }

void SinkSpool::take_up() {
  std::error_code failure;
  for (const auto& file : fs::directory_iterator(folder_, failure)) {
    const auto name = parse_name(file.path().filename().string());
    if (!name) continue;
    const std::uint64_t bytes = file.file_size(failure);
    if (failure) continue;
    entries_[name->number] = {.records = name->records, .bytes = bytes, .id = name->id};
    bytes_ += bytes;
  }
  if (!entries_.empty()) next_number_ = entries_.rbegin()->first + 1;
  std::remove((folder_ + "/" + std::string(kUnfinished)).c_str());
}

std::expected<void, Error> SinkSpool::add(std::uint64_t number, const SinkBatch& batch,
                                          std::optional<std::uint64_t> kept) {
  const std::string text = text_of(batch);
  auto old = entries_.begin();
  while (bytes_ + text.size() > most_bytes_ && old != entries_.end()) {
    const std::uint64_t oldest = old->first;
    ++old;
    if (oldest != kept) drop(oldest);
  }
  if (bytes_ + text.size() > most_bytes_) {
    dropped_ += batch.lines.size();
    return {};
  }
  const std::string unfinished = folder_ + "/" + std::string(kUnfinished);
  int failure = write_whole(unfinished, text);
  Entry entry{.records = batch.lines.size(), .bytes = text.size(), .id = batch.id};
  const std::string path = path_of(number, entry);
  if (failure == 0 && rename(unfinished.c_str(), path.c_str()) != 0) failure = errno;
  if (failure != 0) {
    std::remove(unfinished.c_str());
    return std::unexpected(error_of(path, failure));
  }
  bytes_ += entry.bytes;
  entries_[number] = std::move(entry);
  return {};
}

std::optional<std::uint64_t> SinkSpool::oldest() const {
  if (entries_.empty()) return std::nullopt;
  return entries_.begin()->first;
}

std::expected<std::optional<SinkBatch>, Error> SinkSpool::read(std::uint64_t number) {
  const auto entry = entries_.find(number);
  if (entry == entries_.end()) return std::nullopt;
  const std::string path = path_of(number, entry->second);
  const auto text = read_whole(path);
  if (!text && text.error() != ENOENT) return std::unexpected(error_of(path, text.error()));
  SinkBatch batch = make_batch(lines_of(text.value_or("")));
  if (batch.id == entry->second.id && batch.lines.size() == entry->second.records) return batch;
  drop(number);
  return std::nullopt;
}

void SinkSpool::remove(std::uint64_t number) {
  const auto entry = entries_.find(number);
  if (entry == entries_.end()) return;
  std::remove(path_of(number, entry->second).c_str());
  bytes_ -= entry->second.bytes;
  entries_.erase(entry);
}

void SinkSpool::drop(std::uint64_t number) {
  dropped_ += entries_[number].records;
  remove(number);
}

std::string SinkSpool::path_of(std::uint64_t number, const Entry& entry) const {
  return fmt::format("{}/{:016}-{}-{}{}", folder_, number, entry.records, entry.id, kEnding);
}

}  // namespace lastframe::sinks
