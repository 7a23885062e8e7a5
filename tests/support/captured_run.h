// A command of explain, compare or lookup run over the sample catalogue, and what it wrote.
#pragma once

#include <memory>
#include <sstream>
#include <string>

#include "cli/knowledge.h"
#include "support/sample_catalogue.h"

namespace lastframe::test {

inline cli::Surroundings sample_surroundings(catalogue::Language language = catalogue::Language::en,
                                             output::Colour colour = output::Colour::off) {
  const auto load = [](std::span<const std::string>) -> cli::Knowledge {
    return std::make_shared<const catalogue::Catalogue>(sample_catalogue());
  };
  return {load, language, colour};
}

// A catalogue with two mistakes.
inline cli::Surroundings broken_surroundings() {
  const auto load = [](std::span<const std::string> files) -> cli::Knowledge {
    const std::string where = files.empty() ? "built in" : files.front();
    return std::unexpected(
        std::vector{Error{where + ":1: codes", "no list", ""}, Error{where + ":2: id", "no", ""}});
  };
  return {load, catalogue::Language::en, output::Colour::off};
}

struct CapturedRun {
  // `run`: run_explain or another of its kind.
  template <typename Run, typename Command>
  CapturedRun(const Run& run, const Command& command,
              const cli::Surroundings& surroundings = sample_surroundings()) {
    std::ostringstream out_stream;
    std::ostringstream err_stream;
    exit_code = run(command, surroundings, out_stream, err_stream);
    out = out_stream.str();
    err = err_stream.str();
  }

  int exit_code;
  std::string out;
  std::string err;
};

}  // namespace lastframe::test
