#include "cli/explain_command.h"

#include <fmt/format.h>

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>

#include "cli/known_word.h"
#include "cli/say.h"
#include "core/catalogue/cause.h"
#include "core/ws/rule_table.h"
#include "output/causes_document.h"
#include "output/explain.h"
#include "output/explain_cause.h"
#include "output/explain_code.h"
#include "output/explain_product.h"
#include "output/rules_document.h"

namespace lastframe::cli {
namespace {

using output::Wording;

// What a command writes, in the format that is asked for.
class Writer {
 public:
  Writer(const ExplainCommand& command, output::Colour colour, std::ostream& out)
      : is_json_(command.format == ExplainFormat::json), colour_(colour), out_(out) {}

  void write_rule(const ws::RuleRow& row) {
    if (is_json_) {
      out_ << output::rule_json(row) << '\n';
    } else {
      out_ << output::rule_page(row, colour_);
    }
  }

  // Few causes have the name of a rule as well: both are said.
  void write_cause(const catalogue::CauseRow& row, const Wording& wording) {
    const auto rule = rule_named(row.id);
    if (is_json_) {
      out_ << output::cause_json(row, wording, rule ? output::rule_json(*rule) : "") << '\n';
      return;
    }
    out_ << output::cause_page(row, wording, colour_);
    if (rule) out_ << '\n' << output::rule_page(*rule, colour_);
  }

  void write_code(const output::KnownCode& known, const Wording& wording, std::string_view near) {
    if (is_json_) {
      out_ << output::code_json(known, wording, near) << '\n';
    } else {
      out_ << output::code_page(known, wording, colour_);
    }
  }

  void write_product(const output::KnownProduct& known, const Wording& wording) {
    if (is_json_) {
      out_ << output::product_json(known, wording) << '\n';
    } else {
      out_ << output::product_page(known, wording, colour_);
    }
  }

  void write_rules() {
    out_ << (is_json_ ? output::rule_list_json() + "\n" : output::rule_list(colour_));
  }

  void write_list(ExplainGroup group, const Wording& wording) {
    switch (group) {
      case ExplainGroup::rules:
        return write_rules();
      case ExplainGroup::codes:
        out_ << (is_json_ ? output::code_list_json(wording) + "\n"
                          : output::code_list(wording, colour_));
        return;
      case ExplainGroup::causes:
        out_ << (is_json_ ? output::cause_list_json(wording) + "\n"
                          : output::cause_list(wording, colour_));
        return;
      case ExplainGroup::products:
        out_ << (is_json_ ? output::product_list_json(wording) + "\n"
                          : output::product_list(wording, colour_));
        return;
    }
  }

 private:
  bool is_json_;
  output::Colour colour_;
  std::ostream& out_;
};

int explain_number(const std::string& word, Writer& writer, const Wording& wording,
                   std::ostream& err) {
  const auto known = code_named(wording.rows(), word, "explain");
  if (!known) return refuse(known.error(), err);
  const std::string near =
      known->is_in_use() ? std::string() : output::nearest_code(wording.rows(), word);
  writer.write_code(*known, wording, near);
  if (!near.empty()) {
    err << fmt::format("lastframe: explain: {} has no meaning of its own; did you mean {}?\n",
                       known->code, near);
  }
  return kExitDone;
}

int explain_word(const std::string& word, Writer& writer, const Wording& wording,
                 std::ostream& err) {
  if (is_number(word)) return explain_number(word, writer, wording, err);
  if (const catalogue::CauseRow* const cause = cause_named(wording.rows(), word)) {
    writer.write_cause(*cause, wording);
    return kExitDone;
  }
  if (const auto rule = rule_named(word)) {
    writer.write_rule(*rule);
    return kExitDone;
  }
  const auto product = output::known_product(wording.rows(), product_named(wording.rows(), word));
  if (!product) return refuse(unknown_word(wording.rows(), word), err);
  writer.write_product(*product, wording);
  return kExitDone;
}

bool is_name_of_cause(std::string_view word) {
  for (std::size_t i = 0; i < catalogue::kCauseCount; ++i) {
    if (word == name(static_cast<catalogue::Cause>(i))) return true;
  }
  return false;
}

// Whether the table of rules has the whole answer: then no catalogue is loaded, and a rule can be
// explained with a broken one.
bool is_about_rules_only(const ExplainCommand& command) {
  if (!command.word) return command.group == ExplainGroup::rules;
  const auto rule = rule_named(*command.word);
  return rule && (is_id_of(*rule, *command.word) || !is_name_of_cause(rule->name));
}

}  // namespace

int run_explain(const ExplainCommand& command, const Surroundings& surroundings, std::ostream& out,
                std::ostream& err) {
  Writer writer(command, surroundings.colour, out);
  if (is_about_rules_only(command)) {
    if (command.word) {
      writer.write_rule(*rule_named(*command.word));
    } else if (command.format == ExplainFormat::markdown) {
      out << output::rules_document();
    } else {
      writer.write_rules();
    }
    return kExitDone;
  }
  const Knowledge loaded = surroundings.knowledge(command.knowledge.files);
  if (!loaded) return refuse(loaded.error(), err);
  const Wording wording(**loaded, command.knowledge.language.value_or(surroundings.language));
  if (command.word) return explain_word(*command.word, writer, wording, err);
  if (command.format == ExplainFormat::markdown) {
    out << output::causes_document(wording.rows());
  } else {
    writer.write_list(command.group, wording);
  }
  return kExitDone;
}

}  // namespace lastframe::cli
