// What one line of reasoning comes to; the diagnosis makes the verdict of it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/catalogue/catalogue.h"

namespace lastframe::verdict {

using catalogue::Cause;
using catalogue::Confidence;
using catalogue::Party;

struct Finding {
  // Of the catalogue's row; a user's rows may name causes of their own.
  std::string cause;
  Confidence confidence = Confidence::possible;
  std::vector<std::string> evidence;
  std::vector<std::string> candidates;
  std::optional<Party> party;  // these three: absent or empty where the row says it
  std::string summary;
  std::string fix;
  std::string_view rule;           // the id that {rule} means; of static life
  std::optional<Endpoint> victim;  // whom {closer} means in the row's texts, if not the closer

  Finding(Cause which, Confidence how_sure, std::vector<std::string> sentences = {})
      : cause(name(which)), confidence(how_sure), evidence(std::move(sentences)) {}
  Finding(std::string id, Confidence how_sure, std::vector<std::string> sentences)
      : cause(std::move(id)), confidence(how_sure), evidence(std::move(sentences)) {}

  Finding& acts(Party who) {
    party = who;
    return *this;
  }
  Finding& harms(Endpoint side) {
    victim = side;
    return *this;
  }
  Finding& says(std::string sentence) {
    evidence.push_back(std::move(sentence));
    return *this;
  }
  Finding& may_be(std::string candidate) {
    candidates.push_back(std::move(candidate));
    return *this;
  }
  Finding& may_be(Cause candidate) { return may_be(std::string(name(candidate))); }
};

}  // namespace lastframe::verdict
