#include "output/rules_document.h"

#include <fmt/core.h>

#include <array>
#include <string_view>

#include "core/base/words.h"
#include "core/ws/rule_table.h"
#include "output/example_text.h"
#include "output/explain.h"

namespace lastframe::output {
namespace {

constexpr std::string_view kIntroduction = R"(# Rules

Every rule that Lastframe checks on the wire: what it demands, what breaks it, and the legal edge beside it. The same
words come from the program: `lastframe explain FR-01`, `lastframe explain client_frame_unmasked`, `lastframe explain
--list`, each with `--json`.

This page is generated: `lastframe explain --markdown > docs/rules.md`.

## Severities

| `severity` | means | in the record's |
|---|---|---|
)";

constexpr std::string_view kRecords = R"(
A broken rule stands in the record's `violations` with its id, the side it came from, its frame and its place in the
stream, and counts in `violation_count`. Rows of severity `info` are legal: they appear in the record's `notes` with a
count, never in `violations`, and never count as broken.

"Broken by the server" means: it arrived broken from the server's side. With one tap, a hop between may have done it.

## Untrusted directions

After some faults nobody can say where the next frame begins: a reserved bit without an extension that gives it a
meaning, a reserved opcode, a length with its top bit set. The direction is then untrusted. Its bytes flow on and are
counted, and nothing more of it is said to be broken, so that one fault is not followed by thousands of false ones. A
Close frame still counts there if it is right in every point.

## How to read the examples

Lines are bytes and ends as the two endpoints send them, in the language of
[tests/scenarios](../tests/scenarios/README.md); a test plays each of them and holds the record against this page.

| line | means |
|---|---|
| `client 81 82 00 00 00 00 68 69` | these bytes come from the client (or `server`) |
| `client \| Host: example.com` | a line of text, ended by CR LF |
| `server "no\r\n"` | text as it stands |
| `server repeat 126 "x"` | the same text again and again |
| `client upgrade`, `server accept` | the request and the answer of RFC 6455 section 1.2 |
| `server fin` | the server's stream ends |
| `time +11s` | time passes |
| `rtt client 80ms` | what TCP says of the way to that side |

Below a frame's header stands what its bits say. An example "from a connection's first byte" is all that passed. One
"on an open connection" comes behind `client upgrade` and `server accept`; one "on an open connection with
permessage-deflate" behind this handshake:

```text
)";

constexpr std::string_view kIdsWithoutRules = R"(```

In JSON these are `"setup"`: `own_handshake`, `opened`, `opened_with_deflate`. A rule's other keys there: `id`, `rule`,
`section`, `severity`, `breaker`, `said_in` (which list of the record), `sentence`, `reaction`, and `example` and
`legal_edge` with `says` and `lines`.

## Ids without a rule

Ids are never renumbered. These stand for nothing that could be found broken:

| id | why |
|---|---|
)";

constexpr std::string_view kOverview = R"(
## Overview

| id | rule | severity | side | source |
|---|---|---|---|---|
)";

struct Group {
  std::string_view prefix;
  std::string_view title;
};

constexpr auto kGroups = std::to_array<Group>({
    {"HS", "Opening handshake"},
    {"FR", "Frames"},
    {"CT", "Ping and Pong"},
    {"TX", "Text"},
    {"CL", "Closing"},
    {"PD", "permessage-deflate"},
    {"EX", "Other extensions"},
});

std::string_view title_of(std::string_view id) {
  for (const Group& group : kGroups) {
    if (id.starts_with(group.prefix)) return group.title;
  }
  return {};
}

// How a heading is linked to: in lower case, with hyphens for blanks.
std::string link_to(const ws::RuleRow& row) {
  return in_lower_case(fmt::format("#{}-{}", row.id, row.name));
}

std::string example_section(std::string_view heading, const Example& example) {
  return fmt::format("{}, {}: {}\n\n```text\n{}```\n", heading, setup_text(example.setup),
                     example.says, example_text(example, Colour::off));
}

std::string rule_section(const ws::RuleRow& row) {
  const RuleExample& example = example_of(row.rule);
  const bool is_info = row.severity == ws::Severity::info;
  std::string out = fmt::format("\n### {} {}\n\n{}\n\n", row.id, row.name, row.sentence);
  out += fmt::format("- Source: {}\n- Severity: {}, in `{}`\n", row.section, name(row.severity),
                     record_list_of(row.severity));
  out += fmt::format("- {}: {}\n", is_info ? "Seen of" : "Broken by", side_text(row.breaker));
  out += fmt::format("- A conforming receiver: {}\n\n", row.reaction);
  out += example_section(is_info ? "Noted" : "Breaks it", example.breach) + "\n";
  return out + example_section(is_info ? "Not noted" : "Legal beside it", example.edge);
}

}  // namespace

std::string rules_document() {
  using enum ws::Severity;
  std::string out(kIntroduction);
  for (const ws::Severity severity : {violation, deviation, info}) {
    out += fmt::format("| `{}` | {} | `{}` |\n", name(severity), meaning_of(severity),
                       record_list_of(severity));
  }
  out.append(kRecords).append(setup_lines(Setup::opened_with_deflate)).append(kIdsWithoutRules);
  for (const IdWithoutRow& row : kIdsWithoutRow) {
    out += fmt::format("| {} | {} |\n", row.id, row.why);
  }
  out += kOverview;
  for (const ws::RuleRow& row : ws::kRules) {
    out += fmt::format("| [{}]({}) | `{}` | {} | {} | {} |\n", row.id, link_to(row), row.name,
                       name(row.severity), name(row.breaker), row.section);
  }
  std::string_view title;
  for (const ws::RuleRow& row : ws::kRules) {
    if (title_of(row.id) != title) out += fmt::format("\n## {}\n", title_of(row.id));
    title = title_of(row.id);
    out += rule_section(row);
  }
  return out;
}

}  // namespace lastframe::output
