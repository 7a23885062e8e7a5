#include "ssl/key_log.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "ssl/client_side.h"
#include "ssl/server_side.h"
#include "support/certificates.h"
#include "support/tls_pair.h"

namespace lastframe::ssl {
namespace {

using test::CertificateFiles;
using test::TlsEnd;

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

TEST_CASE("a handshake's secrets are written, for both legs the same") {
  const CertificateFiles files;
  const std::string path = files.path("keys.log");
  auto log = KeyLog::open(path);
  REQUIRE(log.has_value());
  const auto server_side =
      ServerSide::load({.certificates = {files.pair("a", test::make_certificate({}))}}, *log);
  const auto client_side = ClientSide::load({.is_verified = false}, *log);
  REQUIRE(server_side.has_value());
  REQUIRE(client_side.has_value());
  TlsEnd client(*(*client_side)->begin({"chat.example", "", {}}));
  TlsEnd server(*(*server_side)->begin({"chat.example", "", ""}));
  talk(client, server);
  CHECK(client.is_done());

  struct stat facts{};
  REQUIRE(stat(path.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 07777U) == 0600);
  // draft-ietf-tls-keylogfile section 2.1: a label, the client's random, a secret.
  const auto lines = lines_of(path);
  CHECK(lines.size() % 2 == 0);
  const std::set<std::string> different(lines.begin(), lines.end());
  CHECK(different.size() == lines.size() / 2);
  std::set<std::string> labels;
  for (const std::string& line : lines) {
    std::istringstream words(line);
    std::string label, random, secret;
    words >> label >> random >> secret;
    labels.insert(label);
    CHECK(random.size() == 64);
    CHECK(secret.size() >= 64);
  }
  for (const char* const label :
       {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"}) {
    CHECK(labels.contains(label));
  }
}

TEST_CASE("without a log nothing is written, and a log outlives who opened it") {
  const CertificateFiles files;
  const std::string path = files.path("keys.log");
  SslPointer ssl;
  {
    auto log = KeyLog::open(path);
    const auto side = ClientSide::load({.is_verified = false}, *std::move(log));
    ssl = *(*side)->begin({"chat.example", "", {}});
  }
  TlsEnd client(std::move(ssl));
  const auto server_side =
      ServerSide::load({.certificates = {files.pair("a", test::make_certificate({}))}}, nullptr);
  TlsEnd server(*(*server_side)->begin({"chat.example", "", ""}));
  talk(client, server);
  CHECK(client.is_done());
  CHECK(lines_of(path).size() >= 4);
}

TEST_CASE("lines of several threads stay whole, and those before stay") {
  const CertificateFiles files;
  const std::string path = files.write("keys.log", "before\n");
  const auto log = KeyLog::open(path);
  REQUIRE(log.has_value());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) (*log)->add(std::string(150, static_cast<char>('a' + t)));
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto lines = lines_of(path);
  REQUIRE(lines.size() == 801);
  CHECK(lines[0] == "before");
  for (std::size_t i = 1; i < lines.size(); ++i) {
    CHECK(lines[i] == std::string(150, lines[i][0]));
  }
  CHECK((*log)->lost() == 0);
}

TEST_CASE("a file that others may read, and what is no file, is refused") {
  const CertificateFiles files;
  struct Row {
    std::string name;
    std::string path;
    std::string what;
  };
  const std::string pipe = files.path("pipe");
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const std::string link = files.path("link");
  REQUIRE(symlink(files.write("target", "").c_str(), link.c_str()) == 0);
  for (const Row& row : std::vector<Row>{
           {"all may read it", files.write("all", "", 0644), "may be read by others"},
           {"a group may", files.write("group", "", 0640), "may be read by others"},
           {"no folder", files.path("none/keys.log"), "No such file or directory"},
           {"a folder", files.path(""), "Is a directory"},
           {"a pipe", pipe, "cannot be written"},
           {"a link", link, "cannot be written"},
           {"a device", "/dev/null", "is not a file"},
       }) {
    CAPTURE(row.name);
    const auto log = KeyLog::open(row.path);
    REQUIRE_FALSE(log.has_value());
    CHECK(log.error().what.contains(row.what));
    CHECK_FALSE(log.error().remedy.empty());
  }
}

}  // namespace
}  // namespace lastframe::ssl
