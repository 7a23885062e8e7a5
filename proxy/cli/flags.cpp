#include "cli/flags.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "core/base/words.h"
#include "settings/quantities.h"

namespace lastframe::cli {

std::unexpected<Error> mistake(std::string where, std::string what, std::string remedy) {
  return std::unexpected(Error{std::move(where), std::move(what), std::move(remedy)});
}

std::string help_hint(std::string_view command) {
  return fmt::format("see `lastframe {} --help`", command);
}

// One flag's value among words, with the word that was probably meant.
std::expected<std::size_t, Error> one_of(std::string_view flag, std::string_view value,
                                         std::span<const std::string_view> words) {
  const auto found = std::ranges::find(words, value);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  const std::string_view near = nearest(value, words);
  return mistake(std::string(flag), in_quotes(value) + " is not known here",
                 near.empty() ? fmt::format("write one of {}", fmt::join(words, ", "))
                              : fmt::format("did you mean {}?", near));
}

std::expected<std::uint64_t, Error> number(std::string_view flag, std::string_view value,
                                           std::uint64_t lowest, std::uint64_t highest) {
  auto parsed = settings::parse_whole_number(value);
  if (!parsed) return mistake(std::string(flag), parsed.error().what, parsed.error().remedy);
  if (*parsed >= lowest && *parsed <= highest) return *parsed;
  return mistake(std::string(flag), fmt::format("{} is out of range", *parsed),
                 fmt::format("write a number from {} to {}", lowest, highest));
}

void LogFlags::add_to(CLI::App& app) {
  app.add_option("--log", file, "where records go; - is standard output (default)")
      ->type_name("FILE|-");
  app.add_option("--log-level", level, "how much is said (default: closes)")
      ->type_name("closes|violations|messages|frames");
  app.add_option("--log-format", format, "default: text on a terminal, else json")
      ->type_name("json|text");
  app.add_flag("--json", is_json, "the same as --log-format json");
}

std::expected<LogOverrides, Error> LogFlags::overrides() const {
  static constexpr auto kFormats = std::to_array<std::string_view>({"auto", "json", "text"});
  static constexpr auto kLevels =
      std::to_array<std::string_view>({"closes", "violations", "messages", "frames"});
  LogOverrides log{file, std::nullopt, std::nullopt};
  if (file && file->empty()) {
    return mistake("--log", "the path is empty", "write a path, or - for standard output");
  }
  if (level) {
    const auto known = one_of("--log-level", *level, kLevels);
    if (!known) return std::unexpected(known.error());
    log.level = static_cast<output::LogLevel>(*known);
  }
  if (format) {
    const auto known = one_of("--log-format", *format, kFormats);
    if (!known) return std::unexpected(known.error());
    log.format = static_cast<output::LogFormat>(*known);
  }
  if (!is_json) return log;
  if (log.format.value_or(output::LogFormat::json) != output::LogFormat::json) {
    return mistake("--json", "--log-format says otherwise", "leave one of the two out");
  }
  log.format = output::LogFormat::json;
  return log;
}

namespace {

// The nearest flag for one that is not known; CLI11 only says that it was not expected.
std::unexpected<Error> surplus(const CLI::App& app, std::string_view command) {
  const std::vector<std::string> rest = app.remaining();
  const std::string word = rest.empty() ? std::string() : rest.front();
  const std::string flag = word.substr(0, word.find('='));
  if (!flag.starts_with('-')) {
    return mistake("", fmt::format("{} takes no {}", command, in_quotes(word)), help_hint(command));
  }
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  const std::string_view near = nearest(flag, known);
  return mistake("", fmt::format("{} has no flag {}", command, in_quotes(flag)),
                 near.empty() ? help_hint(command) : fmt::format("did you mean {}?", near));
}

}  // namespace

std::optional<Result> read_flags(CLI::App& app, std::string_view command,
                                 std::span<const std::string> arguments) {
  app.get_formatter()->column_width(46);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    return ShowText{app.help(), kExitDone};
  } catch (const CLI::ExtrasError&) {
    return surplus(app, command);
  } catch (const CLI::ArgumentMismatch& error) {  // "--log: 1 required FILE missing"
    const std::string_view text = error.what();
    const bool is_repeated = text.contains("At Most");
    return mistake(printable(text.substr(0, text.find(':'))),
                   is_repeated ? "this is given more than once" : "a value is missing",
                   help_hint(command));
  } catch (const CLI::Error& error) {
    return mistake("", printable(error.what()), help_hint(command));
  }
  return std::nullopt;
}

void LanguageFlag::add_to(CLI::App& app, const std::string& says) {
  app.add_option("--lang", word, says)->type_name("en|fr|es|ar");
}

std::expected<std::optional<catalogue::Language>, Error> LanguageFlag::value() const {
  if (!word) return std::nullopt;
  std::array<std::string_view, catalogue::kLanguages.size()> names;
  std::ranges::transform(catalogue::kLanguages, names.begin(),
                         [](catalogue::Language language) { return name(language); });
  const auto known = one_of("--lang", *word, names);
  if (!known) return std::unexpected(known.error());
  return catalogue::kLanguages[*known];
}

std::optional<Result> read_flags(CLI::App& app, std::string_view command,
                                 std::span<const std::string> arguments,
                                 const LanguageFlag& language) {
  if (auto answer = read_flags(app, command, arguments)) return answer;
  if (const auto known = language.value(); !known) return std::unexpected(known.error());
  return std::nullopt;
}

}  // namespace lastframe::cli
