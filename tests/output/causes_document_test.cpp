#include "output/causes_document.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "output/rule_examples.h"
#include "support/sample_catalogue.h"

namespace lastframe::output {
namespace {

TEST_CASE("the document has a section for each cause") {
  const auto rows = test::sample_catalogue();
  const std::string page = causes_document(rows);
  CHECK(page.starts_with("# Causes\n"));
  CHECK(page.contains(
      "| [idle_timeout](#idle_timeout) | Idle time-out | 1006, 1000-1001 | a hop on the side that "
      "closed |\n"));
  CHECK(page.contains(R"(
### idle_timeout

**Idle time-out.** An idle time-out on the closer's side ended it, not the other side.

Nothing passed for as long as a hop waits.

- Found by: The silence before the end is as long as a known time-out.
- Who has to act: a hop on the side that closed
- Fix: Send a Ping more often.
- Fix, nginx: Raise proxy_read_timeout.
- Fix, your own code: Turn keepalive on.
- Close codes: 1006, 1000-1001
- See: [keepalive_unanswered](#keepalive_unanswered), `FR-01`
)"));
  for (const auto& row : rows.causes) CHECK(page.contains("\n### " + row.id + "\n"));
}

TEST_CASE("the document has tables of codes, time-outs, limits and application codes") {
  const std::string page = causes_document(test::sample_catalogue());
  CHECK(
      page.contains("| 1006 | Abnormal Closure | No Close frame came. | nobody | no | "
                    "[idle_timeout](#idle_timeout), `no_such_cause` |\n"));
  CHECK(page.contains(
      "| nginx | 60s | idle | `proxy_read_timeout` | fin | Raise it, or send Pings. |\n"));
  CHECK(
      page.contains("| websockets (Python) | 1MiB | message, inflated | `max_size` | It sends "
                    "1009. |\n"));
  CHECK(
      page.contains("| graphql-transport-ws | 4403 | Forbidden | The server refused "
                    "connection_init. | `access_denied` |\n"));
}

TEST_CASE("no text breaks a table or a paragraph") {
  auto rows = test::sample_catalogue();
  rows.timeouts[0].fix = "a | b\nc\n";
  rows.causes[0].meaning = "One.\nTwo.\n";
  const std::string page = causes_document(rows);
  CHECK(page.contains("| fin | a \\| b c |\n"));
  CHECK(page.contains("\nOne. Two.\n"));
  for (const std::string_view line : split_lines(page)) CHECK_FALSE(line.ends_with("  "));
  CHECK_FALSE(page.contains("\n\n\n"));
}

}  // namespace
}  // namespace lastframe::output
