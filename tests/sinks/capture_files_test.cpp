#include "sinks/capture_files.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "support/temporary_folder.h"

namespace lastframe::sinks {
namespace {

namespace fs = std::filesystem;

// By name: as they were made.
std::vector<std::string> files_of(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path().string());
  std::ranges::sort(files);
  return files;
}

std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

struct Made {
  explicit Made(std::uint64_t file_size, std::uint64_t keep)
      : files(folder.file(""), ".lfr", file_size, keep, [] { return std::string("HEAD"); }) {}

  std::vector<std::string> all() const { return files_of(folder.file("")); }

  test::TemporaryFolder folder;
  CaptureFiles files;
};

// No file may grow beyond `bytes` while it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    old_ = signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, old_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*old_)(int) = nullptr;
};

TEST_CASE("a file begins with the first write, with its head, readable by its owner alone") {
  Made made(1000, 10'000);
  CHECK(made.all().empty());
  CHECK(made.files.is_new_file_due());
  const mode_t before = umask(0);
  CHECK(made.files.write("one").has_value());
  umask(before);
  CHECK(made.files.write("two").has_value());
  CHECK_FALSE(made.files.is_new_file_due());
  REQUIRE(made.all().size() == 1);
  CHECK(content(made.all()[0]) == "HEADonetwo");
  struct stat facts{};
  REQUIRE(stat(made.all()[0].c_str(), &facts) == 0);
  CHECK((facts.st_mode & 07777) == 0600);
  CHECK(fs::path(made.all()[0]).filename().string().starts_with("lastframe-"));
}

TEST_CASE("a full file is followed by the next one, and no write is torn in two") {
  Made made(10, 10'000);
  for (const char* const bytes : {"123456", "abcdef", "ABCDEF"}) {
    CHECK(made.files.write(bytes).has_value());
  }
  const auto all = made.all();
  REQUIRE(all.size() == 3);
  CHECK(content(all[0]) == "HEAD123456");
  CHECK(content(all[1]) == "HEADabcdef");
  CHECK(content(all[2]) == "HEADABCDEF");
}

TEST_CASE("the oldest are removed when all together are too large; other files are nobody's") {
  Made made(100, 350);
  for (const char* const name : {"notes.txt", "lastframe-1.har", "other-1.lfr"}) {
    std::ofstream(made.folder.file(name)) << std::string(1000, 'n');
  }
  // Sorts before all that are made.
  std::ofstream(made.folder.file("lastframe-00000000T000000Z-1-000.lfr")) << std::string(90, 'o');
  for (int i = 0; i < 20; ++i) {
    CHECK(made.files.write(std::string(96, static_cast<char>('a' + i))).has_value());
  }
  std::vector<std::string> own;
  for (const std::string& path : made.all()) {
    if (fs::path(path).filename().string().starts_with("lastframe-2")) own.push_back(path);
  }
  REQUIRE(own.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(content(own[i])[4] == static_cast<char>('r' + i));
  CHECK_FALSE(fs::exists(made.folder.file("lastframe-00000000T000000Z-1-000.lfr")));
  for (const char* const name : {"notes.txt", "lastframe-1.har", "other-1.lfr"}) {
    CHECK(fs::exists(made.folder.file(name)));
  }
}

TEST_CASE("a disk without room is an error, and the file is gone on with once there is room") {
  Made made(1000, 10'000);
  REQUIRE(made.files.write("before").has_value());
  {
    const FileSizeLimit full(12);
    const auto done = made.files.write("much too much");
    REQUIRE_FALSE(done.has_value());
    CHECK(fs::equivalent(done.error().where, made.all()[0]));
    CHECK(done.error().what == "File too large");
    CHECK(done.error().remedy == "captures need a folder that this user may write, with room");
    CHECK_FALSE(made.files.is_new_file_due());
  }
  CHECK(made.files.write("after").has_value());
  REQUIRE(made.all().size() == 1);
  CHECK(content(made.all()[0]) == "HEADbeforeafter");
}

TEST_CASE("a folder that is gone is an error each time, and its return is noticed") {
  Made made(1000, 10'000);
  const std::string folder = made.folder.file("");
  fs::remove_all(folder);
  for (int i = 0; i < 2; ++i) {
    const auto done = made.files.write("x");
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().what == "No such file or directory");
  }
  fs::create_directory(folder);
  CHECK(made.files.write("x").has_value());
  CHECK(made.all().size() == 1);
}

}  // namespace
}  // namespace lastframe::sinks
