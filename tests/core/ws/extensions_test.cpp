#include "core/ws/extensions.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/ws/rule_table.h"

namespace lastframe::ws {
namespace {

// "name(parameter=value)(flag)" for each extension; a quoted value in quotes.
std::string shape(std::string_view value) {
  std::string text;
  for (const Extension& extension : parse_extensions(value)) {
    if (!text.empty()) text += ' ';
    text += extension.name;
    for (const auto& [name, given, is_quoted] : extension.parameters) {
      const std::string quote = is_quoted ? "'" : "";
      text.append("(").append(name);
      if (given) text.append("=" + quote).append(*given).append(quote);
      text += ")";
    }
  }
  return text;
}

TEST_CASE("an extension list is read as RFC 6455 section 9.1 writes it") {
  struct Row {
    std::string_view name;
    std::string_view value;
    std::string_view shape;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"nothing", "", ""},
      {"RFC 6455 section 9.1, first example", "foo", "foo"},
      {"RFC 6455 section 9.1, second example", "bar; baz=2", "bar(baz=2)"},
      {"RFC 6455 section 9.1, third example", "foo, bar; baz=2", "foo bar(baz=2)"},
      {"RFC 7692 section 7.1.3",
       "permessage-deflate; client_max_window_bits; server_max_window_bits=10, permessage-deflate",
       "permessage-deflate(client_max_window_bits)(server_max_window_bits=10) "
       "permessage-deflate"},
      {"RFC 7692 section 7.1.2.1, a quoted value",
       "permessage-deflate; server_max_window_bits=\"10\"",
       "permessage-deflate(server_max_window_bits='10')"},
      {"no spaces", "a;b=1;c,d", "a(b=1)(c) d"},
      {"empty elements", ", a ,, b ,", "a b"},
      {"a comma in quotes separates nothing", "a; b=\"1,2\", c", "a(b='1,2') c"},
      {"nor does a semicolon", "a; b=\"1;2\"; c", "a(b='1;2')(c)"},
      {"nor does either behind an escaped quote", "a; b=\"1\\\",;2\", c", "a(b='1\\\",;2') c"},
      {"an empty value is a value", "a; b=; c=\"\"; d", "a(b=)(c='')(d)"},
      {"white space around everything", " a ; b = 1 ;\tc\t=\t\"2\" ", "a(b=1)(c='2')"},
      {"a folded field", "a;\r\n b=1,\r\n\tc", "a(b=1) c"},
      {"more than one equals sign", "a; b=1=2", "a(b=1=2)"},
      {"a semicolon without a parameter", "a;", "a()"},
      {"a quote that never ends", "a; b=\"1, c", "a(b=\"1, c)"},
      {"a backslash at the very end", "a; b=\"1\\", "a(b=\"1\\)"},
      {"one quote", "a; b=\"", "a(b=\")"},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    CHECK(shape(row.value) == row.shape);
  }
}

TEST_CASE("only permessage-deflate has a meaning that is known; anything else may mean anything") {
  struct Row {
    std::string_view accepted;
    bool has_deflate;
    bool has_unknown;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"", false, false},
      {"permessage-deflate", true, false},
      {"Permessage-Deflate; server_no_context_takeover", true, false},
      {"x-webkit-deflate-frame", false, true},
      {"permessage-bzip2", false, true},
      {"permessage-deflate, x-other", true, true},
      {"permessage-deflate2", false, true},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.accepted);
    CHECK(negotiated(row.accepted).has_deflate == row.has_deflate);
    CHECK(negotiated(row.accepted).has_unknown == row.has_unknown);
  }
}

TEST_CASE("an answer says how each side compresses (RFC 7692 section 7.1)") {
  struct Row {
    std::string_view name;
    std::string_view accepted;
    DeflateParameters client;
    DeflateParameters server;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"nothing said", "permessage-deflate", {15, true}, {15, true}},
      {"no extension", "", {15, true}, {15, true}},
      {"another extension with such a parameter",
       "x; client_max_window_bits=9",
       {15, true},
       {15, true}},
      {"7.1.1.1", "permessage-deflate; server_no_context_takeover", {15, true}, {15, false}},
      {"7.1.1.2", "permessage-deflate; client_no_context_takeover", {15, false}, {15, true}},
      {"7.1.2.1", "permessage-deflate; server_max_window_bits=10", {15, true}, {10, true}},
      {"7.1.2.2", "permessage-deflate; client_max_window_bits=8", {8, true}, {15, true}},
      {"all, in another order and case",
       "Permessage-Deflate; CLIENT_MAX_WINDOW_BITS=\"9\"; server_max_window_bits=\"1\\2\"; "
       "Client_No_Context_Takeover; server_no_context_takeover",
       {9, false},
       {12, false}},
      {"behind another extension",
       "x-other, permessage-deflate; server_max_window_bits=11",
       {15, true},
       {11, true}},
      {"windows that are no windows",
       "permessage-deflate; client_max_window_bits=7; server_max_window_bits=016",
       {15, true},
       {15, true}},
      {"a window without a value",
       "permessage-deflate; client_max_window_bits; server_max_window_bits=",
       {15, true},
       {15, true}},
      {"of two answers the first counts",
       "permessage-deflate; server_max_window_bits=9, permessage-deflate; "
       "client_no_context_takeover",
       {15, true},
       {9, true}},
      {"of two values likewise",
       "permessage-deflate; server_max_window_bits=9; server_max_window_bits=10",
       {15, true},
       {9, true}},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    const auto deflate = negotiated(row.accepted).deflate;
    CHECK(deflate[index(Endpoint::client)] == row.client);
    CHECK(deflate[index(Endpoint::server)] == row.server);
  }
}

// "PD-02 detail" for each fault, one a line.
std::string shape(const std::vector<ExtensionFault>& faults) {
  std::string text;
  for (const auto& [rule, detail] : faults) {
    if (!text.empty()) text += '\n';
    text.append(row_of(rule).id).append(" ").append(detail);
  }
  return text;
}

std::string faults_of(std::string_view parameters, Endpoint speaker) {
  const std::string text = "permessage-deflate" + std::string(parameters);
  const auto extensions = parse_extensions(text);
  REQUIRE(extensions.size() == 1);
  return shape(parameter_faults(extensions.front(), speaker));
}

TEST_CASE("a permessage-deflate has four parameters, each once, and two of them are flags") {
  struct Row {
    std::string_view name;
    std::string_view parameters;
    std::string_view faults;  // of an offer and of an answer alike
  };
  constexpr auto kRows = std::to_array<Row>({
      {"none", "", ""},
      {"all",
       "; client_max_window_bits=15; server_max_window_bits=8; client_no_context_takeover; "
       "server_no_context_takeover",
       ""},
      {"in any case", "; Server_No_Context_Takeover; SERVER_MAX_WINDOW_BITS=9", ""},
      {"quoted", "; server_max_window_bits=\"15\"; client_max_window_bits=\"\\8\"", ""},
      {"another one", "; level=9", "PD-02 unknown parameter: level"},
      {"the first of other ones", "; a; b", "PD-02 unknown parameter: a"},
      {"nearly one", "; server_max_window_bit=9", "PD-02 unknown parameter: server_max_window_bit"},
      {"a name that cannot be shown", "; \"a b\"=9",
       "PD-02 unknown parameter: a name that is no token"},
      {"a name that is too long to be shown", "; eyJhbGciOiJIUzI1NiJ9eyJzdWIiOiIx",
       "PD-02 unknown parameter: a name of 32 bytes"},
      {"a semicolon too many", ";", "PD-02 unknown parameter: an empty name"},
      {"a flag with a value", "; server_no_context_takeover=true",
       "PD-02 server_no_context_takeover has a value"},
      {"a flag with an empty value",
       "; client_no_context_takeover=", "PD-02 client_no_context_takeover has a value"},
      {"a flag twice", "; server_no_context_takeover; server_no_context_takeover",
       "PD-02 server_no_context_takeover is repeated"},
      {"a window twice, the same", "; server_max_window_bits=10; server_max_window_bits=10",
       "PD-02 server_max_window_bits is repeated"},
      {"twice in another case", "; client_max_window_bits=9; Client_Max_Window_Bits=10",
       "PD-02 client_max_window_bits is repeated"},
      {"the server's window without a value", "; server_max_window_bits",
       "PD-03 server_max_window_bits has no value"},
      {"an empty value", "; server_max_window_bits=", "PD-03 server_max_window_bits is empty"},
      {"an empty value in quotes", "; client_max_window_bits=\"\"",
       "PD-03 client_max_window_bits is empty"},
      {"a sign", "; server_max_window_bits=+9", "PD-03 server_max_window_bits is no number"},
      {"a letter", "; server_max_window_bits=8x", "PD-03 server_max_window_bits is no number"},
      {"a number in quotes with a space", "; server_max_window_bits=\"1 0\"",
       "PD-03 server_max_window_bits is no number"},
      {"a backslash outside of quotes", "; server_max_window_bits=1\\0",
       "PD-03 server_max_window_bits is no number"},
      {"a very long number", "; server_max_window_bits=00000000000000000010",
       "PD-03 server_max_window_bits is a number of 20 digits"},
      {"one fault of each rule",
       "; a; server_max_window_bits=7; client_max_window_bits=16; b; "
       "server_no_context_takeover=1",
       "PD-02 unknown parameter: a\nPD-03 server_max_window_bits is 7"},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    CHECK(faults_of(row.parameters, Endpoint::client) == row.faults);
    CHECK(faults_of(row.parameters, Endpoint::server) == row.faults);
  }
}

TEST_CASE("client_max_window_bits may stand alone in an offer, not in an answer") {
  CHECK(faults_of("; client_max_window_bits", Endpoint::client).empty());
  CHECK(faults_of("; client_max_window_bits", Endpoint::server) ==
        "PD-03 client_max_window_bits has no value");
}

TEST_CASE("window bits are 8 to 15 without a leading zero, and nothing else is") {
  for (const Endpoint speaker : kEndpoints) {
    for (const std::string name : {"server_max_window_bits", "client_max_window_bits"}) {
      for (int number = 0; number < 1000; ++number) {
        CAPTURE(number);
        const std::string digits = std::to_string(number);
        const std::string said = digits.size() < 3 ? "0" + digits : "a number of 4 digits";
        const bool is_legal = number >= 8 && number <= 15;
        CHECK(faults_of("; " + name + "=" + digits, speaker) ==
              (is_legal ? "" : "PD-03 " + name + " is " + digits));
        CHECK(faults_of("; " + name + "=0" + digits, speaker) == "PD-03 " + name + " is " + said);
      }
    }
  }
}

TEST_CASE("an answer gives what the best fitting offer demands, and no more than it allows") {
  struct Row {
    std::string_view name;
    std::string_view offered;
    std::string_view answer;
    std::string_view faults;
  };
  constexpr auto kRows = std::to_array<Row>({
      {"7.1.3, plain", "", "", ""},
      {"7.1.3, the second example", "; client_max_window_bits; server_max_window_bits=10",
       "; server_max_window_bits=10", ""},
      {"7.1.1.1: a server may add server_no_context_takeover", "", "; server_no_context_takeover",
       ""},
      {"7.1.1.1: and must repeat it", "; server_no_context_takeover", "",
       "PD-05 server_no_context_takeover is left out"},
      {"7.1.1.1: repeated", "; server_no_context_takeover", "; server_no_context_takeover", ""},
      {"7.1.1.2: a server may add client_no_context_takeover", "", "; client_no_context_takeover",
       ""},
      {"7.1.1.2: and may ignore it", "; client_no_context_takeover", "", ""},
      {"7.1.2.1: a server may add server_max_window_bits", "", "; server_max_window_bits=8", ""},
      {"7.1.2.1: the same value", "; server_max_window_bits=10", "; server_max_window_bits=10", ""},
      {"7.1.2.1: a smaller value", "; server_max_window_bits=10", "; server_max_window_bits=8", ""},
      {"7.1.2.1: a larger value", "; server_max_window_bits=10", "; server_max_window_bits=11",
       "PD-04 server_max_window_bits is 11, offered 10"},
      {"7.1.2.1: left out", "; server_max_window_bits=10", "",
       "PD-05 server_max_window_bits is left out, offered 10"},
      {"7.1.2.1: 14 left out", "; server_max_window_bits=14", "",
       "PD-05 server_max_window_bits is left out, offered 14"},
      {"7.1.2.1: 15 left out is 15 still", "; server_max_window_bits=15", "", ""},
      {"7.1.2.2: client_max_window_bits without an offer", "", "; client_max_window_bits=15",
       "PD-04 client_max_window_bits was not offered"},
      {"7.1.2.2: any value where it is offered bare", "; client_max_window_bits",
       "; client_max_window_bits=8", ""},
      {"7.1.2.2: left out", "; client_max_window_bits=10", "", ""},
      {"7.1.2.2: a smaller value", "; client_max_window_bits=10", "; client_max_window_bits=9", ""},
      {"7.1.2.2: the offered value is a hint that may be ignored", "; client_max_window_bits=10",
       "; client_max_window_bits=15", ""},
      {"both demands left out", "; server_no_context_takeover; server_max_window_bits=9", "",
       "PD-05 server_no_context_takeover is left out; server_max_window_bits is left out, offered "
       "9"},
      {"both limits exceeded", "; server_max_window_bits=9",
       "; server_max_window_bits=10; client_max_window_bits=9",
       "PD-04 client_max_window_bits was not offered; server_max_window_bits is 10, offered 9"},
      {"one of each", "; server_no_context_takeover", "; client_max_window_bits=9",
       "PD-04 client_max_window_bits was not offered\n"
       "PD-05 server_no_context_takeover is left out"},
      {"values in quotes", "; server_max_window_bits=\"10\"", "; server_max_window_bits=\"11\"",
       "PD-04 server_max_window_bits is 11, offered 10"},
      {"names in any case", "; SERVER_no_context_takeover", "; server_NO_context_takeover", ""},
      {"the second alternative fits",
       "; server_max_window_bits=9, permessage-deflate; client_max_window_bits",
       "; client_max_window_bits=9", ""},
      {"the first alternative fits",
       "; client_max_window_bits, permessage-deflate; server_max_window_bits=9",
       "; client_max_window_bits=9", ""},
      {"of two that do not fit, the better one",
       "; server_no_context_takeover; server_max_window_bits=9, permessage-deflate; "
       "server_max_window_bits=10",
       "", "PD-05 server_max_window_bits is left out, offered 10"},
      {"of two that fit equally badly, the first",
       "; server_max_window_bits=9, permessage-deflate; server_no_context_takeover", "",
       "PD-05 server_max_window_bits is left out, offered 9"},
      {"an alternative at fault itself is not the one that was accepted",
       "; unknown, permessage-deflate; server_no_context_takeover", "",
       "PD-05 server_no_context_takeover is left out"},
      {"unless there is no other", "; unknown; server_no_context_takeover", "",
       "PD-05 server_no_context_takeover is left out"},
      {"a demand that cannot be read demands nothing", "; server_max_window_bits=7", "", ""},
      {"an answer that cannot be read exceeds nothing", "; server_max_window_bits=9",
       "; server_max_window_bits=99", ""},
      {"other extensions beside", "; server_max_window_bits=9, x-other; server_max_window_bits=8",
       "; server_max_window_bits=9", ""},
  });
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    const std::string offered = "permessage-deflate" + std::string(row.offered);
    const std::string answer = "permessage-deflate" + std::string(row.answer);
    CHECK(shape(answer_faults(parse_extensions(answer).front(), parse_extensions(offered))) ==
          row.faults);
  }
}

TEST_CASE("where no permessage-deflate was offered, there is nothing to compare with") {
  const auto answer = parse_extensions("permessage-deflate; client_max_window_bits=9");
  CHECK(answer_faults(answer.front(), {}).empty());
  CHECK(answer_faults(answer.front(), parse_extensions("x-other")).empty());
}

TEST_CASE("an answered window is judged against an offered one for every pair") {
  for (int offered = 8; offered <= 15; ++offered) {
    for (int answered = 8; answered <= 15; ++answered) {
      CAPTURE(offered);
      CAPTURE(answered);
      const std::string offer =
          "permessage-deflate; client_max_window_bits=" + std::to_string(offered) +
          "; server_max_window_bits=" + std::to_string(offered);
      const std::string answer =
          "permessage-deflate; client_max_window_bits=" + std::to_string(answered) +
          "; server_max_window_bits=" + std::to_string(answered);
      const auto faults = answer_faults(parse_extensions(answer).front(), parse_extensions(offer));
      CHECK(faults.empty() == (answered <= offered));
    }
  }
}

TEST_CASE("lists of many elements and parameters cost no more than their length") {
  // The square of these lengths would take minutes at -O0.
  std::string offers;
  for (int i = 0; i < 50'000; ++i) offers += "permessage-deflate;server_max_window_bits=9,";
  std::string parameters = "permessage-deflate";
  for (int i = 0; i < 50'000; ++i) parameters += ";a" + std::to_string(i);
  const auto offered = parse_extensions(offers);
  CHECK(offered.size() == 50'000);
  const auto answer = parse_extensions(parameters);
  REQUIRE(answer.size() == 1);
  CHECK(shape(parameter_faults(answer.front(), Endpoint::server)) == "PD-02 unknown parameter: a0");
  CHECK(shape(answer_faults(answer.front(), offered)) ==
        "PD-05 server_max_window_bits is left out, offered 9");
  CHECK(negotiated(offers).deflate[index(Endpoint::server)].window_bits == 9);
}

TEST_CASE("a name stands in a report where it is a token of less than 32 characters") {
  CHECK(shown_name("x-webkit-deflate-frame") == "x-webkit-deflate-frame");
  CHECK(shown_name(std::string(31, 'a')) == std::string(31, 'a'));
  CHECK(shown_name(std::string(32, 'a')) == "a name of 32 bytes");
  CHECK(shown_name("a\x1B[31m") == "a name that is no token");
  CHECK(shown_name("") == "an empty name");
}

}  // namespace
}  // namespace lastframe::ws
