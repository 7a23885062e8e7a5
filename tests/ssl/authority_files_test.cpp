#include "ssl/authority_files.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <ctime>
#include <string>

#include "ssl/authority.h"
#include "support/certificates.h"
#include "support/temporary_folder.h"

namespace lastframe::ssl {
namespace {

unsigned mode_of(const std::string& path) {
  struct stat facts{};
  REQUIRE(stat(path.c_str(), &facts) == 0);
  return facts.st_mode & 07777U;
}

TEST_CASE("an authority that was made can be loaded, and nobody else can read its key") {
  const test::TemporaryFolder folder;
  const KeyPairFiles files = authority_files(folder.file("x/y"));
  const std::int64_t now = std::time(nullptr);
  REQUIRE(create_authority(files, Existing::is_kept, now).has_value());
  CHECK(mode_of(folder.file("x/y")) == 0700);
  CHECK(mode_of(files.key) == 0600);
  CHECK((mode_of(files.certificate) & 0400U) != 0);
  CHECK(Authority::load(files).has_value());
  const auto facts = read_authority_facts(files.certificate);
  REQUIRE(facts.has_value());
  CHECK(facts->subject.starts_with("CN=Lastframe local CA "));
  CHECK(facts->not_before <= now);
  CHECK(facts->not_after > now + 3600 * test::kDay);
}

TEST_CASE("one of the two files is enough to be there already") {
  for (const bool is_key : {false, true}) {
    CAPTURE(is_key);
    const test::CertificateFiles folder;
    const KeyPairFiles files{folder.path("ca.pem"), folder.path("ca-key.pem"), {}};
    folder.write(is_key ? "ca-key.pem" : "ca.pem", "mine");
    const auto made = create_authority(files, Existing::is_kept, std::time(nullptr));
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().what == "there is one already");
    struct stat facts{};
    CHECK(stat((is_key ? files.certificate : files.key).c_str(), &facts) != 0);
  }
}

TEST_CASE("a link that waits for the key is not followed") {
  const test::CertificateFiles folder;
  const KeyPairFiles files{folder.path("ca.pem"), folder.path("ca-key.pem"), {}};
  const std::string elsewhere = folder.path("elsewhere");
  REQUIRE(symlink(elsewhere.c_str(), files.key.c_str()) == 0);
  CHECK_FALSE(create_authority(files, Existing::is_kept, std::time(nullptr)).has_value());
  CHECK(create_authority(files, Existing::is_replaced, std::time(nullptr)).has_value());
  struct stat facts{};
  CHECK(stat(elsewhere.c_str(), &facts) != 0);
  CHECK(mode_of(files.key) == 0600);
}

TEST_CASE("a directory that cannot be made is a mistake") {
  const test::CertificateFiles folder;
  folder.write("file", "");
  for (const char* const below : {"file", "file/x"}) {
    const auto made = create_authority(authority_files(folder.path(below)), Existing::is_kept,
                                       std::time(nullptr));
    REQUIRE_FALSE(made.has_value());
    CHECK_FALSE(made.error().where.empty());
  }
}

TEST_CASE("the directory is the user's own") {
  CHECK(authority_directory("/x", "/home/a") == "/x/lastframe");
  CHECK(authority_directory(nullptr, "/home/a") == "/home/a/.config/lastframe");
  CHECK(authority_directory("", "/home/a") == "/home/a/.config/lastframe");
  CHECK(authority_directory("relative", "/home/a") == "/home/a/.config/lastframe");
  CHECK(authority_directory(nullptr, nullptr) == "");
  CHECK(authority_directory(nullptr, "") == "");
}

}  // namespace
}  // namespace lastframe::ssl
