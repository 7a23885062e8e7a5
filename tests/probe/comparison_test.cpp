#include "probe/comparison.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace lastframe;
using namespace lastframe::probe;
using ws::Opcode;

namespace {

constexpr ws::MaskingKey kKey{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};

Frame frame(Opcode opcode, const std::string& payload, Last last = Last::yes) {
  return make_frame(opcode, payload, kKey, last);
}

std::vector<std::string> differences(const std::vector<Frame>& sent,
                                     const std::vector<Frame>& arrived) {
  return frame_differences(forms_of(sent), forms_of(arrived), "there");
}

const std::vector<Frame> kFragments{frame(Opcode::text, "ab", Last::no), frame(Opcode::ping, "p"),
                                    frame(Opcode::continuation, "cd")};

}  // namespace

TEST_CASE("frames that arrived as they were sent have no differences") {
  CHECK(differences(kFragments, kFragments).empty());
  CHECK(differences({}, {}).empty());
}

TEST_CASE("what a hop did to frames is told in words of the protocol") {
  struct Row {
    std::string name;
    std::vector<Frame> arrived;
    std::string said;
  };
  for (const Row& row : {
           Row{"a Ping is dropped",
               {kFragments[0], kFragments[2]},
               "there: 0 of 1 control frame arrived"},
           Row{"fragments are joined",
               {frame(Opcode::ping, "p"), frame(Opcode::text, "abcd")},
               "there: messages were cut into frames anew: 2 data frames sent, 1 arrived"},
           Row{"a fragment is lost",
               {kFragments[0], kFragments[1]},
               "there: 2 data frames with 4 bytes sent, 1 with 2 bytes arrived"},
           Row{"the payload is cut",
               {kFragments[0], kFragments[1], frame(Opcode::continuation, "c")},
               "there: frame 3 of 3 (continuation) arrived with 1 byte, not 2 bytes"},
           Row{"the payload is another one",
               {kFragments[0], kFragments[1], frame(Opcode::continuation, "cX")},
               "there: frame 3 of 3 (continuation) arrived with another payload"},
           Row{"FIN is lost",
               {kFragments[0], kFragments[1], frame(Opcode::continuation, "cd", Last::no)},
               "there: frame 3 of 3 (continuation) arrived with the first byte 00, not 80"},
           Row{"text becomes binary",
               {frame(Opcode::binary, "ab", Last::no), kFragments[1], kFragments[2]},
               "there: frame 1 of 3 (text) arrived as binary, not as text"},
           Row{"a new key",
               {make_frame(Opcode::text, "ab", ws::MaskingKey{}, Last::no), kFragments[1],
                kFragments[2]},
               "there: frames arrive under other masking keys: a hop reads and writes them anew"},
       }) {
    CAPTURE(row.name);
    const auto found = differences(kFragments, row.arrived);
    REQUIRE(found.size() == 1);
    CHECK(found[0] == row.said);
  }
}

TEST_CASE("a length in more bytes than it needs is told") {
  Frame longer = frame(Opcode::text, "ab", Last::no);
  longer.header.header_length = static_cast<std::uint8_t>(longer.header.header_length + 2);
  const auto found = differences(kFragments, {longer, kFragments[1], kFragments[2]});
  REQUIRE(found.size() == 1);
  CHECK(found[0].contains("its length in another form"));
}

TEST_CASE("an echo sends data as it came, a Pong for each Ping and nothing for a Pong") {
  const auto echo = echo_of({kFragments[0], kFragments[1], frame(Opcode::pong, "x")});
  CHECK(echo == forms_of({make_frame(Opcode::text, "ab", std::nullopt, Last::no),
                          make_frame(Opcode::pong, "p", std::nullopt)}));
}

TEST_CASE("what a hop did to a head is told field by field") {
  const std::string sent =
      "GET /a HTTP/1.1\r\nHost: a\r\nCookie: secret\r\nX-Two: 1\r\nX-Two: 2\r\n\r\n";
  struct Row {
    std::string name;
    std::string arrived;
    std::vector<std::string> said;
  };
  for (const Row& row : {
           Row{"nothing", sent, {}},
           Row{"another order",
               "GET /a HTTP/1.1\r\nX-Two: 2\r\nX-Two: 1\r\nCookie: secret\r\n"
               "Host: a\r\n\r\n",
               {}},
           Row{"added",
               sent.substr(0, sent.size() - 2) + "X-Forwarded-For: 10.0.0.1\r\n\r\n",
               {"there: the field X-Forwarded-For: 10.0.0.1 was added"}},
           Row{"taken out",
               "GET /a HTTP/1.1\r\nHost: a\r\nX-Two: 1\r\nX-Two: 2\r\n\r\n",
               {"there: the field Cookie was taken out"}},
           Row{"another value and line",
               "GET /b HTTP/1.1\r\nHost: b\r\nCookie: secret\r\n"
               "X-Two: 1\r\nX-Two: 2\r\n\r\n",
               {R"(there: the first line "GET /a HTTP/1.1" arrived as "GET /b HTTP/1.1")",
                "there: the field Host: a arrived as Host: b"}},
           Row{"lower case",
               "GET /a HTTP/1.1\r\nhost: a\r\ncookie: secret\r\nx-two: 1\r\n"
               "x-two: 2\r\n\r\n",
               {"there: field names arrive in lower case"}},
           Row{"some in lower case",
               "GET /a HTTP/1.1\r\nhost: a\r\nCookie: secret\r\nX-Two: 1\r\nX-Two: 2\r\n\r\n",
               {"there: the field name Host arrived as host"}},
           Row{"repeated fields joined",
               "GET /a HTTP/1.1\r\nHost: a\r\nCookie: secret\r\n"
               "X-Two: 1, 2\r\n\r\n",
               {"there: the field X-Two: 1 arrived as X-Two: 1, 2",
                "there: the field X-Two: 2 was taken out"}},
       }) {
    CAPTURE(row.name);
    CHECK(head_differences(sent, row.arrived, "there") == row.said);
  }
}
