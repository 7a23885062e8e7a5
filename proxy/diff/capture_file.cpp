#include "diff/capture_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/base/words.h"

namespace lastframe::diff {
namespace {

constexpr std::size_t kReadSize = std::size_t{64} * 1024;

std::unexpected<Error> unreadable(const std::string& name, int code) {
  const char* const remedy = code == EISDIR   ? "name the files in it"
                             : code == ENOENT ? "look at the spelling of its name"
                             : code == EACCES ? "read it as a user who may"
                                              : "";
  return std::unexpected(
      Error{name, fmt::format("this capture cannot be read: {}", std::strerror(code)), remedy});
}

}  // namespace

std::expected<CaptureFile, Error> CaptureFile::open(const std::string& path,
                                                    capture::InputSink& sink) {
  const bool is_input = path == "-";
  const std::string name = is_input ? "standard input" : printable(path, 300);
  const int descriptor =
      is_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0) return unreadable(name, errno);
  return CaptureFile(descriptor, !is_input, name, sink);
}

CaptureFile::CaptureFile(int descriptor, bool is_ours, std::string name, capture::InputSink& sink)
    : descriptor_(descriptor), is_ours_(is_ours), name_(std::move(name)), sink_(sink) {}

CaptureFile::CaptureFile(CaptureFile&& other) noexcept
    : descriptor_(other.descriptor_),
      is_ours_(std::exchange(other.is_ours_, false)),
      name_(std::move(other.name_)),
      sink_(other.sink_),
      reader_(std::move(other.reader_)),
      beginning_(std::move(other.beginning_)) {}

CaptureFile::~CaptureFile() {
  if (is_ours_) ::close(descriptor_);
}

std::expected<bool, Error> CaptureFile::read_on() {
  std::array<std::byte, kReadSize> buffer;
  bool has_read = false;
  while (true) {
    const ssize_t count = ::read(descriptor_, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unreadable(name_, errno);
    if (count == 0) return has_read;
    has_read = true;
    const auto taken = take(ByteView(buffer).first(static_cast<std::size_t>(count)));
    if (!taken) return std::unexpected(taken.error());
  }
}

std::expected<void, Error> CaptureFile::take(ByteView bytes) {
  if (reader_) {
    reader_->feed(bytes);
    return {};
  }
  beginning_.insert(beginning_.end(), bytes.begin(), bytes.end());
  return choose_reader(false);
}

std::expected<void, Error> CaptureFile::choose_reader(bool is_end) {
  const auto kind = capture::kind_of(beginning_);
  using capture::FileKind;
  if (kind == FileKind::recording) reader_ = capture::make_recording_reader(sink_);
  if (kind == FileKind::pcap || kind == FileKind::pcapng) {
    reader_ = capture::make_packet_reader(sink_);
  }
  if (kind == FileKind::har) reader_ = capture::make_har_reader(sink_);
  if (reader_) {
    reader_->feed(beginning_);
    beginning_ = {};
    return {};
  }
  const bool may_come = kind == FileKind::unknown && beginning_.size() < capture::kKindWindow;
  if (may_come && !is_end) return {};
  const std::string_view what =
      kind == FileKind::log ? "this is a session log: it has no frames that could be compared"
      : beginning_.empty()  ? "this capture is empty"
                            : "this is no capture";
  return std::unexpected(
      Error{name_, std::string(what),
            "name a packet capture (pcap, pcapng), a HAR or a recording of `lastframe proxy`"});
}

std::expected<void, Error> CaptureFile::finish() {
  if (!reader_) {
    if (auto chosen = choose_reader(true); !chosen) return chosen;
  }
  reader_->finish();
  return {};
}

}  // namespace lastframe::diff
