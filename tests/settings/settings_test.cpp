#include "settings/settings.h"

#include <doctest/doctest.h>

#include <array>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "settings/known_keys.h"
#include "settings/reading.h"
#include "settings/text_file.h"
#include "settings/yaml_document.h"
#include "support/catalogue_text.h"
#include "support/certificates.h"
#include "support/environment_variable.h"
#include "support/temporary_file.h"

namespace lastframe::settings {
namespace {

// The file that documents every key, found from this source file.
std::string example_path() {
  const auto root = std::filesystem::path(LASTFRAME_ROOT);
  return (root / "config" / "lastframe.yaml").string();
}

TEST_CASE("every mistake of a file is told at once, in the order of its lines") {
  CHECK(
      mistakes_of(R"(listeners:
  - name: chat
    listen: 127.0.0.1
    upstream: ws://10.0.0.7:9000/x
  - name: chat
    listen: 127.0.0.1:0
    listen: 127.0.0.1:1
    upstream: ws://127.0.0.1:9000
    mode: sideways
    colour: red
workers: 08
drain_timeout: 25
limits:
  pending_per_direction: 256kb
  connections: [1]
log: {file: "-", level: loud}
wrokers: 3
)") ==
      R"(3: listeners[0].listen: "127.0.0.1" is not an address with a port; write 127.0.0.1:8080, [::1]:8080, :8080 or unix:/path
4: listeners[0].upstream: "ws://10.0.0.7:9000/x" has a path, but request targets pass unchanged: it would have no effect; write ws://10.0.0.7:9000
5: listeners[1].name: "chat" is the name of the listener in line 2; give each listener its own name
7: listeners[1].listen: this key is already in line 6; keep one of the two
9: listeners[1].mode: "sideways" is not known here; write one of reverse, forward, transparent, tproxy, socks5
10: listeners[1].colour: this key is not known; known here: name, listen, upstream, routes, mode, client_address, access, tls, upstream_tls, proxy_protocol, connect, on_connect_failure, source_addresses, keepalive, timeouts
11: workers: 08 starts with a zero; write it without the leading zero: some read 010 as 8, or auto
12: drain_timeout: "25" has no unit; write a whole number and a unit: 250ms, 25s, 5m or 1h
14: limits.pending_per_direction: "256kb" is not a size; write a whole number and a unit: 512B, 256KiB, 1MiB or 2GiB
15: limits.connections: a list stands here; write a number from 1 to 10000000, or auto
16: log.level: "loud" is not known here; write one of closes, violations, messages, frames
17: wrokers: this key is not known; did you mean workers?
)");
}

TEST_CASE("a file without settings says what is needed") {
  const auto rows = std::to_array<MistakeRow>({
      {"", "1: listeners: the file is empty; write listeners: [{listen: 127.0.0.1:8080"},
      {"# only a comment\n", "1: listeners: the file is empty"},
      {"---\n", "1: listeners: the file is empty"},
      {"~\n", "1: listeners: the file is empty"},
      {"{}\n", "1: listeners: this key is missing; write listeners: ["},
      {"workers: 2\n", "1: listeners: this key is missing"},
      {"just text\n", "1: yaml: a single value stands here; write keys, such as listeners:"},
      {"- a\n", "1: yaml: a list stands here"},
      {"a: [\n", "2: yaml: this is not valid YAML: "},
      {"a: !t 1\nb: 1\n", "1: yaml: the tag \"!t\" has no meaning here; leave it out"},
  });
  for (const MistakeRow& row : rows) check_mistakes(std::string(row.text), row.said);
}

TEST_CASE("anchors and aliases work, for values and for whole lists") {
  const Settings settings = settings_from(R"(
listeners:
  - {name: a, listen: ":1", upstream: &services [ws://h:1, ws://h:2], keepalive: &alive {idle: 5s}}
  - {name: b, listen: ":2", upstream: *services, keepalive: *alive}
)");
  const auto& listeners = settings.relay.listeners;
  REQUIRE(listeners.size() == 2);
  CHECK(listeners[0].upstreams == listeners[1].upstreams);
  CHECK(listeners[0].keepalive == listeners[1].keepalive);
}

TEST_CASE("a mistake in an anchored value is told once for each place, where the value stands") {
  const std::string said = mistakes_of(
      "listeners:\n"
      "  - {name: a, listen: :1, upstream: ws://h, keepalive: &alive {idle: 5}}\n"
      "  - {name: b, listen: :2, upstream: ws://h, keepalive: *alive}\n");
  CHECK(said ==
        "2: listeners[0].keepalive.idle: \"5\" has no unit; write a whole number and a unit: "
        "250ms, 25s, "
        "5m or 1h\n"
        "2: listeners[1].keepalive.idle: \"5\" has no unit; write a whole number and a unit: "
        "250ms, 25s, "
        "5m or 1h\n");
}

TEST_CASE("lines may end as on Windows") {
  CHECK(mistakes_of("listeners:\r\n  - listen: :1\r\n    upstream: ws://h\r\n") == "");
  CHECK(mistakes_of("listeners:\r\n  - listen: :1\r\n    upstream: h\r\n")
            .starts_with("3: listeners[0].upstream: \"h\" has no scheme"));
}

// A catalogue with as little as there must be.
struct BuiltIn {
  std::string causes = test::causes_text();
  std::array<CatalogueText, 1> texts{{{"causes.yaml", causes}}};
};

TEST_CASE("a file is loaded under its own name, and one that cannot be read is a mistake") {
  const BuiltIn built_in;
  const TemporaryFile good(with_top(""));
  auto loaded = load_settings(good.path(), built_in.texts);
  REQUIRE(loaded.has_value());
  loaded->relay.catalogue.reset();
  CHECK(*loaded == settings_from(with_top("")));
  const TemporaryFile bad("workers: 2\n");
  const auto mistakes = load_settings(bad.path(), built_in.texts);
  REQUIRE_FALSE(mistakes.has_value());
  CHECK(mistakes.error().at(0).where == bad.path() + ":1: listeners");
  const auto missing = load_settings("/nonexistent/lastframe.yaml", built_in.texts);
  REQUIRE_FALSE(missing.has_value());
  REQUIRE(missing.error().size() == 1);
  CHECK(to_text(missing.error()[0]).starts_with("/nonexistent/lastframe.yaml: "));
}

TEST_CASE("a loaded file has the built-in catalogue, with the rows of the user's files") {
  const BuiltIn built_in;
  const TemporaryFile plain(with_top(""));
  const auto without = load_settings(plain.path(), built_in.texts);
  REQUIRE(without.has_value());
  REQUIRE(without->relay.catalogue != nullptr);
  CHECK(without->relay.catalogue->causes.size() == catalogue::kCauseCount);
  CHECK(without->catalogue_files.empty());
  const TemporaryFile mine("headings: [{id: h, text: {en: a}}]\n");
  const TemporaryFile file(with_top("catalogue: [" + mine.path() + "]"));
  const auto with = load_settings(file.path(), built_in.texts);
  REQUIRE(with.has_value());
  CHECK(with->catalogue_files == std::vector{mine.path()});
  CHECK(with->relay.catalogue->headings.size() == 1);
}

TEST_CASE("mistakes of the user's catalogue are mistakes of the configuration, behind its own") {
  const BuiltIn built_in;
  const TemporaryFile mine("headings: [{id: h}]\nlimit: []\n");
  const TemporaryFile file(
      with_top("workers: 0\ncatalogue: [" + mine.path() + ", /nonexistent/b.yaml]"));
  const auto mistakes = load_settings(file.path(), built_in.texts);
  REQUIRE_FALSE(mistakes.has_value());
  std::vector<std::string> places;
  for (const Error& error : mistakes.error()) places.push_back(error.where);
  CHECK(places ==
        std::vector<std::string>{file.path() + ":2: workers", file.path() + ":3: catalogue[1]",
                                 mine.path() + ":1: headings[0].text", mine.path() + ":2: limit"});
}

TEST_CASE("the documented configuration has the defaults, and an admin port") {
  const BuiltIn built_in;
  auto settings = load_settings(example_path(), built_in.texts);
  REQUIRE(settings.has_value());
  CHECK(settings->relay.catalogue != nullptr);
  settings->relay.catalogue.reset();
  Settings expected;
  net::ListenerOptions listener;
  listener.name = "default";
  listener.listen = net::TcpAddress{"127.0.0.1", 8080};
  listener.upstreams = {{net::TcpAddress{"127.0.0.1", 9000}}};
  expected.relay.listeners = {listener};
  expected.admin.listen = net::TcpAddress{"127.0.0.1", 9464};
  CHECK(*settings == expected);
}

// What the examples name, beside them.
void make_files_of_examples(const test::CertificateFiles& files) {
  const auto root = test::make_test_root();
  for (const char* const name : {"internal-ca.pem", "devices-ca.pem"})
    files.write(name, root.pem());
  for (const char* const name : {"chat.example", "other.example", "devices.example", "proxy"}) {
    files.pair(name, test::make_certificate({}, &root));
  }
  files.write("users", "ann:secret\n");
  std::filesystem::create_directory(files.path("lastframe"));
  files.write("lastframe/ca.pem", root.pem());
  files.write("lastframe/ca-key.pem", root.key_pem());
}

TEST_CASE("each example has no mistakes") {
  const BuiltIn built_in;
  const test::CertificateFiles files;
  const test::EnvironmentVariable config("XDG_CONFIG_HOME", files.path("."));
  make_files_of_examples(files);
  std::set<std::string> names;
  const auto examples = std::filesystem::path(LASTFRAME_ROOT) / "config" / "examples";
  for (const auto& entry : std::filesystem::directory_iterator(examples)) {
    CAPTURE(entry.path().string());
    names.insert(entry.path().stem().string());
    const auto text = read_text_file(entry.path().string(), kLargestYaml);
    REQUIRE(text.has_value());
    const auto settings = load_settings(files.write("example.yaml", *text), built_in.texts);
    const std::string first = settings ? "" : to_text(settings.error().front());
    CHECK(first == "");
  }
  CHECK(names == std::set<std::string>{"forward", "intercept", "mutual-tls", "proxy-protocol",
                                       "reverse-tls", "routes", "socks5", "tls-to-plain", "tproxy",
                                       "transparent"});
}

TEST_CASE("a certificate that cannot be loaded is a mistake with the line that names it") {
  const BuiltIn built_in;
  const TemporaryFile file(
      with_listener("tls: {certificates: [{cert: /none/a.pem, key: /none/a.key}]}") +
      "workers: 0\n");
  const auto settings = load_settings(file.path(), built_in.texts);
  REQUIRE_FALSE(settings.has_value());
  const auto& mistakes = settings.error();
  REQUIRE(mistakes.size() >= 2);
  CHECK(mistakes[0].where == file.path() + ":5: workers");
  CHECK(mistakes[1].where == file.path() + ":4: listeners[0].tls.certificates[0]");
  CHECK(mistakes[1].what.contains("/none/a.pem"));
}

// Each key of the tree as "SECTION.KEY", lists as "[]".
void collect(const YamlDocument& document, std::size_t node, const std::string& section,
             std::set<std::string>& keys) {
  const bool is_list = document.nodes[node].kind == YamlKind::list;
  for (const YamlEntry& entry : document.nodes[node].entries) {
    const std::string path = is_list           ? section + "[]"
                             : section.empty() ? entry.key
                                               : section + "." + entry.key;
    if (!is_list) keys.insert(path);
    collect(document, entry.value, path, keys);
  }
}

// Keys of which only one may be there, that say what another value says already, or that the mode
// and the defaults of the documented listener have no place for.
bool is_shown_in_a_comment(const KnownKey& known) {
  const bool is_for_others =
      known.section.starts_with("listeners[].tls") || known.section == "listeners[].routes[]" ||
      known.section == "listeners[].access" || known.section.starts_with("log.http[]");
  return is_for_others || known.section == "privacy.user" ||
         (known.section == "listeners[]" && known.key == "access");
}

TEST_CASE("every key of this version stands in the documented configuration") {
  const auto text = read_text_file(example_path(), kLargestYaml);
  REQUIRE(text.has_value());
  const YamlDocument document = parse_yaml(*text);
  std::set<std::string> keys;
  collect(document, document.root, "", keys);
  for (const KnownKey& known : kKnownKeys) {
    if (known.availability == Availability::later) continue;
    const std::string path =
        (known.section.empty() ? "" : std::string(known.section) + ".") + std::string(known.key);
    CAPTURE(path);
    if (is_shown_in_a_comment(known)) {
      const std::string key = std::string(known.key) + ":";
      CHECK((text->contains("# " + key) || text->contains("#   " + key) ||
             text->contains("{" + key) || text->contains(", " + key)));
    } else {
      CHECK(keys.contains(path));
    }
  }
}

}  // namespace
}  // namespace lastframe::settings
