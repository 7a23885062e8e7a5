#include "diff/capture_file.h"

#include <array>
#include <utility>

namespace lastframe::diff {
namespace {

constexpr std::size_t kReadSize = std::size_t{64} * 1024;

}  // namespace

std::expected<CaptureFile, Error> CaptureFile::open(const std::string& path,
                                                    capture::InputSink& sink,
                                                    capture::TlsKeyLogs* logs) {
  auto file = capture::InputFile::open(path, "capture");
  if (!file) return std::unexpected(std::move(file.error()));
  return CaptureFile(*std::move(file), sink, logs);
}

CaptureFile::CaptureFile(capture::InputFile file, capture::InputSink& sink,
                         capture::TlsKeyLogs* logs)
    : file_(std::move(file)), sink_(sink), logs_(logs) {}

std::expected<bool, Error> CaptureFile::read_on() {
  std::array<std::byte, kReadSize> buffer;
  bool has_read = false;
  while (true) {
    const auto count = file_.read(buffer);
    if (!count) return std::unexpected(count.error());
    if (*count == 0) return has_read;
    has_read = true;
    const auto taken = take(ByteView(buffer).first(*count));
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
  reader_ = capture::make_reader(kind, sink_, logs_);
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
      Error{file_.name(), std::string(what),
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
