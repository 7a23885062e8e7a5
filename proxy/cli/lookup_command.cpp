#include "cli/lookup_command.h"

#include <ostream>

#include "cli/say.h"
#include "output/lookup.h"

namespace lastframe::cli {

int run_lookup(const LookupCommand& command, const Surroundings& surroundings, std::ostream& out,
               std::ostream& err) {
  const Knowledge loaded = surroundings.knowledge(command.knowledge.files);
  if (!loaded) return refuse(loaded.error(), err);
  const output::Wording wording(**loaded,
                                command.knowledge.language.value_or(surroundings.language));
  const auto findings = output::findings_for(command.text, wording);
  if (command.format == AnswerFormat::json) {
    out << output::findings_json(command.text, findings, wording) << '\n';
  } else {
    out << output::findings_page(command.text, findings, wording, surroundings.colour);
  }
  return findings.empty() ? kExitFoundSomething : kExitDone;
}

}  // namespace lastframe::cli
