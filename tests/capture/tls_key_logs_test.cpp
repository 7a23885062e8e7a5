#include "capture/tls_key_logs.h"

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <vector>

#include "support/temporary_folder.h"

using namespace lastframe;
using capture::Pace;
using capture::SecretLabel;
using capture::TlsKeyLogs;

namespace {

std::string line_of(char random) {
  return "CLIENT_RANDOM " + std::string(64, random) + " " + std::string(96, '0');
}

capture::TlsRandom random_of(unsigned byte) {
  capture::TlsRandom random;
  random.fill(static_cast<std::byte>(byte));
  return random;
}

void append(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::app) << text;
}

}  // namespace

TEST_CASE("key logs of files and of captures are read, several of them") {
  const test::TemporaryFolder folder;
  append(folder.file("a"), line_of('a') + "\n");
  append(folder.file("b"), line_of('b'));
  TlsKeyLogs logs;
  CHECK_FALSE(logs.is_any());
  CHECK(logs.add(folder.file("a")));
  CHECK(logs.add(folder.file("b")));
  logs.take(as_bytes(line_of('c')));
  CHECK(logs.is_any());
  for (const unsigned byte : {0xAAU, 0xBBU, 0xCCU}) {
    CHECK(logs.find(random_of(byte), SecretLabel::master) != nullptr);
    CHECK(logs.find(random_of(byte), SecretLabel::client_traffic) == nullptr);
  }
  CHECK(logs.find(random_of(0xDD), SecretLabel::master) == nullptr);
}

TEST_CASE("a file that cannot be read is an error, and so is standard input") {
  const test::TemporaryFolder folder;
  TlsKeyLogs logs;
  CHECK_FALSE(logs.add(folder.file("none")));
  CHECK_FALSE(logs.add(folder.file("")));
  CHECK_FALSE(logs.add("-"));
}

TEST_CASE("a key log that has grown is read on where a secret is not in it") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("keys");
  append(path, line_of('a') + "\n");
  std::vector<std::string> told;
  TlsKeyLogs logs([&](const Error& error) { told.push_back(to_text(error)); }, Pace::live);
  REQUIRE(logs.add(path));
  CHECK(logs.may_grow());
  CHECK(logs.find(random_of(0xBB), SecretLabel::master) == nullptr);
  // A line that is written in two parts.
  append(path, line_of('b').substr(0, 50));
  CHECK(logs.find(random_of(0xBB), SecretLabel::master) == nullptr);
  append(path, line_of('b').substr(50) + "\n");
  CHECK(logs.find(random_of(0xBB), SecretLabel::master) != nullptr);
  CHECK(told.empty());
}

TEST_CASE("bad lines are told with their numbers, the first ten of each file") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("keys");
  append(path, "# good\nbad\n" + line_of('a') + "\n");
  for (int i = 0; i < 100; ++i) append(path, "worse\n");
  std::vector<std::string> told;
  TlsKeyLogs logs([&](const Error& error) { told.push_back(to_text(error)); });
  REQUIRE(logs.add(path));
  REQUIRE(told.size() == 10);
  CHECK(told[0] == path +
                       ":2: this line of a key log is passed over: it is not LABEL, client "
                       "random and secret");
  CHECK(told[1].starts_with(path + ":4: "));
  CHECK(told[9].ends_with("; so are further ones, without a word"));
  CHECK(logs.find(random_of(0xAA), SecretLabel::master) != nullptr);
}
