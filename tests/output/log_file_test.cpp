#include "output/log_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include "support/temporary_folder.h"

namespace lastframe::output {
namespace {

using std::chrono::milliseconds;
using test::TemporaryFolder;

std::string content_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

LogFile opened(const std::string& path) {
  auto file = LogFile::open(path);
  REQUIRE(file.has_value());
  return std::move(*file);
}

// The path of a descriptor of this process, so that a LogFile can be given one end of a pipe.
std::string path_of(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

struct Pipe {
  std::array<int, 2> fds{};
  Pipe() { REQUIRE(pipe2(fds.data(), O_CLOEXEC) == 0); }
  ~Pipe() {
    close_reader();
    close(fds[1]);
  }
  void close_reader() {
    if (fds[0] >= 0) close(std::exchange(fds[0], -1));
  }
};

TEST_CASE("lines are appended to what a file holds") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.log");
  for (int i = 0; i < 2; ++i) {
    LogFile file = opened(path);
    file.add("one\n");
    file.add("two\n");
    CHECK(file.is_waiting());
    file.flush(milliseconds(1000));
    CHECK_FALSE(file.is_waiting());
    CHECK(file.dropped_lines() == 0);
    CHECK_FALSE(file.is_terminal());
  }
  CHECK(content_of(path) == "one\ntwo\none\ntwo\n");
}

TEST_CASE("a new file may be read by owner and group only") {
  const TemporaryFolder folder;
  const mode_t before = umask(0);
  opened(folder.file("a.log"));
  umask(before);
  struct stat status{};
  REQUIRE(stat(folder.file("a.log").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0640);
}

TEST_CASE("a file that cannot be opened is an error with its path") {
  const auto file = LogFile::open("/no/such/folder/a.log");
  REQUIRE_FALSE(file.has_value());
  CHECK(file.error().where == "log file /no/such/folder/a.log");
  CHECK(file.error().what == "No such file or directory");
  CHECK_FALSE(file.error().remedy.empty());
}

TEST_CASE("a full disk loses nothing at once, and whole lines when too much waits") {
  LogFile file = opened("/dev/full");
  file.add("one\n");
  file.flush(milliseconds(100));
  CHECK(file.is_waiting());
  CHECK(file.dropped_lines() == 0);
  const std::string lines(1 << 20, '\n');
  for (int i = 0; i < 20; ++i) {
    file.add(lines);
    file.flush(milliseconds(0));
  }
  // 16 MiB may wait; the first line is among them.
  CHECK(file.dropped_lines() >= 4u << 20);
  CHECK(file.dropped_lines() <= 5u << 20);
}

TEST_CASE("a pipe whose reader is gone loses nothing but lines") {
  std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  LogFile file = opened(path_of(pipe.fds[1]));
  pipe.close_reader();
  file.add("one\n");
  file.flush(milliseconds(100));
  CHECK(file.is_waiting());
}

TEST_CASE("a pipe that nobody reads holds up no longer than asked, and is written on later") {
  Pipe pipe;
  LogFile file = opened(path_of(pipe.fds[1]));
  std::string lines;
  for (int i = 0; i < 100'000; ++i) lines += "line " + std::to_string(i) + "\n";
  file.add(lines);
  const auto begin = std::chrono::steady_clock::now();
  file.flush(milliseconds(50));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
  CHECK(file.is_waiting());
  std::string read_back;
  std::array<char, 65536> room;
  while (read_back.size() < lines.size()) {
    const ssize_t size = read(pipe.fds[0], room.data(), room.size());
    REQUIRE(size > 0);
    read_back.append(room.data(), static_cast<std::size_t>(size));
    file.flush(milliseconds(10));
  }
  CHECK(read_back == lines);
  CHECK_FALSE(file.is_waiting());
  CHECK(file.dropped_lines() == 0);
}

TEST_CASE("what does not fit is dropped by lines, not by batches") {
  Pipe pipe;
  LogFile file = opened(path_of(pipe.fds[1]));
  const std::string line = std::string(1023, 'x') + "\n";
  std::string lines;
  for (int i = 0; i < 20 * 1024; ++i) lines += line;  // 20 MiB
  file.add(lines);
  CHECK(file.dropped_lines() == 4 * 1024);
  CHECK(file.is_waiting());
}

TEST_CASE("after a rotation lines go to the new file") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.log");
  LogFile file = opened(path);
  file.add("before\n");
  file.flush(milliseconds(1000));
  std::filesystem::rename(path, folder.file("a.log.1"));
  file.add("between\n");
  file.flush(milliseconds(1000));
  REQUIRE(file.reopen().has_value());
  file.add("after\n");
  file.flush(milliseconds(1000));
  CHECK(content_of(folder.file("a.log.1")) == "before\nbetween\n");
  CHECK(content_of(path) == "after\n");
}

TEST_CASE("the rest of a line that was written in part does not open the new file") {
  Pipe pipe;
  LogFile file = opened(path_of(pipe.fds[1]));
  file.add(std::string(std::size_t{256} * 1024, 'x') + "\nnext\n");
  file.flush(milliseconds(20));  // as much as the pipe takes
  REQUIRE(file.is_waiting());
  REQUIRE(file.reopen().has_value());
  CHECK(file.dropped_lines() == 1);
  std::string read_back;
  std::array<char, 65536> room;
  while (!read_back.ends_with("next\n")) {
    const ssize_t size = read(pipe.fds[0], room.data(), room.size());
    REQUIRE(size > 0);
    read_back.append(room.data(), static_cast<std::size_t>(size));
    file.flush(milliseconds(10));
  }
  CHECK(read_back.size() < std::size_t{256} * 1024);
}

TEST_CASE("where a new file cannot be opened the old one stays in use") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("logs"));
  const std::string path = folder.file("logs/a.log");
  LogFile file = opened(path);
  std::filesystem::rename(folder.file("logs"), folder.file("moved"));
  const auto reopened = file.reopen();
  REQUIRE_FALSE(reopened.has_value());
  CHECK(reopened.error().where == "log file " + path);
  file.add("still here\n");
  file.flush(milliseconds(1000));
  CHECK(content_of(folder.file("moved/a.log")) == "still here\n");
}

TEST_CASE("a named pipe without a reader is an error, and blocks nobody") {
  const TemporaryFolder folder;
  const std::string path = folder.file("fifo");
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  CHECK_FALSE(LogFile::open(path).has_value());
  const int reader = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  LogFile file = opened(path);
  file.add("one\n");
  file.flush(milliseconds(1000));
  std::array<char, 16> room{};
  CHECK(read(reader, room.data(), room.size()) == 4);
  close(reader);
}

TEST_CASE("standard output needs no reopening") {
  LogFile file = opened("-");
  CHECK(file.reopen().has_value());
}

}  // namespace
}  // namespace lastframe::output
