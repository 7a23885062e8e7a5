// Lines of session logs, parsed and counted, for tests of reports.
#pragma once

#include <fmt/core.h>

#include <memory>
#include <string>
#include <string_view>

#include "report/record_parser.h"
#include "report/tally.h"

namespace lastframe::test {

// A connection that a client closed in order after `lasted` seconds, unless it is changed.
struct LogLine {
  std::string event = "session_end";
  std::string time = "2026-11-20T19:00:00.000000Z";
  std::string listener = "chat";
  std::string upstream = "10.0.0.7:9000";
  std::string client = "203.0.113.9:50122";
  std::string path = "/chat";
  std::string agent = "Mozilla";
  double lasted = 10;
  std::string handshake = R"({"outcome":"accepted","status":101,"duration_s":0.002})";
  int code = 1000;
  std::string initiator = "client";
  bool is_clean = true;
  std::string ending = "closing_handshake";
  std::string frames = R"({"client":{"code":1000,"at_s":10},"server":{"code":1000,"at_s":10}})";
  std::string ends = R"([{"endpoint":"client","how":"fin","at_s":10}])";
  std::string cause = "null";
  std::string violations = "[]";
  std::string traffic = R"({"client_to_server":{"idle_s":1},"server_to_client":{"idle_s":1}})";
  std::string more;  // ",..."

  std::string text() const {
    return fmt::format(
        R"({{"event":"{}","time":"{}","session":"e56f13229ea8351f","listener":"{}","upstream":"{}",)"
        R"("client":"{}","path":"{}","duration_s":{},"request":{{"user_agent":"{}"}},)"
        R"("handshake":{},"close":{{"code":{},"initiator":"{}","clean":{},"ending":"{}"}},)"
        R"("close_frames":{},"stream_ends":{},"cause":{},"violations":{},"traffic":{}{}}})",
        event, time, listener, upstream, client, path, lasted, agent, handshake, code, initiator,
        is_clean, ending, frames, ends, cause, violations, traffic, more);
  }
};

// One that the server's side ended without a Close after `idle` seconds of silence.
inline LogLine silent_end(double idle, double lasted = 100) {
  LogLine line;
  line.lasted = lasted;
  line.code = 1006;
  line.initiator = "server";
  line.is_clean = false;
  line.ending = "fin_without_close";
  line.frames = R"({"client":null,"server":null})";
  line.ends = fmt::format(R"([{{"endpoint":"server","how":"fin","at_s":{}}}])", lasted);
  line.cause =
      R"({"id":"idle_timeout","confidence":"likely","party":"hop_behind","summary":"s","fix":"f"})";
  line.traffic = fmt::format(
      R"({{"client_to_server":{{"idle_s":{}}},"server_to_client":{{"idle_s":{}}}}})", idle, idle);
  return line;
}

class ParsedLines {
 public:
  // Null where the text is no record; valid until the next call.
  const report::Record* parse(std::string_view text) {
    padded_ = std::string(text) + std::string(report::RecordParser::kPadding, '"');
    return parser_.parse(std::string_view(padded_).substr(0, text.size()));
  }

  void count(report::Tally& tally, const LogLine& line) {
    if (const report::Record* const record = parse(line.text())) tally.add(*record);
  }

 private:
  report::RecordParser parser_;
  std::string padded_;
};

}  // namespace lastframe::test
