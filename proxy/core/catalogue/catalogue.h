// What is known of close codes, causes, products, time-outs, limits and reasons: the rows of
// config/catalogue/*.yaml as values. settings/catalogue_file reads them; nothing changes them
// afterwards.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/endpoint.h"
#include "core/catalogue/cause.h"

namespace lastframe::catalogue {

enum class Language : std::uint8_t { en, fr, es, ar };
inline constexpr std::array kLanguages{Language::en, Language::fr, Language::es, Language::ar};
std::string_view name(Language language);  // "en"

// By Language. English is always there; another language that is empty falls back to it.
using Localised = std::array<std::string, kLanguages.size()>;
std::string_view in(Language language, const Localised& text);

// Where a fact was read. A row without a source is not loaded.
struct Source {
  std::string source;        // a URL, an RFC section, or "project@version file"
  std::string version_seen;  // of the product, or "-" where there is none
  std::string verified_on;   // a date, YYYY-MM-DD

  bool operator==(const Source&) const = default;
};

enum class Confidence : std::uint8_t { certain, likely, possible, unknown };
std::string_view name(Confidence confidence);

// Who has to act, as the record says it.
enum class Party : std::uint8_t {
  client,
  server,
  hop_before,  // between client and this tap
  hop_behind,  // between this tap and server
  network,
  operators,  // "operator": a deploy, a reload
  proxy,
  nobody,
  unknown,
};
std::string_view name(Party party);

// As rows say it: a party, or one that depends on who closed. The closer is who sent the first
// Close or ended first; `hop_at_closer` lies between this tap and the closer.
enum class PartyRule : std::uint8_t {
  client,
  server,
  hop_before,
  hop_behind,
  network,
  operators,
  proxy,
  nobody,
  unknown,
  closer,
  other_side,
  hop_at_closer,
  hop_at_other_side,
};
// Without a closer (nobody ended anything), the relative ones are Party::unknown.
Party resolved(PartyRule rule, std::optional<Endpoint> closer);

// Codes first..last, both included.
struct CodeRange {
  unsigned first = 0;
  unsigned last = 0;

  bool has(unsigned code) const { return first <= code && code <= last; }
  bool operator==(const CodeRange&) const = default;
};

// codes.yaml: a close code, or a range of them.
struct CodeRow {
  CodeRange codes;
  Localised name;
  Localised meaning;
  Localised when;
  Localised fix;
  std::string sent_by;              // "client", "server", "either", "nobody", "application"
  bool may_be_sent = true;          // whether it may stand in a Close frame
  std::vector<std::string> causes;  // ids that usually stand behind it, most frequent first
  Source source;
};

// How to fix a cause on one product ("nginx") or in "code".
struct ProductFix {
  std::string product;
  std::string text;

  bool operator==(const ProductFix&) const = default;
};

// causes.yaml. In `summary` and `fix`, {closer} and {other} stand for "client" and "server".
struct CauseRow {
  std::string id;
  PartyRule party = PartyRule::unknown;
  std::string title;    // a few words
  std::string summary;  // one sentence
  std::string meaning;
  std::string found_by;  // what has to be seen for this verdict
  std::string fix;
  std::vector<ProductFix> fixes;
  std::vector<CodeRange> codes;  // that it is seen with
  std::vector<std::string> see;  // related causes and rules
  Source source;
};

// By what a product or an application is recognised in a handshake.
struct Sign {
  enum class Where : std::uint8_t { request_header, response_header, host, path, subprotocol };
  Where where = Where::response_header;
  std::string name;   // of the header, in lower case; else empty
  std::string value;  // header: it contains this, in any case; "" is any value.
                      // host: equal, or a suffix if it begins with "."; path: a prefix;
                      // subprotocol: equal, or a prefix if it ends in "*"

  bool operator==(const Sign&) const = default;
};

// What a library or hop refuses although RFC 6455 allows it, or how it fails a connection.
struct Habits {
  std::vector<CodeRange> refuses_codes;  // legal codes it takes for an error
  std::optional<unsigned> refusal_code;  // what it then sends; none: it ends without a Close
  bool fails_without_close = false;      // a protocol error ends its TCP stream, no Close is sent
  std::vector<std::string> strict;       // sentences: what legal traffic it refuses
  std::optional<unsigned> too_big_code_to_peer;  // a gateway's code to the other side of a 1009
};

// What its log says of a close, for the view of the server.
struct LocalText {
  unsigned code = 1006;  // as the library reports it to its application
  std::string text;
};

enum class Role : std::uint8_t { proxy, service, server, client };
std::string_view name(Role role);

// products.yaml: a hop (proxy), a hosted platform (service), a server or client library.
struct ProductRow {
  std::string id;
  std::string name;
  Role role = Role::server;
  std::vector<Sign> signs;  // any of them will do; without one it is only a candidate
  Habits habits;
  std::vector<LocalText> logs;
  Source source;
};

enum class TimeoutKind : std::uint8_t {
  idle,      // no bytes for so long
  lifetime,  // absolute
  silent,    // state is dropped after so long without bytes, nothing is sent
};
std::string_view name(TimeoutKind kind);

// Whose bytes set an idle timer back.
enum class Counts : std::uint8_t { either, client, server };

// timeouts.yaml
struct TimeoutRow {
  std::string id;
  std::string product;
  TimeoutKind kind = TimeoutKind::idle;
  Counts counts = Counts::either;
  std::chrono::milliseconds after{0};
  bool is_default = true;       // else: a usual or documented other value
  std::string setting;          // its name, or "" where nothing can be set
  std::string how;              // how it ends: "fin", "reset", "close" or "any"
  std::vector<unsigned> codes;  // of the Close it sends, where it sends one
  std::string fix;              // one sentence
  Source source;
};

enum class LimitOf : std::uint8_t { message, frame };

// limits.yaml
struct LimitRow {
  std::string id;
  std::string product;
  std::uint64_t bytes = 0;
  LimitOf of = LimitOf::message;
  bool is_inflated = true;  // of what a compressed message inflates to
  std::string setting;
  std::string note;  // what it sends, and what else is worth knowing
  Source source;
};

enum class Match : std::uint8_t { exact, prefix, contains };

// reasons.yaml: a Close's reason text that says something.
struct ReasonRow {
  std::string id;
  std::vector<CodeRange> codes;    // empty: any
  std::optional<Endpoint> sender;  // absent: either
  Match match = Match::exact;
  std::string text;     // compared in any case
  std::string product;  // id, or "" where several say it
  std::string cause;    // id
  Confidence confidence = Confidence::likely;
  std::optional<PartyRule> party;  // absent: the cause's own
  std::string says;                // one sentence: what this text means
  std::string fix;                 // "": the cause's own
  Source source;
};

struct ApplicationCode {
  CodeRange codes;
  std::string name;
  std::string meaning;  // one sentence
  std::string fix;
  std::string cause;  // id
  std::optional<PartyRule> party;
};

// applications.yaml: close codes of an application protocol or a service.
struct ApplicationRow {
  std::string id;
  std::string name;
  std::vector<Sign> signs;
  std::vector<ApplicationCode> codes;
  Source source;
};

enum class Carrier : std::uint8_t { ping, pong, text };

// heartbeats.yaml: what a stack sends at a steady pace.
struct HeartbeatRow {
  std::string id;
  std::string product;
  Carrier carrier = Carrier::ping;
  Endpoint sender = Endpoint::server;
  std::chrono::milliseconds every{0};
  std::chrono::milliseconds patience{0};  // when the other side is given up; 0: never
  std::string starts;                     // of a text message: how it begins
  std::string note;
  Source source;
};

// What one value of a farewell's field means.
struct FarewellValue {
  std::string value;  // exactly; "*" for any other
  std::string cause;
  std::optional<PartyRule> party;
  std::string says;
  std::string fix;
};

// farewells.yaml: a text message that says why, before the Close does not.
struct FarewellRow {
  std::string id;
  std::string product;
  Endpoint sender = Endpoint::server;
  std::string starts;  // the message begins with this; at least 1 byte
  std::string field;   // the JSON member that names the reason; "" if the message says it all
  std::vector<FarewellValue> values;
  Source source;
};

// refusals.yaml: an HTTP answer to the upgrade that tells its reason.
struct RefusalRow {
  std::string id;
  std::vector<unsigned> statuses;
  std::vector<Sign> signs;    // response headers, path; all of them must hold; may be empty
  std::string body_contains;  // in the first 256 bytes; "": any
  std::string product;
  std::string cause;
  Confidence confidence = Confidence::likely;
  std::optional<PartyRule> party;
  std::string says;
  std::string fix;
  Source source;
};

// languages.yaml: headings of `explain` and `compare`, by id ("when_you_see_it").
struct HeadingRow {
  std::string id;
  Localised text;
};

// differences.yaml: what sets two codes apart that people take for each other.
struct DifferenceRow {
  std::vector<unsigned> between;  // two codes, the smaller one first
  Localised difference;
  Localised which;  // when to use which
  Source source;
};

// Rows are sorted by id (codes by their first code), each id once.
struct Catalogue {
  std::vector<CodeRow> codes;
  std::vector<CauseRow> causes;
  std::vector<ProductRow> products;
  std::vector<TimeoutRow> timeouts;
  std::vector<LimitRow> limits;
  std::vector<ReasonRow> reasons;
  std::vector<ApplicationRow> applications;
  std::vector<HeartbeatRow> heartbeats;
  std::vector<FarewellRow> farewells;
  std::vector<RefusalRow> refusals;
  std::vector<HeadingRow> headings;
  std::vector<DifferenceRow> differences;

  // Null where there is none. A code in several ranges is in the narrowest.
  const CodeRow* code(unsigned code) const;
  const CauseRow* cause(std::string_view id) const;
  const ProductRow* product(std::string_view id) const;
  // Of a cause that the diagnosis names: the loader has seen to it that there is one.
  const CauseRow& operator[](Cause cause) const;
};

}  // namespace lastframe::catalogue
