#include "tools/demo_closes.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "core/ws/frame.h"

namespace lastframe::tools {
namespace {

using namespace std::string_view_literals;
using session::Ending;
using session::Initiator;
using ws::Opcode;
using ws::Rule;

Outcome closed_by(Initiator initiator, unsigned code) {
  return {.code = code, .initiator = initiator};
}

// A Close frame with a body of its own.
Step raw_close(std::string payload) {
  return SendFrame{{.opcode = Opcode::close, .payload = std::move(payload)}};
}

// Already deflated: "Hello" as RFC 7692 section 7.2.3.2 has it, for one.
Step compressed_text(std::string_view deflated) {
  return SendFrame{{.payload = std::string(deflated), .rsv = ws::kRsv1}};
}

std::vector<Scenario> normal_closes() {
  return {
      {"/echo", "messages are echoed, then the client closes", served({EchoUntilClose{}}),
       opened({send_text("hello"), AwaitFrame{Opcode::text}, send_text("again"),
               AwaitFrame{Opcode::text}, send_close(1000, "done"), AwaitFrame{Opcode::close}}),
       closed_by(Initiator::client, 1000)},
      {"/fragments", "a message in three fragments with pings between them",
       served({EchoUntilClose{}}),
       opened({SendFrame{{.payload = "one ", .fin = false}},
               SendFrame{{.opcode = Opcode::ping, .payload = "still there?"}},
               AwaitFrame{Opcode::pong},
               SendFrame{{.opcode = Opcode::continuation, .payload = "two ", .fin = false}},
               SendFrame{{.opcode = Opcode::ping}}, AwaitFrame{Opcode::pong},
               SendFrame{{.opcode = Opcode::continuation, .payload = "three"}},
               AwaitFrame{Opcode::text}, send_close(1000, ""), AwaitFrame{Opcode::close}}),
       closed_by(Initiator::client, 1000)},
      {"/compressed", "two compressed messages, the second one by what was in the first",
       served_with_deflate({compressed_text("\xF2\x48\xCD\xC9\xC9\x07\x00"sv),
                            compressed_text("\xF2\x00\x11\x00\x00"sv), AwaitFrame{Opcode::close},
                            send_close(1000, "")}),
       opened_with_deflate({AwaitFrame{Opcode::text}, AwaitFrame{Opcode::text},
                            send_close(1000, ""), AwaitFrame{Opcode::close}}),
       closed_by(Initiator::client, 1000)},
      {"/tab-closed", "the client goes away, as a browser does when its tab is closed",
       served({EchoUntilClose{}}),
       opened({send_text("hello"), AwaitFrame{Opcode::text}, send_close(1001, ""),
               AwaitFrame{Opcode::close}}),
       closed_by(Initiator::client, 1001)},
      {"/unanswered",
       "the client closes, the server ends TCP without a Close of its own",
       served({AwaitFrame{Opcode::close}}),
       opened({send_close(1000, "bye"), AwaitEnd{}}),
       {{.code = 1000, .ending = Ending::close_unanswered, .initiator = Initiator::client}}},
  };
}

// The server echoes one message and closes; the client answers with the same code.
struct ServerCloseRow {
  std::string_view path;
  std::string_view what;
  std::uint16_t code;
  std::string_view reason;
};

constexpr std::array kServerCloses{
    ServerCloseRow{"/goodbye", "the server has nothing more to say", 1000, "all said"},
    ServerCloseRow{"/deploy", "the server is stopped for a deploy", 1001, "server going away"},
    ServerCloseRow{"/policy", "a message breaks the service's policy", 1008, "no links, please"},
    ServerCloseRow{"/crash", "the server fails unexpectedly", 1011, "unhandled exception"},
    ServerCloseRow{"/restart", "the service restarts", 1012, "restarting"},
    ServerCloseRow{"/overload", "the server has too much to do", 1013, "try again in 30 s"},
    ServerCloseRow{"/unauthorized", "a registered code", 3000, "log in first"},
    ServerCloseRow{"/expired", "an application's code", 4001, "session expired"},
    ServerCloseRow{"/forbidden-room", "another one", 4401, "not a member of this room"},
};

Scenario server_close(const ServerCloseRow& row) {
  return {std::string(row.path), std::string(row.what),
          served({AwaitFrame{Opcode::text}, send_text("hello"), send_close(row.code, row.reason),
                  AwaitFrame{Opcode::close}}),
          opened({send_text("hello"), AwaitFrame{Opcode::close}, send_close(row.code, "")}),
          closed_by(Initiator::server, row.code)};
}

std::vector<Scenario> odd_closes() {
  constexpr std::size_t kBig = 100 * 1024;
  std::vector<Scenario> rows{
      {"/too-big", "a message of 100 KiB is more than the server takes",
       served({AwaitFrame{Opcode::text}, send_close(1009, "102400 bytes, the limit is 65536"),
               AwaitFrame{Opcode::close}}),
       opened({send_text(std::string(kBig, 'x')), AwaitFrame{Opcode::close}, send_close(1009, "")}),
       closed_by(Initiator::server, 1009)},
      {"/no-status", "a Close without a code", served({raw_close(""), AwaitFrame{Opcode::close}}),
       opened({AwaitFrame{Opcode::close}, raw_close("")}), closed_by(Initiator::server, 1005)},
  };
  const auto illegal = [&](std::string path, std::string what, std::string payload, unsigned code,
                           Rule rule) {
    rows.push_back({std::move(path), std::move(what),
                    served({raw_close(std::move(payload)), AwaitFrame{Opcode::close}}),
                    opened({AwaitFrame{Opcode::close}, send_close(1002, "")}),
                    Outcome{.code = code, .first_rule = rule}});
  };
  illegal("/one-byte", "a Close whose body is half a code", "\x03", 1002,
          Rule::close_body_one_byte);
  illegal("/1006", "a Close with the code that stands for no Close", close_payload(1006, ""), 1006,
          Rule::close_code_never_on_wire);
  illegal("/code-999", "a Close with a code that means nothing", close_payload(999, "oops"), 999,
          Rule::close_code_unassigned);
  illegal("/latin-1", "a reason that is not UTF-8", close_payload(1000, "d\xE9j\xE0 vu"), 1000,
          Rule::close_reason_not_utf8);
  return rows;
}

}  // namespace

std::vector<Scenario> close_scenarios() {
  std::vector<Scenario> scenarios = normal_closes();
  for (const ServerCloseRow& row : kServerCloses) scenarios.push_back(server_close(row));
  for (Scenario& scenario : odd_closes()) scenarios.push_back(std::move(scenario));
  return scenarios;
}

}  // namespace lastframe::tools
