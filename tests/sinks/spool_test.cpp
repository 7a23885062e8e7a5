#include "sinks/spool.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/temporary_folder.h"

namespace lastframe::sinks {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<SinkSpool> opened(const std::string& folder, std::uint64_t most = 1'000'000) {
  auto spool = SinkSpool::open(folder, most);
  REQUIRE(spool.has_value());
  return *std::move(spool);
}

SinkBatch batch(std::string text) { return make_batch({std::move(text), "second"}); }

std::vector<fs::path> files_in(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& file : fs::directory_iterator(folder)) {
    if (file.path().extension() == ".jsonl") files.push_back(file.path());
  }
  std::ranges::sort(files);
  return files;
}

TEST_CASE("batches come back in their order, whole, after a restart too") {
  const test::TemporaryFolder folder;
  const std::string place = folder.file("a/b");
  {
    const auto spool = opened(place);
    CHECK_FALSE(spool->oldest().has_value());
    const auto first = spool->next_number();
    const auto second = spool->next_number();
    REQUIRE(spool->add(second, batch("two"), {}).has_value());
    REQUIRE(spool->add(first, batch("one"), {}).has_value());
    CHECK(spool->oldest() == first);
    CHECK(**spool->read(first) == batch("one"));
    CHECK(spool->bytes() == 22);  // two lines each, with their ends
  }
  const auto spool = opened(place);
  CHECK(spool->bytes() == 22);
  const auto oldest = spool->oldest();
  REQUIRE(oldest.has_value());
  CHECK(**spool->read(*oldest) == batch("one"));
  spool->remove(*oldest);
  CHECK(**spool->read(*spool->oldest()) == batch("two"));
  CHECK(spool->next_number() > *spool->oldest());
  spool->remove(*spool->oldest());
  CHECK(spool->bytes() == 0);
  CHECK(files_in(place).empty());
  CHECK(spool->dropped_records() == 0);
}

TEST_CASE("nobody else may read the folder and its files") {
  const test::TemporaryFolder folder;
  const auto spool = opened(folder.file("spool"));
  REQUIRE(spool->add(spool->next_number(), batch("one"), {}).has_value());
  struct stat facts{};
  REQUIRE(stat(folder.file("spool").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0700);
  REQUIRE(stat(files_in(folder.file("spool"))[0].c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
}

TEST_CASE("the oldest give way, but for the one that is on its way") {
  const test::TemporaryFolder folder;
  const auto spool = opened(folder.file("spool"), 40);  // three batches of 11 bytes
  for (int i = 0; i < 3; ++i) REQUIRE(spool->add(spool->next_number(), batch("one"), {}));
  REQUIRE(spool->add(spool->next_number(), batch("two"), 1).has_value());
  CHECK(spool->dropped_records() == 2);
  CHECK(spool->oldest() == 1);
  CHECK_FALSE(spool->read(2)->has_value());
  CHECK(**spool->read(3) == batch("one"));
  REQUIRE(spool->add(spool->next_number(), batch("two"), {}).has_value());
  CHECK(spool->dropped_records() == 4);
  CHECK(spool->oldest() == 3);
  CHECK(spool->bytes() == 33);
  CHECK(files_in(folder.file("spool")).size() == 3);
  // What is larger than the whole spool is lost, and counted as well.
  REQUIRE(spool->add(spool->next_number(), batch(std::string(50, 'x')), {}).has_value());
  CHECK(spool->bytes() <= 40);
  CHECK(spool->dropped_records() == 4 + 6 + 2);
}

TEST_CASE("a damaged file is dropped and counted, and reading goes on behind it") {
  struct Row {
    const char* name;
    void (*damage)(const fs::path& file);
  };
  const Row rows[] = {
      {"a byte is another",
       [](const fs::path& file) {
         std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
         stream.seekp(1);
         stream.put('X');
       }},
      {"its end is missing", [](const fs::path& file) { fs::resize_file(file, 5); }},
      {"it is empty", [](const fs::path& file) { fs::resize_file(file, 0); }},
      {"it is longer",
       [](const fs::path& file) { std::ofstream(file, std::ios::app) << "more\n"; }},
      {"it is gone", [](const fs::path& file) { fs::remove(file); }},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const test::TemporaryFolder folder;
    const auto spool = opened(folder.file("spool"));
    REQUIRE(spool->add(1, batch("one"), {}).has_value());
    REQUIRE(spool->add(2, batch("two"), {}).has_value());
    row.damage(files_in(folder.file("spool"))[0]);
    const auto read = spool->read(1);
    REQUIRE(read.has_value());
    CHECK_FALSE(read->has_value());
    CHECK(spool->dropped_records() == 2);
    CHECK(spool->oldest() == 2);
    CHECK(**spool->read(2) == batch("two"));
    CHECK(files_in(folder.file("spool")).size() == 1);
  }
}

TEST_CASE("files of others are left alone, and a write that was cut off leaves nothing") {
  const test::TemporaryFolder folder;
  const std::string place = folder.file("spool");
  fs::create_directories(place);
  const char* const others[] = {"notes.txt", "1-2.jsonl", "a-1-0123456789abcdef.jsonl",
                                "1-1-0123456789abcdex.jsonl", "1-1-01.jsonl"};
  for (const char* name : others) std::ofstream(place + "/" + name) << "x";
  std::ofstream(place + "/unfinished") << "{\"half";
  const auto spool = opened(place);
  CHECK_FALSE(spool->oldest().has_value());
  for (const char* name : others) CHECK(fs::exists(place + "/" + name));
  CHECK_FALSE(fs::exists(place + "/unfinished"));
}

TEST_CASE("a folder that cannot be used is an error that says which and why") {
  const test::TemporaryFolder folder;
  std::ofstream(folder.file("file")) << "x";
  const auto no_folder = SinkSpool::open(folder.file("file/spool"), 1000);
  REQUIRE_FALSE(no_folder.has_value());
  CHECK(no_folder.error().where == folder.file("file/spool"));
  const auto first = opened(folder.file("spool"));
  const auto second = SinkSpool::open(folder.file("spool"), 1000);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().what == "another process uses this spool");
  // A disk that takes nothing: the folder is gone.
  fs::remove_all(folder.file("spool"));
  CHECK_FALSE(first->add(1, batch("one"), {}).has_value());
  CHECK(first->bytes() == 0);
  CHECK(first->dropped_records() == 0);
}

}  // namespace
}  // namespace lastframe::sinks
