// lastframe_bench_peer: both ends of the benchmark's traffic, on bare epoll and without the proxy's
// code. Started by tests/bench/run.py; by hand it is of use, too:
//   lastframe_bench_peer echo --port 9000
//   lastframe_bench_peer load --port 9000 --connections 100 --size 64
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

#include "tests/bench/modes.h"
#include "tests/bench/sockets.h"

namespace {

constexpr std::string_view kUsage =
    "usage: lastframe_bench_peer echo|relay|load|latency|rate|handshakes|idle --port N\n"
    "  --upstream N        (relay) where to\n"
    "  --connections N     (load, idle; in rate and handshakes: at a time)\n"
    "  --tls NAME          speak TLS 1.3 and ask for this server; a * in it is the connection's "
    "number\n"
    "  --depth N           messages in flight on each connection\n"
    "  --size N            payload bytes of each message, before compression\n"
    "  --payload ascii|binary|utf8|deflated\n"
    "  --warm-up S --seconds S\n"
    "  --messages N        on each connection, in place of --seconds\n"
    "  --watch PID         take this process's CPU time over the measured interval\n";

[[noreturn]] void refuse(std::string_view argument) {
  std::fprintf(stderr, "lastframe_bench_peer: cannot use '%.*s'\n%.*s",
               static_cast<int>(argument.size()), argument.data(), static_cast<int>(kUsage.size()),
               kUsage.data());
  std::exit(2);
}

template <typename Number>
Number number_from(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) refuse(text);
  return number;
}

bench::PayloadKind payload_from(std::string_view text) {
  if (text == "ascii") return bench::PayloadKind::ascii;
  if (text == "binary") return bench::PayloadKind::binary;
  if (text == "utf8") return bench::PayloadKind::utf8;
  if (text == "deflated") return bench::PayloadKind::deflated;
  refuse(text);
}

bench::LoadOptions options_from(std::span<char*> arguments) {
  bench::LoadOptions options;
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    const std::string_view name = arguments[i];
    if (i + 1 == arguments.size()) refuse(name);
    const std::string_view value = arguments[i + 1];
    if (name == "--port") {
      options.target.port = number_from<std::uint16_t>(value);
    } else if (name == "--tls") {
      options.target.server_name = value;
    } else if (name == "--upstream") {
      options.upstream = number_from<std::uint16_t>(value);
    } else if (name == "--connections") {
      options.connections = number_from<std::size_t>(value);
    } else if (name == "--depth") {
      options.depth = number_from<std::size_t>(value);
    } else if (name == "--size") {
      options.size = number_from<std::size_t>(value);
    } else if (name == "--payload") {
      options.payload = payload_from(value);
    } else if (name == "--warm-up") {
      options.warm_up_s = number_from<double>(value);
    } else if (name == "--seconds") {
      options.measured_s = number_from<double>(value);
    } else if (name == "--messages") {
      options.messages = number_from<std::uint64_t>(value);
    } else if (name == "--watch") {
      options.watched_pid = number_from<int>(value);
    } else {
      refuse(name);
    }
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) refuse("");
  const std::string_view mode = argv[1];
  const bench::LoadOptions options =
      options_from(std::span(argv + 2, static_cast<std::size_t>(argc - 2)));
  if (mode == "echo") return bench::run_echo_server(options.target.port);
  if (mode == "relay") return bench::run_bare_relay(options.target.port, options.upstream);
  if (mode == "load") return bench::run_load(options);
  if (mode == "latency") return bench::run_latency(options);
  if (mode == "rate") return bench::run_rate(options);
  if (mode == "handshakes") return bench::run_handshakes(options);
  if (mode == "idle") return bench::run_idle(options);
  refuse(mode);
}
