#include "settings/admin.h"

#include <doctest/doctest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "settings/reading.h"
#include "support/temporary_folder.h"

namespace lastframe::settings {
namespace {

using test::TemporaryFolder;

// A file that only its owner may read, unless `mode` says otherwise.
std::string file_with(const TemporaryFolder& folder, const std::string& text,
                      unsigned mode = 0600) {
  const std::string path = folder.file("token");
  std::ofstream(path) << text;
  std::filesystem::permissions(path, std::filesystem::perms(mode));
  return path;
}

TEST_CASE("the admin port is off unless an address is given") {
  for (const char* text : {"", "admin: off", "admin: {}", "admin: {listen: off}"}) {
    CAPTURE(text);
    CHECK(settings_from(with_top(text)).admin == admin::Options{});
  }
}

TEST_CASE("every key of admin is taken") {
  const TemporaryFolder folder;
  const std::string path = file_with(folder, "0123456789abcdef\n");
  const auto options = settings_from(with_top("admin: {listen: \":9464\", token_file: " + path +
                                              ", public: [/metrics, /readyz]}"))
                           .admin;
  CHECK(options.listen == net::Address(net::TcpAddress{"", 9464}));
  CHECK(options.token == "0123456789abcdef");
  CHECK(options.public_paths == std::vector<std::string>{"/metrics", "/readyz"});
  CHECK(settings_from(with_top("admin: {listen: unix:/a}")).admin.listen ==
        net::Address(net::UnixPath{"/a"}));
  CHECK(settings_from(with_top("admin: {listen: 127.0.0.1:0, token_file: null}")).admin.token ==
        "");
  CHECK(settings_from(with_top("admin: {public: []}")).admin.public_paths.empty());
}

TEST_CASE("a token file's path begins at the folder of the configuration") {
  const TemporaryFolder folder;
  file_with(folder, "0123456789abcdef");
  const auto settings = read_settings(with_top("admin: {listen: 0.0.0.0:1, token_file: token}"),
                                      folder.file("lastframe.yaml"));
  REQUIRE(settings);
  CHECK(settings->admin.token == "0123456789abcdef");
}

TEST_CASE("mistakes of admin say what would be right") {
  const auto rows = std::to_array<MistakeRow>({
      {"admin: 127.0.0.1:9464",
       "2: admin: a single value stands here; write off, or keys such as {listen: 127.0.0.1:9464}"},
      {"admin: {listen: 9464}", "2: admin.listen: "},
      {"admin: {listen: on}", "2: admin.listen: "},
      {"admin: {listen: http://127.0.0.1:9464}", "2: admin.listen: "},
      {"admin: {listen: 127.0.0.1:80}",
       "2: admin.listen: the listener \"default\" has this address; choose another one"},
      {"admin: {listen: 0.0.0.0:9464}",
       "2: admin.listen: others reach this address, and no token is asked for; name one by admin: "
       "{token_file: FILE}"},
      {"admin: {listen: \":9464\"}", "2: admin.listen: others reach this address"},
      {"admin: {listen: \"[::]:9464\", token_file: null}",
       "2: admin.listen: others reach this address"},
      {"admin: {token_file: /nonexistent}", "2: admin.token_file: \"/nonexistent\" cannot be read"},
      {"admin: {token_file: /}", "2: admin.token_file: \"/\" is not a file"},
      {"admin: {public: /healthz}", "2: admin.public: a single value stands here"},
      {"admin: {public: [/api/v1/sessions]}",
       "2: admin.public[0]: \"/api/v1/sessions\" is not known here; write one of /healthz, "
       "/readyz, /metrics"},
      {"admin: {public: [/health]}",
       "2: admin.public[0]: \"/health\" is not known here; did you mean /healthz?"},
      {"admin: {tokenfile: a}", "2: admin.tokenfile: this key is not known; did you mean"},
  });
  for (const MistakeRow& row : rows) check_mistakes(with_top(row.text), row.said);
}

TEST_CASE("a token is long, one word, and not for everybody to read") {
  struct Row {
    std::string text;
    unsigned mode;
    std::string_view said;
  };
  const auto rows = std::to_array<Row>({
      {"0123456789abcdef", 0600, ""},
      {"0123456789abcdef\r\n", 0640, ""},
      {"0123456789abcde\n", 0600, "holds 15 bytes; a token has 16 or more"},
      {"", 0600, "holds 0 bytes"},
      {"0123456789 abcdef", 0600, "holds more than one word of ASCII"},
      {"0123456789\nabcdef", 0600, "holds more than one word of ASCII"},
      {"0123456789abcd\xC3\xA9", 0600, "holds more than one word of ASCII"},
      {"0123456789abcdef", 0644, "every user of this machine can read or change"},
      {"0123456789abcdef", 0602, "every user of this machine can read or change"},
  });
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CAPTURE(row.mode);
    const TemporaryFolder folder;
    const std::string path = file_with(folder, row.text, row.mode);
    const std::string found = mistakes_of(with_top("admin: {token_file: " + path + "}"));
    CHECK(found.empty() == row.said.empty());
    CHECK(found.contains(row.said));
    if (row.text.size() > 8) CHECK_FALSE(found.contains(row.text.substr(0, 8)));  // never shown
  }
}

}  // namespace
}  // namespace lastframe::settings
