#include "sinks/capture_folder.h"

#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "core/base/thread_name.h"
#include "sinks/capture_formats.h"

namespace lastframe::sinks {

CaptureFolder::CaptureFolder(const CaptureOptions& options, std::string program, Say say)
    : options_(options),
      formats_(std::make_unique<CaptureFormats>(options_, std::move(program))),
      say_(std::move(say)),
      thread_([this] { work(); }) {}

CaptureFolder::~CaptureFolder() { finish(); }

std::expected<std::unique_ptr<CaptureFolder>, Error> CaptureFolder::start(
    const CaptureOptions& options, std::string program, Say say) {
  namespace fs = std::filesystem;
  const std::string& folder = options.files.folder;
  std::error_code failure;
  const bool is_made = fs::create_directories(folder, failure);
  if (!failure && is_made) fs::permissions(folder, fs::perms::owner_all, failure);
  if (!failure && !fs::is_directory(folder, failure)) {
    failure = std::make_error_code(std::errc::not_a_directory);
  }
  if (failure) {
    return std::unexpected(Error{"capture: folder: " + folder, failure.message(),
                                 "name a folder that this user may write"});
  }
  return std::unique_ptr<CaptureFolder>(
      new CaptureFolder(options, std::move(program), std::move(say)));
}

bool CaptureFolder::take(std::string blocks) {
  const std::size_t size = blocks.size();
  return push(std::move(blocks), size);
}

void CaptureFolder::on_record(const session::SessionReport* report, std::string_view json) {
  if (report == nullptr || !report->recording) return;
  const bool is_taken = push(
      Recorded{.recording = report->recording, .json = std::string(json), .texts = report->texts},
      json.size());
  if (!is_taken) ++dropped_;
}

bool CaptureFolder::push(Item item, std::size_t size) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_ + size > kLongestQueue || is_stopping_) return false;
    waiting_ += size;
    items_.push_back(std::move(item));
  }
  has_work_.notify_one();
  return true;
}

void CaptureFolder::finish() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  has_work_.notify_one();
  if (!thread_.joinable()) return;
  thread_.join();
  if (const auto ended = formats_->finish(); !ended && !has_failed_) say_(to_text(ended.error()));
}

void CaptureFolder::work() {
  name_thread("captures");
  while (true) {
    std::vector<Item> items;
    {
      std::unique_lock lock(mutex_);
      has_work_.wait(lock, [this] { return is_stopping_ || !items_.empty(); });
      if (items_.empty()) return;
      items.swap(items_);
      waiting_ = 0;
    }
    for (const Item& item : items) write(item);
  }
}

void CaptureFolder::write(const Item& item) {
  const auto* const recorded = std::get_if<Recorded>(&item);
  std::string blocks;
  if (recorded != nullptr) {
    blocks = recorded->recording->last_blocks(recorded->json, &recorded->texts);
  }
  const auto done = formats_->write(recorded != nullptr ? blocks : std::get<std::string>(item));
  if (recorded != nullptr) ++(done ? written_ : dropped_);
  const bool had_failed = std::exchange(has_failed_, !done);
  if (!done && !had_failed) say_(to_text(done.error()));
}

}  // namespace lastframe::sinks
