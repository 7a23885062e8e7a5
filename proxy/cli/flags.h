// What the parsers of the subcommands share: reading flags, and saying what is wrong with them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/arguments.h"
#include "core/base/error.h"
#include "core/catalogue/catalogue.h"

namespace CLI {
class App;
}

namespace lastframe::cli {

using Result = std::expected<Command, Error>;

std::unexpected<Error> mistake(std::string where, std::string what, std::string remedy);

// "see `lastframe COMMAND --help`"
std::string help_hint(std::string_view command);

// The place of a flag's value among `words`; else an error with the word that was probably meant.
std::expected<std::size_t, Error> one_of(std::string_view flag, std::string_view value,
                                         std::span<const std::string_view> words);

std::expected<std::uint64_t, Error> number(std::string_view flag, std::string_view value,
                                           std::uint64_t lowest, std::uint64_t highest);

// An address that was read, with the flag as the place of its error.
template <typename Parsed>
std::expected<Parsed, Error> address(std::string_view flag, std::expected<Parsed, Error> parsed) {
  if (!parsed) parsed.error().where = flag;
  return parsed;
}

// --log and its kind, for commands that write records.
struct LogFlags {
  std::optional<std::string> file;
  std::optional<std::string> level;
  std::optional<std::string> format;
  bool is_json = false;

  void add_to(CLI::App& app);
  std::expected<LogOverrides, Error> overrides() const;
};

// --lang, which every command takes.
struct LanguageFlag {
  std::optional<std::string> word;

  void add_to(CLI::App& app, const std::string& says);
  // Nothing where it is not given.
  std::expected<std::optional<catalogue::Language>, Error> value() const;
};

// Records and diagnostics are the same in every language: tools read them.
inline constexpr const char* kLanguageOfRecords =
    "taken everywhere; records and messages stay English";

// Lets CLI11 read `arguments`; whatever it throws becomes the answer. Nothing: all were read.
std::optional<Result> read_flags(CLI::App& app, std::string_view command,
                                 std::span<const std::string> arguments);

// The same, and --lang is looked at although nothing depends on it.
std::optional<Result> read_flags(CLI::App& app, std::string_view command,
                                 std::span<const std::string> arguments,
                                 const LanguageFlag& language);

}  // namespace lastframe::cli
