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
  explain         say what is known of a close code, a cause, a rule or a product
  compare         say what sets two close codes apart
  lookup          find what an error text or a Close's reason means
  analyze         say of connections in captures, recordings and logs what the proxy would
  report          merge session logs into one summary
  diff            say what stands between two taps did to connections
  ca              make the local authority for interception, say how clients trust it
  health          ask a running proxy whether it is alive, or ready
  probe           open a connection and report each step, or test what a path does to WebSocket
  echo            the far end of such a test

Flags:
  -h, --help      this text; behind a command, what the command takes
  --version       the version

Examples:
  lastframe demo
  lastframe proxy --listen 127.0.0.1:8080 --upstream ws://127.0.0.1:9000
  lastframe check-config lastframe.yaml
  lastframe explain 1008
  lastframe compare 1002 1008
  lastframe lookup "keepalive ping timeout"
  lastframe analyze trace.pcapng
  lastframe report closes.jsonl
  lastframe diff edge.pcap app.pcap
  lastframe probe wss://chat.example/socket
)";

inline constexpr const char* kProxyExamples = R"(Examples:
  lastframe proxy --listen 127.0.0.1:8080 --upstream ws://127.0.0.1:9000
  lastframe proxy --listen :8080 --upstream unix:/run/chat.sock --log closes.jsonl
  lastframe proxy --listen 127.0.0.1:8080 --upstream wss://chat.example
  lastframe proxy --config lastframe.yaml --log-level frames --json

Towards wss:// the certificate is verified. Certificates of our own, interception, routes and other
modes than in front of a service need a file: config/examples has one for each.

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
  lastframe explain 1008
  lastframe explain 1008 --lang fr
  lastframe explain idle_timeout
  lastframe explain FR-01 --json
  lastframe explain nginx
  lastframe explain --list causes
  lastframe explain 4321 --catalogue mine.yaml

--list alone names the rules; with --json a list is an array. Rules and causes are in English, their
headings and the texts of close codes in each language.
Exit: 0, or 2 for a word that is not known or a catalogue with mistakes.)";

inline constexpr const char* kCompareExamples = R"(Examples:
  lastframe compare 1002 1008
  lastframe compare 1000 1001 --lang es
  lastframe compare 4401 4403 --json

Exit: 0, or 2 for a code that is not known, twice the same one, or a catalogue with mistakes.)";

inline constexpr const char* kLookupExamples = R"(Examples:
  lastframe lookup "keepalive ping timeout"
  lastframe lookup no close frame received or sent
  lastframe lookup ECONNRESET --json

The five best matches are shown: reason texts, error texts of libraries and browsers, names of
system errors, codes, causes, products and rules.
Exit: 0, 1 if nothing known matches, or 2 for bad usage or a catalogue with mistakes.)";

inline constexpr const char* kAnalyzeExamples = R"(Examples:
  lastframe analyze trace.pcapng
  tcpdump -i any -w - 'tcp port 8080' | lastframe analyze -
  lastframe analyze captures/*.lfr --log-level frames
  lastframe analyze trace.pcap --key-log keys.log
  lastframe analyze session.har --json
  lastframe analyze trace.pcap --fail-on deviation

What kind a file is shows in its first bytes. Connections whose end a file does not show get no
record. docs/analyze.md says what each kind of file can tell.
Exit: 0, 1 if a rule is broken (see --fail-on), or 2 for bad usage or a file that cannot be read.)";

inline constexpr const char* kReportExamples = R"(Examples:
  lastframe report closes.jsonl
  lastframe report a/closes.jsonl b/closes.jsonl --top 20
  zcat closes.jsonl.*.gz | lastframe report - --format html --output report.html
  lastframe report closes.jsonl --json

Logs of many machines, in any order, are merged. Lines that are no records are counted; a last line
that was cut off is none of them. docs/report.md explains what is said.
Exit: 0, or 2 for bad usage, a log that cannot be read, or no record in any of them.)";

inline constexpr const char* kDiffExamples = R"(Examples:
  lastframe diff edge.pcap app.pcap
  lastframe diff before.lfr after.lfr --names edge,app --json
  lastframe diff edge.pcap app.pcap --key-log keys.log
  lastframe diff edge.pcap app.pcap --fail-on reframed
  lastframe diff before.lfr after.lfr --live

BEFORE is taken on the client's side of the hop, AFTER on the server's; both at the same time.
Differences are transparent, reframed (rewritten as the protocol allows), altered (content or
meaning) or corrupted (what arrives breaks the protocol). docs/diff.md lists all of them.
Exit: 0 nothing altered or corrupted, 1 something was (see --fail-on), 2 bad usage, a capture that
cannot be read, or no connection in both.)";

inline constexpr const char* kCaExamples = R"(Examples:
  lastframe ca create
  lastframe ca show
  lastframe ca create --dir /etc/lastframe
  lastframe ca show --json

Without --dir: $XDG_CONFIG_HOME/lastframe, or ~/.config/lastframe.
Exit: 0, or 2 for bad usage, files that are there already, or none that could be shown.)";

inline constexpr const char* kHealthExamples = R"(Examples:
  lastframe health
  lastframe health --ready
  lastframe health --admin unix:/run/lastframe/admin.sock --json

The proxy needs `admin: {listen: 127.0.0.1:9464}` in its file, or --admin.
Exit: 0 the answer was 200, 1 it was another one or none came, 2 bad usage.)";

inline constexpr const char* kProbeExamples = R"(Examples:
  lastframe probe ws://127.0.0.1:8080/chat
  lastframe probe wss://chat.example/socket --subprotocol graphql-transport-ws --origin https://a.example
  lastframe probe wss://chat.example/ --connect 10.0.0.7:443 --ca ca.pem --message hello --json
  lastframe probe --against wss://echo.example/
  lastframe probe --against wss://echo.example/ --find-timeouts --longest 5m

With --against, `lastframe echo` runs at the other end, and legal but awkward traffic is sent
through all that stands between. docs/probe.md says what each check means.
Exit: 0 all is well, 1 something was found wrong, 2 bad usage.)";

inline constexpr const char* kEchoExamples = R"(Examples:
  lastframe echo
  lastframe echo --listen :9465
  lastframe echo --listen 127.0.0.1:0 --tls-cert cert.pem --tls-key key.pem

It prints `listening echo ADDR` on standard error. Whoever can reach it can have it send bytes back
to them, and nowhere else: let it run for the test only.
SIGTERM and SIGINT stop it. Exit: 0, or 2 for bad usage or a start that is not possible.)";

}  // namespace lastframe::cli
