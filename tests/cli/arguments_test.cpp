#include "cli/arguments.h"

#include <doctest/doctest.h>

#include <array>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lastframe::cli {
namespace {

std::vector<std::string> words(std::string_view line) {
  std::istringstream stream{std::string(line)};
  std::vector<std::string> found;
  for (std::string word; stream >> word;) found.push_back(word);
  return found;
}

template <typename Alternative>
Alternative parsed_as(std::string_view line) {
  CAPTURE(line);
  const auto command = parse_arguments(words(line));
  REQUIRE(command.has_value());
  REQUIRE(std::holds_alternative<Alternative>(*command));
  return std::get<Alternative>(*command);
}

TEST_CASE("proxy takes a listener and its upstream, or a file") {
  const auto direct = parsed_as<ProxyCommand>("proxy --listen [::1]:0 --upstream ws://h:9000");
  CHECK(direct ==
        ProxyCommand{DirectListener{net::TcpAddress{"::1", 0}, net::TcpAddress{"h", 9000}},
                     {},
                     std::nullopt});
  const auto file = parsed_as<ProxyCommand>("proxy --config lastframe.yaml");
  CHECK(file == ProxyCommand{ConfigFile{"lastframe.yaml"}, {}, std::nullopt});
  CHECK(parsed_as<ProxyCommand>("proxy --listen=unix:/a --upstream=unix:/b").source ==
        decltype(ProxyCommand::source)(DirectListener{net::UnixPath{"/a"}, net::UnixPath{"/b"}}));
}

TEST_CASE("each flag of proxy is taken") {
  const auto proxy = [](const std::string& flags) {
    return parsed_as<ProxyCommand>("proxy --config f.yaml " + flags);
  };
  using output::LogFormat;
  using output::LogLevel;
  CHECK(proxy("--log -").log.file == "-");
  CHECK(proxy("--log=a.jsonl").log.file == "a.jsonl");
  CHECK(proxy("--log-level closes").log.level == LogLevel::closes);
  CHECK(proxy("--log-level violations").log.level == LogLevel::violations);
  CHECK(proxy("--log-level messages").log.level == LogLevel::messages);
  CHECK(proxy("--log-level frames").log.level == LogLevel::frames);
  CHECK(proxy("--log-format json").log.format == LogFormat::json);
  CHECK(proxy("--log-format text").log.format == LogFormat::text);
  CHECK(proxy("--json").log.format == LogFormat::json);
  CHECK(proxy("--json --log-format json").log.format == LogFormat::json);
  CHECK(proxy("--workers 1").workers == 1);
  CHECK(proxy("--workers 1024").workers == 1024);
  CHECK(proxy("--workers auto").workers == 0);
  CHECK(proxy("--admin off").admin == AdminOverride{});
  CHECK(proxy("--admin 127.0.0.1:9464").admin == AdminOverride{net::TcpAddress{"127.0.0.1", 9464}});
  CHECK(proxy("--admin unix:/run/a.sock").admin == AdminOverride{net::UnixPath{"/run/a.sock"}});
  CHECK(proxy("--lang en") == proxy(""));
  CHECK(proxy("--lang ar") == proxy(""));
}

TEST_CASE("demo runs one round, some, or for ever") {
  CHECK(parsed_as<DemoCommand>("demo") == DemoCommand{1, {}});
  CHECK(parsed_as<DemoCommand>("demo --rounds 1000000").rounds == 1'000'000);
  CHECK(parsed_as<DemoCommand>("demo --admin off").admin == AdminOverride{});
  CHECK(parsed_as<DemoCommand>("demo --forever").rounds == std::nullopt);
  CHECK(parsed_as<DemoCommand>("demo --log-level frames --json").log ==
        LogOverrides{std::nullopt, output::LogLevel::frames, output::LogFormat::json});
}

TEST_CASE("check-config takes its file with and without a flag") {
  CHECK(parsed_as<CheckConfigCommand>("check-config a.yaml") == CheckConfigCommand{"a.yaml"});
  CHECK(parsed_as<CheckConfigCommand>("check-config --config a.yaml --json") ==
        CheckConfigCommand{"a.yaml", MistakeFormat::json});
  CHECK(parsed_as<CheckConfigCommand>("check-config --json a.yaml") ==
        CheckConfigCommand{"a.yaml", MistakeFormat::json});
}

TEST_CASE("explain takes a word, a list, or a document") {
  using enum ExplainGroup;
  const auto explain = [](const std::string& rest) {
    return parsed_as<ExplainCommand>("explain " + rest);
  };
  CHECK(explain("FR-01") == ExplainCommand{"FR-01", ExplainFormat::text, rules, {}});
  CHECK(explain("--json 1008") == ExplainCommand{"1008", ExplainFormat::json, rules, {}});
  CHECK(explain("--list") == ExplainCommand{std::nullopt, ExplainFormat::text, rules, {}});
  CHECK(explain("--list --json") == ExplainCommand{std::nullopt, ExplainFormat::json, rules, {}});
  CHECK(explain("--json --list codes") ==
        ExplainCommand{std::nullopt, ExplainFormat::json, codes, {}});
  CHECK(explain("--list=causes").group == causes);
  CHECK(explain("--list products").group == products);
  CHECK(explain("--list rules") == explain("--list"));
  CHECK(explain("--markdown") == ExplainCommand{std::nullopt, ExplainFormat::markdown, rules, {}});
  CHECK(explain("--markdown rules") == explain("--markdown"));
  CHECK(explain("--markdown causes") ==
        ExplainCommand{std::nullopt, ExplainFormat::markdown, causes, {}});
  const std::string help = parsed_as<ShowText>("explain --help").text;
  CHECK(help.contains("rules|codes|causes|products"));
  CHECK_FALSE(help.contains("markdown"));
}

TEST_CASE("explain, compare and lookup take a language and catalogues") {
  using catalogue::Language;
  const KnowledgeFlags flags{{"a.yaml", "b.yaml"}, Language::fr};
  const std::string rest = " --catalogue a.yaml --lang fr --catalogue=b.yaml";
  CHECK(parsed_as<ExplainCommand>("explain 1008" + rest).knowledge == flags);
  CHECK(parsed_as<CompareCommand>("compare 1002 1008" + rest).knowledge == flags);
  CHECK(parsed_as<LookupCommand>("lookup x" + rest).knowledge == flags);
  // A catalogue is one word: what comes behind it is the command's.
  CHECK(parsed_as<ExplainCommand>("explain --catalogue a.yaml 1008").word == "1008");
  CHECK(parsed_as<ExplainCommand>("explain 1008").knowledge.language == std::nullopt);
  for (const auto& [word, language] : {std::pair{"en", Language::en},
                                       {"fr", Language::fr},
                                       {"es", Language::es},
                                       {"ar", Language::ar}}) {
    CHECK(
        parsed_as<ExplainCommand>(std::string("explain 1008 --lang ") + word).knowledge.language ==
        language);
  }
}

TEST_CASE("compare takes two codes, and lookup a text with or without quotes") {
  CHECK(parsed_as<CompareCommand>("compare 1002 1008") ==
        CompareCommand{"1002", "1008", AnswerFormat::text, {}});
  CHECK(parsed_as<CompareCommand>("compare --json 1002 1008").format == AnswerFormat::json);
  CHECK(parsed_as<LookupCommand>("lookup no close frame received --json") ==
        LookupCommand{"no close frame received", AnswerFormat::json, {}});
  const auto quoted = parse_arguments({"lookup", "keepalive ping timeout"});
  REQUIRE(quoted);
  CHECK(std::get<LookupCommand>(*quoted).text == "keepalive ping timeout");
}

TEST_CASE("ca makes and shows, in the user's own directory or another") {
  using ssl::Existing;
  CHECK(parsed_as<CaCommand>("ca create") ==
        CaCommand{CaAction::create, std::nullopt, Existing::is_kept, AnswerFormat::text});
  CHECK(parsed_as<CaCommand>("ca --force --dir d create") ==
        CaCommand{CaAction::create, "d", Existing::is_replaced, AnswerFormat::text});
  CHECK(parsed_as<CaCommand>("ca show --json --dir=d") ==
        CaCommand{CaAction::show, "d", Existing::is_kept, AnswerFormat::json});
}

TEST_CASE("help is no mistake, shows examples and names every flag") {
  for (const std::string_view line :
       {"--help", "-h", "help", "proxy --help", "proxy -h", "demo --help", "check-config --help",
        "explain --help", "compare --help", "lookup --help", "ca --help",
        "proxy --listen :1 --help"}) {
    CAPTURE(line);
    const auto help = parsed_as<ShowText>(line);
    CHECK(help.exit_code == 0);
    CHECK(help.text.contains("Examples:\n  lastframe "));
    CHECK(help.text.ends_with('\n'));
  }
  const std::string proxy = parsed_as<ShowText>("proxy --help").text;
  for (const std::string_view flag : {"--config", "--listen", "--upstream", "--log", "--log-level",
                                      "--log-format", "--json", "--workers", "--admin", "--lang"}) {
    CAPTURE(flag);
    CHECK(proxy.contains(flag));
  }
  CHECK(parsed_as<ShowText>("--version").text.starts_with("lastframe "));
}

TEST_CASE("lastframe alone shows its help and counts as bad usage") {
  const auto help = parsed_as<ShowText>("");
  CHECK(help.exit_code == 2);
  CHECK(help.text == parsed_as<ShowText>("--help").text);
}

TEST_CASE("bad usage is told in one line with a hint") {
  struct Row {
    std::string_view line;
    std::string_view said;
  };
  const auto rows = std::to_array<Row>({
      {"prxy", "there is no command \"prxy\"; did you mean proxy?"},
      {"check_config", "there is no command \"check_config\"; did you mean check-config?"},
      {"nonsense", "there is no command \"nonsense\"; see `lastframe --help`"},
      {"--nonsense", "lastframe has no flag \"--nonsense\" before a command"},
      {"--json proxy", "lastframe has no flag \"--json\" before a command"},
      {"proxy",
       "proxy needs --config FILE, or --listen ADDR and --upstream URL; see `lastframe proxy"},
      {"proxy --listen :1", "--listen: --upstream is missing; add --upstream ws://host:port"},
      {"proxy --upstream ws://h", "--upstream: --listen is missing; add --listen 127.0.0.1:8080"},
      {"proxy --config a --listen :1", "--config: a file does not go together with --listen and"},
      {"proxy --config a --upstream ws://h",
       "--config: a file does not go together with --listen and"},
      {"proxy --listen 127.0.0.1 --upstream ws://h",
       "--listen: \"127.0.0.1\" is not an address with"},
      {"proxy --listen :1 --upstream ws://h/x", "--upstream: \"ws://h/x\" has a path, but request"},
      {"proxy --listen :1 --upstream ws://127.0.0.1:1",
       "--upstream: this is the address that --listen"},
      {"proxy --lissten :1", "proxy has no flag \"--lissten\"; did you mean --listen?"},
      {"proxy --lissten=:1", "proxy has no flag \"--lissten\"; did you mean --listen?"},
      {"proxy --nonsense", "proxy has no flag \"--nonsense\"; see `lastframe proxy --help`"},
      {"proxy -x", "proxy has no flag \"-x\"; see `lastframe proxy --help`"},
      {"proxy --config a stray", "proxy takes no \"stray\"; see `lastframe proxy --help`"},
      {"proxy --config", "--config: a value is missing; see `lastframe proxy --help`"},
      {"proxy --listen :1 --listen :2 --upstream ws://h", "--listen: this is given more than once"},
      {"proxy --config a --log", "--log: a value is missing"},
      {"proxy --config a --log=", "--log: a value is missing"},
      {"proxy --config a --log-level loud",
       "--log-level: \"loud\" is not known here; write one of closes"},
      {"proxy --config a --log-level frame",
       "--log-level: \"frame\" is not known here; did you mean"},
      {"proxy --config a --log-format xml",
       "--log-format: \"xml\" is not known here; write one of auto, json"},
      {"proxy --config a --json --log-format text", "--json: --log-format says otherwise"},
      {"proxy --config a --workers 0",
       "--workers: 0 is out of range; write a number from 1 to 1024"},
      {"proxy --config a --workers 1025", "--workers: 1025 is out of range"},
      {"proxy --config a --workers 08", "--workers: 08 starts with a zero"},
      {"proxy --config a --workers many", "--workers: \"many\" is not a whole number"},
      {"proxy --config a --workers -1", "--workers: "},
      {"proxy --config a --admin 9464", "--admin: "},
      {"proxy --config a --admin on", "--admin: "},
      {"demo --admin ws://h", "--admin: "},
      {"proxy --config a --lang tlh",
       "--lang: \"tlh\" is not known here; write one of en, fr, es, ar"},
      {"demo --rounds 0", "--rounds: 0 is out of range; write a number from 1 to 1000000"},
      {"demo --rounds 1000001", "--rounds: 1000001 is out of range"},
      {"demo --rounds 2 --forever", "--forever: --rounds says otherwise"},
      {"demo --listen :1", "demo has no flag \"--listen\""},
      {"check-config", "check-config needs a file; see `lastframe check-config --help`"},
      {"check-config a --config b", "--config: the file is named twice"},
      {"check-config a b", "check-config takes no \"b\""},
      {"explain", "explain needs a word, as in `lastframe explain 1008`, or --list; see `lastf"},
      {"explain --json", "explain needs a word, as in `lastframe explain 1008`, or --list; see"},
      {"explain FR-01 --list", "--list: this is about all of a kind, not \"FR-01\"; leave one of"},
      {"explain FR-01 --markdown", "--markdown: this is about all of a kind, not \"FR-01\"; leave"},
      {"explain --json --markdown", "--json: --markdown says otherwise; leave one of the two"},
      {"explain --list --markdown", "--list: --markdown says otherwise; leave one of the two"},
      {"explain --list cause", "--list: \"cause\" is not known here; did you mean causes?"},
      {"explain --list 1008", "--list: \"1008\" is not known here; write one of rules, codes, "},
      {"explain --markdown codes", "--markdown: \"codes\" is not known here; "},
      {"explain FR-01 FR-02", "explain takes no \"FR-02\"; see `lastframe explain --help`"},
      {"explain FR-01 --lang tlh",
       "--lang: \"tlh\" is not known here; write one of en, fr, es, ar"},
      {"explain 1008 --catalogue", "--catalogue: a value is missing; see `lastframe explain"},
      {"compare", "compare needs two codes, as in `lastframe compare 1002 1008`; see `lastframe"},
      {"compare 1002", "compare needs two codes, as in `lastframe compare 1002 1008`; see"},
      {"compare 1002 1008 1009", "compare takes no \"1009\"; see `lastframe compare --help`"},
      {"compare 1002 1008 --list", "compare has no flag \"--list\"; "},
      {"lookup", "lookup needs a text, as in `lastframe lookup \"keepalive ping timeout\"`; see"},
      {"ca", "ca needs create or show; see `lastframe ca --help`"},
      {"ca crate", "ca: \"crate\" is not known here; did you mean create?"},
      {"ca create show", "ca takes no \"show\"; see `lastframe ca --help`"},
      {"ca show --force", "--force: show changes nothing; leave it out"},
      {"ca create --dir=", "--dir: a value is missing; see `lastframe ca --help`"},
      {"ca create --dri d", "ca has no flag \"--dri\"; did you mean --dir?"},
      {"health --admin :0", "--admin: nothing listens on port 0; write the port of the proxy's"},
      {"health --admin host:1", "--admin: \"host:1\" "},
      {"health --timeout 3", "--timeout: "},
      {"health --timeout 0ms", "--timeout: \"0ms\" is out of range; write a time from 1ms to 1h"},
      {"health --timeout 61m", "--timeout: \"61m\" is out of range"},
      {"health now", "health takes no \"now\"; see `lastframe health --help`"},
      {"lokup x", "there is no command \"lokup\"; did you mean lookup?"},
      {"explain --lst", "explain has no flag \"--lst\"; did you mean --list?"},
  });
  for (const Row& row : rows) {
    CAPTURE(row.line);
    const auto command = parse_arguments(words(row.line));
    REQUIRE_FALSE(command.has_value());
    const std::string said = to_text(command.error());
    CAPTURE(said);
    CHECK(said.starts_with(row.said));
    CHECK_FALSE(said.contains('\n'));
    CHECK_FALSE(command.error().remedy.empty());
  }
}

TEST_CASE("health asks the usual port for life, or another one for readiness") {
  CHECK(parsed_as<HealthCommand>("health") == HealthCommand{net::TcpAddress{"127.0.0.1", 9464}});
  CHECK(parsed_as<HealthCommand>("health --ready --admin unix:/a --timeout 250ms --json") ==
        HealthCommand{net::UnixPath{"/a"}, Probe::ready, std::chrono::milliseconds(250),
                      AnswerFormat::json});
}

TEST_CASE("report takes logs, a format, a place for it and a length of tables") {
  ReportCommand wanted;
  wanted.logs = {"a", "-"};
  CHECK(parsed_as<ReportCommand>("report a -") == wanted);
  wanted.format = ReportFormat::json;
  CHECK(parsed_as<ReportCommand>("report --json a -") == wanted);
  CHECK(parsed_as<ReportCommand>("report --json a --format json -") == wanted);
  wanted.file = "out";
  wanted.top = 3;
  wanted.knowledge.files = {"mine.yaml"};
  CHECK(parsed_as<ReportCommand>("report --json --output out --top 3 --catalogue mine.yaml a -") ==
        wanted);
}

TEST_CASE("what is wrong with report's arguments is said in a line") {
  struct Row {
    std::vector<std::string> arguments;
    std::string_view said;
  };
  for (const Row& row :
       {Row{{"report"}, "report needs a log"},
        Row{{"report", "-", "-"}, "report: standard input is named twice"},
        Row{{"report", "a", "--format", "pdf"}, "--format: \"pdf\""},
        Row{{"report", "a", "--json", "--format", "text"}, "--json: --format says"},
        Row{{"report", "a", "--top", "0"}, "--top: 0 is out of range"},
        Row{{"report", "a", "--top", "x"}, "--top: "},
        Row{{"report", "a", "--output", ""}, "--output: the path is empty"},
        Row{{"report", "a", "--topp", "3"}, "report has no flag"}}) {
    CAPTURE(row.said);
    const auto command = parse_arguments(row.arguments);
    REQUIRE_FALSE(command.has_value());
    CHECK(to_text(command.error()).starts_with(row.said));
    CHECK_FALSE(command.error().remedy.empty());
  }
}

TEST_CASE("diff takes two captures, names, and what makes it fail") {
  const auto parsed = parse_arguments({"diff", "a.pcap", "b.pcap", "--json", "--names", "edge,app",
                                       "--fail-on", "reframed", "--delay", "250ms", "--top", "3",
                                       "--live", "--key-log", "keys.log"});
  REQUIRE(parsed.has_value());
  CHECK(std::get<DiffCommand>(*parsed) ==
        DiffCommand{.before = "a.pcap",
                    .after = "b.pcap",
                    .format = AnswerFormat::json,
                    .is_live = true,
                    .names = std::array<std::string, 2>{"edge", "app"},
                    .fail_on = diff::Severity::reframed,
                    .delay = std::chrono::milliseconds(250),
                    .top = 3,
                    .key_logs = {"keys.log"}});
  struct Row {
    std::vector<std::string> arguments;
    std::string_view said;
  };
  for (const Row& row :
       {Row{{"diff"}, "diff needs two captures"}, Row{{"diff", "a"}, "diff needs two captures"},
        Row{{"diff", "a", "b", "c"}, "diff needs two captures"},
        Row{{"diff", "-", "-"}, "diff: standard input is named twice"},
        Row{{"diff", "-", "b", "--live"}, "--live: standard input"},
        Row{{"diff", "a", "b", "--names", "x"}, "--names: \"x\""},
        Row{{"diff", "a", "b", "--names", "x,"}, "--names: \"x,\""},
        Row{{"diff", "a", "b", "--fail-on", "transparent"}, "--fail-on: "},
        Row{{"diff", "a", "b", "--delay", "soon"}, "--delay: "},
        Row{{"diff", "a", "b", "--top", "0"}, "--top: 0 is out of range"}}) {
    CAPTURE(row.said);
    const auto command = parse_arguments(row.arguments);
    REQUIRE_FALSE(command.has_value());
    CHECK(to_text(command.error()).starts_with(row.said));
    CHECK_FALSE(command.error().remedy.empty());
  }
}

TEST_CASE("arguments that are no words disturb neither us nor the terminal") {
  for (const std::string& word :
       {std::string("\x1b[31m"), std::string(1 << 20, 'x'), std::string("-"), std::string("--="),
        std::string("\xff"), std::string()}) {
    for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
             {word}, {"proxy", word}, {"proxy", "--listen", word}, {"check-config", word, word}}) {
      CAPTURE(arguments.size());
      CAPTURE(word.substr(0, 8));
      const auto command = parse_arguments(arguments);
      REQUIRE_FALSE(command.has_value());
      CHECK(to_text(command.error()).size() < 1000);
      CHECK_FALSE(to_text(command.error()).contains('\x1b'));
    }
  }
}

}  // namespace
}  // namespace lastframe::cli
