#include "cli/probe_arguments.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>
#include <utility>

#include "cli/flags.h"
#include "cli/help.h"
#include "core/base/words.h"
#include "core/http/head.h"
#include "settings/quantities.h"

namespace lastframe::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongestTimeout = std::chrono::hours{1};
constexpr milliseconds kLongestSilence = std::chrono::hours{2};
constexpr milliseconds kShortestLongest = std::chrono::seconds{1};
constexpr milliseconds kUsualLongest = std::chrono::minutes{10};
constexpr std::uint64_t kLargestMessage = std::uint64_t{64} * 1024 * 1024;

struct ProbeFlags {
  std::optional<std::string> url, against, timeout, origin, message, ca, connect, longest, max_size;
  std::vector<std::string> headers, subprotocols;
  bool is_insecure = false;
  bool finds_timeouts = false;
  bool is_json = false;
  LanguageFlag language;
};

void add_flags(CLI::App& app, ProbeFlags& flags) {
  app.add_option("URL", flags.url, "ws://host:port/path, wss://host/path or unix:/path")
      ->type_name("");
  app.add_option("--against", flags.against, "the same, with `lastframe echo` at its end")
      ->type_name("URL");
  app.add_flag("--find-timeouts", flags.finds_timeouts,
               "with --against: find out how long a silence may last");
  app.add_option("--longest", flags.longest, "the longest silence that is tried (default: 10m)")
      ->type_name("TIME");
  app.add_option("--max-size", flags.max_size, "the largest message (default: 16MiB)")
      ->type_name("SIZE");
  app.add_option("--timeout", flags.timeout, "patience for each step (default: 5s)")
      ->type_name("TIME");
  app.add_option("--header", flags.headers, "a field of the request; may be given several times")
      ->type_name("\"NAME: VALUE\"")
      ->allow_extra_args(false);
  app.add_option("--subprotocol", flags.subprotocols, "offered; may be given several times")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app.add_option("--origin", flags.origin, "the Origin field")->type_name("ORIGIN");
  app.add_option("--message", flags.message, "a text to send once the connection is open")
      ->type_name("TEXT");
  app.add_option("--connect", flags.connect, "connect there, not to the URL's own address")
      ->type_name("ADDR");
  app.add_option("--ca", flags.ca, "trust the certificates in this file")->type_name("FILE");
  app.add_flag("--insecure", flags.is_insecure, "go on although the certificate is not accepted");
  app.add_flag("--json", flags.is_json, "a JSON object");
  flags.language.add_to(app, kLanguageOfRecords);
}

std::optional<Error> contradiction(const ProbeFlags& flags) {
  if (flags.url && flags.against) {
    return Error{"--against", "two URLs", "leave one of them out"};
  }
  if (!flags.url && !flags.against) {
    return Error{"", "probe needs a URL, as in `lastframe probe ws://127.0.0.1:8080/chat`",
                 help_hint("probe")};
  }
  if (flags.against && flags.message) {
    return Error{"--message", "a path test sends messages of its own", "leave it out"};
  }
  if (flags.against && !flags.subprotocols.empty()) {
    return Error{"--subprotocol", "a path test offers subprotocols of its own", "leave it out"};
  }
  const char* alone = flags.finds_timeouts ? "--find-timeouts"
                      : flags.max_size     ? "--max-size"
                                           : nullptr;
  if (!flags.against && alone != nullptr) {
    return Error{alone, "this needs an echo at the other end",
                 "run `lastframe echo` there and write --against URL"};
  }
  if (flags.longest && !flags.finds_timeouts) {
    return Error{"--longest", "no silence is tried", "add --find-timeouts"};
  }
  return std::nullopt;
}

std::expected<milliseconds, Error> duration(std::string_view flag, const std::string& text,
                                            milliseconds lowest, milliseconds highest) {
  const auto parsed = address(flag, settings::parse_duration(text));
  if (!parsed) return std::unexpected(parsed.error());
  if (*parsed >= lowest && *parsed <= highest) return *parsed;
  return mistake(std::string(flag), fmt::format("{} is out of range", in_quotes(text)),
                 fmt::format("write a time from {} to {}", settings::duration_text(lowest),
                             settings::duration_text(highest)));
}

std::expected<BatteryFlags, Error> battery_of(const ProbeFlags& flags) {
  BatteryFlags battery;
  if (flags.finds_timeouts) {
    const auto longest =
        duration("--longest", flags.longest.value_or(settings::duration_text(kUsualLongest)),
                 kShortestLongest, kLongestSilence);
    if (!longest) return std::unexpected(longest.error());
    battery.longest = *longest;
  }
  if (!flags.max_size) return battery;
  const auto size = address("--max-size", settings::parse_size(*flags.max_size));
  if (!size) return std::unexpected(size.error());
  if (*size < 1 || *size > kLargestMessage) {
    return mistake("--max-size", fmt::format("{} is out of range", in_quotes(*flags.max_size)),
                   "write a size from 1B to 64MiB");
  }
  battery.max_size = *size;
  return battery;
}

std::optional<Error> read_fields(const ProbeFlags& flags, ProbeCommand& command) {
  for (const std::string& text : flags.headers) {
    auto field = probe::parse_field(text);
    if (!field) {
      return Error{"--header", fmt::format("{} is no field", in_quotes(text)),
                   "write \"Name: value\""};
    }
    command.fields.push_back(*std::move(field));
  }
  for (const std::string& name : flags.subprotocols) {
    if (!http::is_token(name)) {
      return Error{"--subprotocol", fmt::format("{} is no name of a subprotocol", in_quotes(name)),
                   "write letters, digits, - and . only"};
    }
  }
  command.subprotocols = flags.subprotocols;
  command.origin = flags.origin.value_or("");
  if (flags.origin && !probe::parse_field("Origin: " + *flags.origin)) {
    return Error{"--origin", "it holds a line end or another control character",
                 "write it as https://app.example"};
  }
  return std::nullopt;
}

}  // namespace

Result parse_probe(std::span<const std::string> arguments) {
  CLI::App app("Opens a WebSocket connection and reports each step; or tests what a path does.",
               "lastframe probe");
  ProbeFlags flags;
  app.footer(kProbeExamples);
  add_flags(app, flags);
  if (auto answer = read_flags(app, "probe", arguments, flags.language)) return *std::move(answer);
  if (auto error = contradiction(flags)) return std::unexpected(*std::move(error));

  ProbeCommand command;
  const char* where = flags.against ? "--against" : "probe";
  const auto target =
      address(where, probe::parse_target(flags.against ? *flags.against : *flags.url));
  if (!target) return std::unexpected(target.error());
  command.target = *target;
  if (flags.against) {
    const auto battery = battery_of(flags);
    if (!battery) return std::unexpected(battery.error());
    command.battery = *battery;
  }
  const auto timeout =
      duration("--timeout", flags.timeout.value_or("5s"), milliseconds(1), kLongestTimeout);
  if (!timeout) return std::unexpected(timeout.error());
  command.timeout = *timeout;
  if (auto error = read_fields(flags, command)) return std::unexpected(*std::move(error));
  if (flags.connect) {
    const bool is_path = flags.connect->starts_with("unix:");
    const auto at = address(
        "--connect", net::parse_upstream(is_path ? *flags.connect : "ws://" + *flags.connect));
    if (!at) return std::unexpected(at.error());
    command.connect = at->address;
  }
  command.message = std::move(flags.message);
  command.is_verified = !flags.is_insecure;
  command.ca = flags.ca.value_or("");
  if (flags.is_json) command.format = PathFormat::json;
  return command;
}

Result parse_echo(std::span<const std::string> arguments) {
  CLI::App app("The far end of a path test: sends every frame back, and tells what arrived.",
               "lastframe echo");
  std::optional<std::string> listen;
  std::string certificate;
  std::string key;
  bool is_json = false;
  LanguageFlag language;
  app.footer(kEchoExamples);
  app.add_option("--listen", listen, "where (default: 127.0.0.1:9465); port 0 takes a free one")
      ->type_name("ADDR");
  app.add_option("--tls-cert", certificate, "speak TLS with this certificate (PEM)")
      ->type_name("FILE");
  app.add_option("--tls-key", key, "its key (PEM)")->type_name("FILE");
  app.add_flag("--json", is_json, "say where it listens as a JSON object, on standard output");
  language.add_to(app, kLanguageOfRecords);
  if (auto answer = read_flags(app, "echo", arguments, language)) return *std::move(answer);

  EchoCommand command;
  if (listen) {
    const auto at = address("--listen", net::parse_listen_address(*listen));
    if (!at) return std::unexpected(at.error());
    command.listen = *at;
  }
  if (certificate.empty() != key.empty()) {
    return mistake(certificate.empty() ? "--tls-key" : "--tls-cert",
                   "a certificate and its key go together", "give both, or none for plain text");
  }
  if (!certificate.empty()) {
    command.tls = ssl::KeyPairFiles{certificate, key, {"--tls-cert"}};
  }
  if (is_json) command.format = PathFormat::json;
  return command;
}

}  // namespace lastframe::cli
