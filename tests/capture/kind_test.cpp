#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "capture/reader.h"
#include "capture/recording_format.h"

namespace lastframe::capture {
namespace {

using namespace std::string_view_literals;

TEST_CASE("the first bytes of a file say what it is") {
  struct Row {
    std::string_view bytes;
    FileKind kind;
  };
  for (const Row& row : {
           Row{"\xD4\xC3\xB2\xA1", FileKind::pcap},
           Row{"\xA1\xB2\xC3\xD4", FileKind::pcap},
           Row{"\x4D\x3C\xB2\xA1", FileKind::pcap},
           Row{"\xA1\xB2\x3C\x4D", FileKind::pcap},
           Row{"\xD4\xC3\xB2", FileKind::unknown},
           Row{"\x0A\x0D\x0D\x0A", FileKind::pcapng},
           Row{"\x89LFR\r\n\x1A\n", FileKind::recording},
           // As a transfer of text leaves it.
           Row{"\x89LFR\n\x1A\n", FileKind::unknown},
           Row{"\x09LFR\r\n\x1A\n", FileKind::unknown},
           Row{"{\"event\":\"session_end\"}", FileKind::log},
           Row{"\n  {\"event\": 1", FileKind::log},
           Row{"{\"log\": {", FileKind::har},
           Row{"\xEF\xBB\xBF{\r\n  \"log\" : {", FileKind::har},
           Row{"{\"events\"", FileKind::unknown},
           Row{"{\"logs\"", FileKind::unknown},
           Row{"[{\"log\"", FileKind::unknown},
           Row{"{", FileKind::unknown},
           Row{"   ", FileKind::unknown},
           Row{"", FileKind::unknown},
           Row{"\x7F"
               "ELF"sv,
               FileKind::unknown},
       }) {
    CAPTURE(row.bytes);
    CHECK(kind_of(as_bytes(row.bytes)) == row.kind);
  }
}

TEST_CASE("what a recording begins with is known as one") {
  CHECK(kind_of(as_bytes(recording_head("tap", "program"))) == FileKind::recording);
}

TEST_CASE("no more than the window of a file is looked at") {
  CHECK(kind_of(as_bytes(std::string(kKindWindow - 6, ' ') + "{\"log\"")) == FileKind::har);
  CHECK(kind_of(as_bytes(std::string(kKindWindow, ' ') + "{\"log\"")) == FileKind::unknown);
}

}  // namespace
}  // namespace lastframe::capture
