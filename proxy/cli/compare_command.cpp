#include "cli/compare_command.h"

#include <fmt/format.h>

#include <array>
#include <expected>
#include <ostream>
#include <string>

#include "cli/known_word.h"
#include "cli/say.h"
#include "output/compare.h"

namespace lastframe::cli {
namespace {

using output::KnownCode;
using output::Wording;

// A code that somebody could have sent: the others have nothing that could be compared.
std::expected<KnownCode, Error> code_in_use(const Wording& wording, const std::string& word) {
  auto known = code_named(wording.rows(), word, "compare");
  if (!known || known->is_in_use()) return known;
  const std::string near = suggestion(wording.rows(), word);
  return std::unexpected(
      Error{"compare",
            fmt::format("{} has no meaning of its own: it is one of {}, {}", known->code,
                        output::code_range(known->row->codes),
                        in(catalogue::Language::en, known->row->name)),
            near.empty() ? "`lastframe explain --list codes` names all that have one" : near});
}

}  // namespace

int run_compare(const CompareCommand& command, const Surroundings& surroundings, std::ostream& out,
                std::ostream& err) {
  const Knowledge loaded = surroundings.knowledge(command.knowledge.files);
  if (!loaded) return refuse(loaded.error(), err);
  const Wording wording(**loaded, command.knowledge.language.value_or(surroundings.language));
  const auto a = code_in_use(wording, command.a);
  if (!a) return refuse(a.error(), err);
  const auto b = code_in_use(wording, command.b);
  if (!b) return refuse(b.error(), err);
  if (a->code == b->code) {
    return refuse({"compare", fmt::format("both codes are {}", a->code),
                   fmt::format("name two, or write `lastframe explain {}`", a->code)},
                  err);
  }
  if (command.format == AnswerFormat::json) {
    out << output::comparison_json(*a, *b, wording) << '\n';
  } else {
    out << output::comparison_page(*a, *b, wording, surroundings.colour);
  }
  return kExitDone;
}

}  // namespace lastframe::cli
