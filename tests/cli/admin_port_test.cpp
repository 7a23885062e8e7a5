#include "cli/admin_port.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "support/temporary_folder.h"

namespace lastframe::cli {
namespace {

TEST_CASE("where the port is off nothing is bound") {
  const auto port = AdminPort::open({});
  REQUIRE(port);
  CHECK_FALSE((*port)->is_on());
}

TEST_CASE("a second port at the same address is refused, with what to do") {
  const test::TemporaryFolder folder;
  admin::Options options;
  options.listen = net::UnixPath{folder.file("admin.sock")};
  const auto first = AdminPort::open(options);
  REQUIRE(first);
  CHECK((*first)->is_on());
  const auto second = AdminPort::open(options);
  REQUIRE_FALSE(second);
  CHECK(second.error().where == "admin unix:" + folder.file("admin.sock"));
  CHECK_FALSE(second.error().what.empty());
}

TEST_CASE("others than owner and group cannot connect to the socket file") {
  const test::TemporaryFolder folder;
  admin::Options options;
  options.listen = net::UnixPath{folder.file("admin.sock")};
  const auto port = AdminPort::open(options);
  REQUIRE(port);
  struct stat file{};
  REQUIRE(stat(folder.file("admin.sock").c_str(), &file) == 0);
  CHECK((file.st_mode & 0007) == 0);
}

}  // namespace
}  // namespace lastframe::cli
