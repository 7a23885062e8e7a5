// A comparison of some connections, for pages and JSON.
#pragma once

#include <string>
#include <vector>

#include "diff/report.h"
#include "support/two_taps.h"

namespace lastframe::test {

// Three pairs: one transparent, one with a page between frames, one with a changed Close; and one
// connection at the first tap only.
inline diff::Report sample_diff_report() {
  const auto keyed = [](const std::string& key) {
    Seen seen;
    seen.request = replaced(seen.request, "dGhlIHNhbXBsZSBub25jZQ==", key);
    seen.frames = {said(Endpoint::client, ws::Opcode::text, "hello"),
                   said(Endpoint::server, ws::Opcode::text, "world"),
                   said(Endpoint::server, ws::Opcode::close, close_payload(1000, "bye"))};
    return seen;
  };
  const Seen same = keyed("k1");
  Seen page = keyed("k2");
  page.frames.insert(page.frames.begin() + 2,
                     raw_bytes(Direction::server_to_client,
                               "HTTP/1.1 502 Bad Gateway\r\nServer: nginx\r\nContent-Length: 4"
                               "\r\n\r\noops"));
  Seen closed = keyed("k3");
  closed.frames.back() = said(Endpoint::server, ws::Opcode::close, close_payload(1001, "\x1b[31m"));
  return diff::report_of(
      {diff::InputFacts{.path = "a.lfr", .name = "edge", .connections = 5, .others = 1},
       diff::InputFacts{.path = "b.lfr", .name = "app", .connections = 3}},
      {trace_of(same), trace_of(page), trace_of(closed), trace_of(keyed("k4"))},
      {trace_of(same), trace_of(keyed("k2")), trace_of(keyed("k3"))}, {});
}

}  // namespace lastframe::test
