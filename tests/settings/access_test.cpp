#include "settings/access.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <array>
#include <string>
#include <vector>

#include "settings/reading.h"
#include "support/temporary_file.h"
#include "support/temporary_folder.h"

namespace lastframe::settings {
namespace {

std::string with_access(std::string_view keys) {
  return "listeners: [{listen: \"127.0.0.1:80\", mode: forward, access: " + std::string(keys) +
         "}]\n";
}

TEST_CASE("access takes each of its keys, and the file of credentials") {
  const TemporaryFile file(
      "# who may\n"
      "ann:secret\n"
      "\n"
      "  \t\n"
      "bob:with:colons and blanks \r\n"
      "#eve:commented out\n"
      "last:without-end");
  const auto rules =
      settings_from(with_access("{clients: [10.0.0.0/8, \"::1\"], destinations: [a.example, "
                                "\"*.example:443\"], open: false, credentials_file: \"" +
                                file.path() + "\"}"))
          .relay.listeners.at(0)
          .access;
  net::AccessRules expected;
  expected.clients = {"10.0.0.0/8", "::1"};
  expected.destinations = {"a.example", "*.example:443"};
  expected.credentials = {"ann:secret", "bob:with:colons and blanks ", "last:without-end"};
  CHECK(rules == expected);
}

TEST_CASE("access has defaults, which can be written out") {
  const net::AccessRules nobody_is_asked;
  for (const std::string_view keys :
       {"{}", "{clients: [], destinations: [], credentials_file: off, open: false}"}) {
    CHECK(settings_from(with_access(keys)).relay.listeners.at(0).access == nobody_is_asked);
  }
}

TEST_CASE("a relative path of credentials begins at the folder of the configuration") {
  const test::TemporaryFolder folder;
  const TemporaryFile file("ann:secret\n");
  REQUIRE(rename(file.path().c_str(), folder.file("users").c_str()) == 0);
  const auto settings =
      read_settings(with_access("{credentials_file: users}"), folder.file("lastframe.yaml"));
  REQUIRE(settings.has_value());
  CHECK(settings->relay.listeners.at(0).access.credentials ==
        std::vector<std::string>{"ann:secret"});
}

TEST_CASE("a mistake in access is told with its line, its key and what would be right") {
  const auto rows = std::to_array<MistakeRow>({
      {"all", ": a single value stands here; write keys such as {clients:"},
      {"{client: []}", ".client: this key is not known; did you mean clients?"},
      {"{clients: 10.0.0.0/8}", ".clients: a single value stands here; write a list"},
      {"{clients: [10.0.0.1/8]}", ".clients[0]: \"10.0.0.1/8\""},
      {"{clients: [localhost]}", ".clients[0]: \"localhost\""},
      {"{destinations: [\"a.example:0\"]}",
       ".destinations[0]: \"a.example:0\" has no port from 1 to 65535; write chat.example:443"},
      {"{destinations: a.example}", ".destinations: a single value stands here"},
      {"{credentials_file: /nonexistent}", ".credentials_file: \"/nonexistent\" cannot be read"},
      {"{credentials_file: /}", ".credentials_file: \"/\" is not a file"},
      {"{open: yes}", ".open: \"yes\" is not true or false"},
  });
  for (const MistakeRow& row : rows) {
    check_mistakes(with_access(row.text), "1: listeners[0].access" + std::string(row.said));
  }
}

TEST_CASE("a bad line of credentials is told by its number, and nothing of it is shown") {
  const std::string long_text(256, 'x');
  struct Row {
    const char* name;
    std::string content;
    std::string_view said;
  };
  const auto rows = std::to_array<Row>({
      {"no colon", "ann:secret\nhunter2\n", "line 2 of "},
      {"no user", ":hunter2\n", "line 1 of "},
      {"no password", "ann:\n", "line 1 of "},
      {"a control character", "ann:hunter2\x01\n", "line 1 of "},
      {"a long user", long_text + ":hunter2\n", "line 1 of "},
      {"a long password", "ann:" + long_text + "\n", "line 1 of "},
      {"nothing at all", "", "names no user; write one user:password a line"},
      {"only comments", "# hunter2\n", "names no user"},
  });
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const TemporaryFile file(row.content);
    const std::string said =
        mistakes_of(with_access("{credentials_file: \"" + file.path() + "\"}"));
    CHECK(said.contains(row.said));
    CHECK_FALSE(said.contains("hunter2"));
    CHECK_FALSE(said.contains("xxx"));
  }
}

TEST_CASE("credentials that everybody on the machine may read are refused") {
  const TemporaryFile file("ann:secret\n");
  const auto said = [&](mode_t mode) {
    chmod(file.path().c_str(), mode);
    return mistakes_of(with_access("{credentials_file: \"" + file.path() + "\"}"));
  };
  CHECK(said(0600) == "");
  CHECK(said(0640) == "");
  CHECK(said(0644) ==
        "1: listeners[0].access.credentials_file: everybody on this machine may read "
        "\"" +
            file.path() + "\"; run chmod o= " + file.path() + "\n");
}

}  // namespace
}  // namespace lastframe::settings
