#include "cli/proxy_settings.h"

#include <doctest/doctest.h>

#include "support/temporary_file.h"

namespace lastframe::cli {
namespace {

constexpr const char* kFile =
    "listeners: [{name: chat, listen: \"127.0.0.1:0\", upstream: ws://h}]\n"
    "workers: 2\n"
    "log: {file: a.jsonl, format: text, level: messages, starts: true}\n";

TEST_CASE("a listener given by flags is called default, and all else has its default") {
  const DirectListener direct{net::TcpAddress{"127.0.0.1", 0}, net::TcpAddress{"h", 80}};
  const auto found = settings_for({direct, {}, std::nullopt});
  settings::Settings expected;
  net::ListenerOptions listener;
  listener.name = "default";
  listener.listen = direct.listen;
  listener.upstreams = {direct.upstream};
  expected.relay.listeners = {listener};
  REQUIRE(found.has_value());
  REQUIRE(found->relay.catalogue != nullptr);
  expected.relay.catalogue = found->relay.catalogue;
  CHECK(*found == expected);
}

TEST_CASE("what no flag names is as the file says") {
  const TemporaryFile file(kFile);
  const auto found = settings_for({ConfigFile{file.path()}, {}, std::nullopt});
  REQUIRE(found.has_value());
  CHECK(found->relay.listeners.at(0).name == "chat");
  CHECK(found->relay.workers == 2);
  CHECK(found->relay.catalogue != nullptr);
  CHECK(found->log ==
        output::LogOptions{"a.jsonl", output::LogFormat::text, output::LogLevel::messages, true});
}

TEST_CASE("each flag overrides the file") {
  const TemporaryFile file(kFile);
  const LogOverrides log{"-", output::LogLevel::frames, output::LogFormat::json};
  const auto found = settings_for({ConfigFile{file.path()}, log, 0});
  REQUIRE(found.has_value());
  CHECK(found->relay.workers == 0);
  CHECK(found->log ==
        output::LogOptions{"-", output::LogFormat::json, output::LogLevel::frames, true});
}

TEST_CASE("the admin port is off, where the file says, or where the flag says") {
  const DirectListener direct{net::TcpAddress{"127.0.0.1", 0}, net::TcpAddress{"h", 80}};
  const net::TcpAddress local{"127.0.0.1", 9464};
  CHECK(settings_for({direct, {}, {}})->admin.listen == std::nullopt);
  const auto on = settings_for({direct, {}, {}, AdminOverride{local}});
  REQUIRE(on);
  CHECK(on->admin.listen == net::Address(local));
  CHECK(on->relay.limits.reserved_descriptors > 0);

  const TemporaryFile file(std::string(kFile) + "admin: {listen: \"127.0.0.1:9464\"}\n");
  CHECK(settings_for({ConfigFile{file.path()}, {}, {}})->admin.listen == net::Address(local));
  CHECK(settings_for({ConfigFile{file.path()}, {}, {}, AdminOverride{}})->admin.listen ==
        std::nullopt);
}

TEST_CASE("the flag opens no address to others without a token") {
  const DirectListener direct{net::TcpAddress{"127.0.0.1", 0}, net::TcpAddress{"h", 80}};
  const auto found = settings_for({direct, {}, {}, AdminOverride{net::TcpAddress{"", 9464}}});
  REQUIRE_FALSE(found);
  CHECK(found.error().at(0).where == "--admin :9464");
  CHECK(found.error().at(0).remedy.contains("token_file"));
}

TEST_CASE("a file with mistakes gives all of them") {
  const TemporaryFile file("workers: 0\nworker: 1\n");
  const auto found = settings_for({ConfigFile{file.path()}, {}, 4});
  REQUIRE_FALSE(found.has_value());
  CHECK(found.error().size() == 3);
}

}  // namespace
}  // namespace lastframe::cli
