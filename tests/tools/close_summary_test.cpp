#include "tools/close_summary.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

using namespace lastframe;
using namespace lastframe::tools;
using output::Colour;
using session::Ending;
using session::Initiator;

namespace {

session::SessionReport report_of(std::uint16_t code, Ending ending, Initiator initiator,
                                 std::uint64_t up, std::uint64_t down) {
  session::SessionReport report;
  report.code = ws::CloseCode{code};
  report.ending = ending;
  report.initiator = initiator;
  report.clean = ending == Ending::closing_handshake;
  report.traffic[index(Direction::client_to_server)].messages = up;
  report.traffic[index(Direction::server_to_client)].messages = down;
  return report;
}

CloseSummary three_kinds() {
  CloseSummary summary;
  summary.add(report_of(1006, Ending::reset, Initiator::server, 1, 0));
  summary.add(report_of(1000, Ending::closing_handshake, Initiator::client, 2, 3));
  summary.add(report_of(1000, Ending::closing_handshake, Initiator::client, 4, 5));
  summary.add(report_of(1000, Ending::closing_handshake, Initiator::server, 0, 1));
  return summary;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// Words of a line, with one space between them.
std::string words_of(const std::string& line) {
  std::istringstream stream(line);
  std::string words;
  for (std::string word; stream >> word;) words += (words.empty() ? "" : " ") + word;
  return words;
}

}  // namespace

TEST_CASE("one line for each kind of close, by code, then the total") {
  const auto lines = lines_of(three_kinds().table(Colour::off));
  REQUIRE(lines.size() == 5);
  CHECK(words_of(lines[0]) == "code name who how it ended count messages up messages down");
  CHECK(words_of(lines[1]) == "1000 Normal Closure client closing_handshake 2 6 8");
  CHECK(words_of(lines[2]) == "1000 Normal Closure server closing_handshake 1 0 1");
  CHECK(words_of(lines[3]) == "1006 Abnormal Closure server reset 1 1 0");
  CHECK(words_of(lines[4]) == "total 4 7 9");
}

TEST_CASE("the lines of the table are equally long") {
  for (const std::string& line : lines_of(three_kinds().table(Colour::off))) {
    CAPTURE(line);
    CHECK(line.size() == lines_of(three_kinds().table(Colour::off)).front().size());
  }
}

TEST_CASE("colours change nothing but colours") {
  const std::string coloured = three_kinds().table(Colour::on);
  CHECK(coloured.find("\x1b[31m") != std::string::npos);  // red: the reset
  CHECK(coloured.find("\x1b[32m") != std::string::npos);  // green: the normal closes
  std::string plain;
  bool is_in_escape = false;
  for (const char c : coloured) {
    if (c == '\x1b') is_in_escape = true;
    if (!is_in_escape) plain += c;
    if (c == 'm') is_in_escape = false;
  }
  CHECK(plain == three_kinds().table(Colour::off));
}

TEST_CASE("nothing seen is a table of nothing") {
  CHECK(words_of(lines_of(CloseSummary().table(Colour::off)).back()) == "total 0 0 0");
  CHECK(CloseSummary().json() == R"({"event":"summary","connections":0,"closes":[]})");
}

TEST_CASE("the summary as one JSON line") {
  CloseSummary summary;
  summary.add(report_of(1006, Ending::fin_without_close, Initiator::server, 1, 2));
  CHECK(summary.json() ==
        R"({"event":"summary","connections":1,"closes":[{"code":1006,"name":"Abnormal Closure",)"
        R"("ending":"fin_without_close","initiator":"server","count":1,)"
        R"("messages":{"client_to_server":1,"server_to_client":2}}]})");
}
