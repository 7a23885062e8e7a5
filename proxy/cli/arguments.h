// The command line as values. It hides CLI11.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/probe_commands.h"
#include "core/base/error.h"
#include "core/catalogue/catalogue.h"
#include "core/ws/rule.h"
#include "diff/finding.h"
#include "net/address.h"
#include "output/log_options.h"
#include "ssl/authority_files.h"

namespace lastframe::cli {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFoundSomething = 1;
inline constexpr int kExitBadUsage = 2;  // bad configuration, or a start that is not possible, too

// Flags that override what the file says.
struct LogOverrides {
  std::optional<std::string> file;
  std::optional<output::LogLevel> level;
  std::optional<output::LogFormat> format;

  bool operator==(const LogOverrides&) const = default;
};

struct ConfigFile {
  std::string path;

  bool operator==(const ConfigFile&) const = default;
};

// The one listener that --listen and --upstream describe.
struct DirectListener {
  net::Address listen;
  net::Upstream upstream;

  bool operator==(const DirectListener&) const = default;
};

// Where the admin port listens, whatever the file says.
struct AdminOverride {
  std::optional<net::Address> listen;  // absent: off

  bool operator==(const AdminOverride&) const = default;
};

struct ProxyCommand {
  std::variant<ConfigFile, DirectListener> source;
  LogOverrides log;
  std::optional<unsigned> workers;  // 0: one for each CPU
  std::optional<AdminOverride> admin{};
  std::optional<std::string> capture{};  // the folder for recordings, whatever the file says

  bool operator==(const ProxyCommand&) const = default;
};

struct DemoCommand {
  std::optional<std::uint64_t> rounds;  // absent: for ever; at least 1
  LogOverrides log;
  std::optional<AdminOverride> admin{};  // absent: kDemoAdminPort, if it is free

  bool operator==(const DemoCommand&) const = default;
};

inline constexpr std::uint16_t kDemoAdminPort = 9464;  // on 127.0.0.1

enum class MistakeFormat { text, json };

struct CheckConfigCommand {
  std::string file;
  MistakeFormat format = MistakeFormat::text;

  bool operator==(const CheckConfigCommand&) const = default;
};

// What explain, compare and lookup are told of the catalogue.
struct KnowledgeFlags {
  std::vector<std::string> files;               // of the user's own rows
  std::optional<catalogue::Language> language;  // absent: the locale's

  bool operator==(const KnowledgeFlags&) const = default;
};

enum class ExplainFormat { text, json, markdown };
enum class ExplainGroup { rules, codes, causes, products };

struct ExplainCommand {
  std::optional<std::string> word;  // what is to be explained, not looked up yet; absent: a group
  ExplainFormat format = ExplainFormat::text;  // `markdown` only for groups: rules and causes
  ExplainGroup group = ExplainGroup::rules;
  KnowledgeFlags knowledge;

  bool operator==(const ExplainCommand&) const = default;
};

enum class AnswerFormat { text, json };

struct CompareCommand {
  std::string a;  // codes, not looked up yet
  std::string b;
  AnswerFormat format = AnswerFormat::text;
  KnowledgeFlags knowledge;

  bool operator==(const CompareCommand&) const = default;
};

struct LookupCommand {
  std::string text;
  AnswerFormat format = AnswerFormat::text;
  KnowledgeFlags knowledge;

  bool operator==(const LookupCommand&) const = default;
};

struct AnalyzeCommand {
  std::vector<std::string> files;  // at least one; "-" is standard input
  output::LogLevel level = output::LogLevel::closes;
  output::LogFormat format = output::LogFormat::automatic;
  std::optional<ws::Severity> fail_on = ws::Severity::violation;  // absent: never
  std::vector<std::string> key_logs{};                            // secrets of TLS
  KnowledgeFlags knowledge{};

  bool operator==(const AnalyzeCommand&) const = default;
};

enum class ReportFormat { text, json, html };

struct ReportCommand {
  std::vector<std::string> logs;  // at least one; "-" is standard input
  ReportFormat format = ReportFormat::text;
  std::optional<std::string> file{};  // absent: standard output
  std::size_t top = 10;               // rows of each table, at least 1
  KnowledgeFlags knowledge{};

  bool operator==(const ReportCommand&) const = default;
};

struct DiffCommand {
  std::string before{};  // "-" is standard input, for one of the two
  std::string after{};
  AnswerFormat format = AnswerFormat::text;
  bool is_live = false;
  std::optional<std::array<std::string, 2>> names{};  // absent: those of the taps
  diff::Severity fail_on = diff::Severity::altered;
  std::chrono::milliseconds delay{1000};  // longer ones are told
  std::size_t top = 20;                   // connections that are shown, at least 1
  std::vector<std::string> key_logs{};    // secrets of TLS, for both

  bool operator==(const DiffCommand&) const = default;
};

enum class CaAction { create, show };

struct CaCommand {
  CaAction action = CaAction::show;
  std::optional<std::string> directory;  // absent: the user's own
  ssl::Existing existing = ssl::Existing::is_kept;
  AnswerFormat format = AnswerFormat::text;

  bool operator==(const CaCommand&) const = default;
};

enum class Probe { alive, ready };  // /healthz, /readyz

struct HealthCommand {
  net::Address admin;  // its port is not 0
  Probe probe = Probe::alive;
  std::chrono::milliseconds timeout{3000};  // for the whole question; at least 1 ms
  AnswerFormat format = AnswerFormat::text;

  bool operator==(const HealthCommand&) const = default;
};

// Help or the version: to standard output, or to standard error where the exit code is not 0.
struct ShowText {
  std::string text;  // complete lines
  int exit_code = kExitDone;

  bool operator==(const ShowText&) const = default;
};

using Command =
    std::variant<ProxyCommand, DemoCommand, CheckConfigCommand, ExplainCommand, CompareCommand,
                 LookupCommand, AnalyzeCommand, ReportCommand, DiffCommand, CaCommand,
                 HealthCommand, EchoCommand, ProbeCommand, ShowText>;

// `arguments` without the program's name. An error is one line for standard error, with a hint;
// the program then exits with kExitBadUsage.
std::expected<Command, Error> parse_arguments(const std::vector<std::string>& arguments);

}  // namespace lastframe::cli
