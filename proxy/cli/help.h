// What `--help` says besides the flags, which `arguments.cpp` describes.
#pragma once

#include <string_view>

namespace lastframe::cli {

inline constexpr std::string_view kHelp =
    R"(lastframe: a transparent WebSocket proxy that says how each connection ended.

Usage: lastframe COMMAND [FLAGS]

Commands:
  proxy           stand in front of a WebSocket service and log every close
  demo            a service that misbehaves in every way, traffic for it, and the proxy in between
  check-config    name every mistake in a configuration file
  explain         say what a rule demands, what breaks it, and what is legal beside it

Flags:
  -h, --help      this text; behind a command, what the command takes
  --version       the version

Examples:
  lastframe demo
  lastframe proxy --listen 127.0.0.1:8080 --upstream ws://127.0.0.1:9000
  lastframe check-config lastframe.yaml
  lastframe explain FR-01
)";

inline constexpr const char* kProxyExamples = R"(Examples:
  lastframe proxy --listen 127.0.0.1:8080 --upstream ws://127.0.0.1:9000
  lastframe proxy --listen :8080 --upstream unix:/run/chat.sock --log closes.jsonl
  lastframe proxy --config lastframe.yaml --log-level frames --json

SIGTERM and SIGINT drain, a second one stops at once. SIGHUP reloads, SIGUSR1 reopens the log.
Exit: 0 done, 2 bad usage or configuration, or a start that is not possible.)";

inline constexpr const char* kDemoExamples = R"(Examples:
  lastframe demo
  lastframe demo --rounds 3 --json
  lastframe demo --forever --log-level frames)";

inline constexpr const char* kCheckConfigExamples = R"(Examples:
  lastframe check-config lastframe.yaml
  lastframe check-config --json lastframe.yaml

Exit: 0 the file is good, 2 it has mistakes.)";

inline constexpr const char* kExplainExamples = R"(Examples:
  lastframe explain FR-01
  lastframe explain client_frame_unmasked --json
  lastframe explain --list

Exit: 0, or 2 for a rule that is not known. Close codes and causes are not explained yet.)";

}  // namespace lastframe::cli
