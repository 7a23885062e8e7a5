#include "capture/tls_key_logs.h"

#include <span>
#include <utility>
#include <vector>

namespace lastframe::capture {
namespace {

constexpr std::size_t kReadSize = std::size_t{64} * 1024;

}  // namespace

std::expected<void, Error> TlsKeyLogs::add(const std::string& path) {
  if (path == "-") {
    return std::unexpected(Error{"--key-log", "standard input is for captures", "name a file"});
  }
  auto file = InputFile::open(path, "key log");
  if (!file) return std::unexpected(std::move(file.error()));
  files_.push_back({.file = *std::move(file), .lines = {}});
  return read_on(files_.back());
}

// A last line without its end may go on when the file grows.
std::expected<void, Error> TlsKeyLogs::read_on(File& log) {
  std::vector<std::byte> buffer(kReadSize);
  const auto take = [&](std::uint64_t number, std::string_view text) {
    take_line(log.file.name(), number, text, log.mistakes);
  };
  while (true) {
    const auto count = log.file.read(buffer);
    if (!count) return std::unexpected(count.error());
    if (*count == 0) break;
    log.read += *count;
    log.lines.feed(ByteView(buffer).first(*count), take);
  }
  if (pace_ == Pace::of_file) log.lines.finish(take);
  return {};
}

void TlsKeyLogs::take_line(const std::string& name, std::uint64_t number, std::string_view text,
                           std::uint64_t& mistakes) {
  const KeyLineRead read = read_key_line(text);
  if (read.line) return keys_.add(read.line->random, read.line->label, read.line->secret);
  if (read.mistake.empty() || ++mistakes > kMostTold || !tell_) return;
  tell_({name + ":" + std::to_string(number),
         "this line of a key log is passed over: " + std::string(read.mistake),
         mistakes == kMostTold ? "so are further ones, without a word" : ""});
}

void TlsKeyLogs::take(ByteView key_log) {
  has_taken_ = true;
  KeyLineCutter lines;
  const auto take = [&](std::uint64_t number, std::string_view text) {
    take_line("key log in the capture", number, text, taken_mistakes_);
  };
  lines.feed(key_log, take);
  lines.finish(take);
}

const TlsSecret* TlsKeyLogs::find(const TlsRandom& random, SecretLabel label) {
  for (bool is_again = false;; is_again = true) {
    const TlsSecrets* secrets = keys_.find(random);
    const auto at = static_cast<std::size_t>(label);
    if (secrets != nullptr && (*secrets)[at]) return &*(*secrets)[at];
    if (is_again || !has_grown()) return nullptr;
    for (File& file : files_) static_cast<void>(read_on(file));
  }
}

// Of a file that is no regular one its size is not known, and it was read to its end.
bool TlsKeyLogs::has_grown() {
  for (const File& file : files_) {
    if (file.file.size() > file.read) return true;
  }
  return false;
}

}  // namespace lastframe::capture
