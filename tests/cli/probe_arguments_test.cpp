#include "cli/probe_arguments.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace lastframe;
using namespace lastframe::cli;
using namespace std::chrono_literals;

namespace {

template <typename Alternative>
Alternative parsed_as(const std::vector<std::string>& arguments) {
  const auto command = parse_arguments(arguments);
  REQUIRE(command.has_value());
  REQUIRE(std::holds_alternative<Alternative>(*command));
  return std::get<Alternative>(*command);
}

}  // namespace

TEST_CASE("each flag of probe is taken") {
  const auto plain = parsed_as<ProbeCommand>({"probe", "ws://a/x"});
  CHECK(plain.target == *probe::parse_target("ws://a/x"));
  CHECK(plain.timeout == 5s);
  CHECK(plain.is_verified);
  CHECK_FALSE(plain.battery.has_value());
  const auto full = parsed_as<ProbeCommand>(
      {"probe",     "wss://a/",      "--timeout", "250ms",    "--header",   "A: b",      "--header",
       "C: d",      "--subprotocol", "x",         "--origin", "https://o",  "--message", "hi",
       "--connect", "10.0.0.7:443",  "--ca",      "ca.pem",   "--insecure", "--json"});
  CHECK(full.timeout == 250ms);
  CHECK(full.fields == std::vector<probe::Field>{{"A", "b"}, {"C", "d"}});
  CHECK(full.subprotocols == std::vector<std::string>{"x"});
  CHECK(full.origin == "https://o");
  CHECK(full.message == "hi");
  CHECK(full.connect == net::Address(net::TcpAddress{"10.0.0.7", 443}));
  CHECK(full.ca == "ca.pem");
  CHECK_FALSE(full.is_verified);
  CHECK(full.format == PathFormat::json);
}

TEST_CASE("a path test is a probe against an echo") {
  const auto plain = parsed_as<ProbeCommand>({"probe", "--against", "ws://a/"});
  CHECK(plain.battery == BatteryFlags{});
  const auto full = parsed_as<ProbeCommand>({"probe", "--against", "ws://a/", "--find-timeouts",
                                             "--longest", "3s", "--max-size", "1MiB"});
  CHECK(full.battery == BatteryFlags{3s, std::size_t{1} << 20});
  CHECK(parsed_as<ProbeCommand>({"probe", "--against", "ws://a/", "--find-timeouts"})
            .battery->longest == 10min);
}

TEST_CASE("echo listens where it is told to, plain or with both files of TLS") {
  CHECK(parsed_as<EchoCommand>({"echo"}) == EchoCommand{});
  const auto full = parsed_as<EchoCommand>(
      {"echo", "--listen", "unix:/e", "--tls-cert", "c", "--tls-key", "k", "--json"});
  CHECK(full.listen == net::Address(net::UnixPath{"/e"}));
  CHECK(full.tls == ssl::KeyPairFiles{"c", "k"});
  CHECK(full.format == PathFormat::json);
}

TEST_CASE("mistakes say where they are and what would be right") {
  struct Row {
    std::vector<std::string> arguments;
    std::string said;
  };
  for (const Row& row : {
           Row{{"probe"}, "probe needs a URL"},
           Row{{"probe", "http://a"}, "probe: \"http://a\" is no WebSocket URL"},
           Row{{"probe", "ws://a", "--against", "ws://a"}, "--against: two URLs"},
           Row{{"probe", "ws://a", "--find-timeouts"}, "--find-timeouts: this needs an echo"},
           Row{{"probe", "ws://a", "--max-size", "1MiB"}, "--max-size: this needs an echo"},
           Row{{"probe", "--against", "ws://a", "--longest", "5s"}, "--longest: no silence"},
           Row{{"probe", "--against", "ws://a", "--message", "x"}, "--message: "},
           Row{{"probe", "--against", "ws://a", "--max-size", "1GiB"}, "--max-size: \"1GiB\" is"},
           Row{{"probe", "ws://a", "--timeout", "0s"}, "--timeout: \"0s\" is out of range"},
           Row{{"probe", "ws://a", "--timeout", "soon"}, "--timeout: "},
           Row{{"probe", "ws://a", "--header", "nonsense"}, "--header: \"nonsense\" is no field"},
           Row{{"probe", "ws://a", "--header", "A: b\r\nC: d"}, "--header: "},
           Row{{"probe", "ws://a", "--origin", "a\r\nb"}, "--origin: "},
           Row{{"probe", "ws://a", "--subprotocol", "a b"}, "--subprotocol: \"a b\""},
           Row{{"probe", "ws://a", "--connect", "a/b"}, "--connect: "},
           Row{{"echo", "--listen", "a"}, "--listen: "},
           Row{{"echo", "--tls-cert", "c"}, "--tls-cert: a certificate and its key"},
           Row{{"echo", "--tls-key", "k"}, "--tls-key: a certificate and its key"},
       }) {
    CAPTURE(row.said);
    const auto command = parse_arguments(row.arguments);
    REQUIRE_FALSE(command.has_value());
    CAPTURE(to_text(command.error()));
    CHECK(to_text(command.error()).starts_with(row.said));
    CHECK_FALSE(command.error().remedy.empty());
  }
}
