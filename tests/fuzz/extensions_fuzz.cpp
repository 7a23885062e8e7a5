// A client offers any list of extensions, a server answers with any other. Reading a list and
// judging it does not depend on how it is written, nor on what stands beside it.
//
// Input: a byte that means nothing (a list comes as a whole), then the offer, a line feed, and the
// answer.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/http/head.h"
#include "core/ws/extensions.h"
#include "fuzz/chunks.h"

namespace lastframe::fuzz {
namespace {

using ws::Extension;
using ws::ExtensionFault;

void require_within(std::string_view part, std::string_view whole) {
  if (part.data() == nullptr) return;
  require(part.data() >= whole.data());
  require(part.data() + part.size() <= whole.data() + whole.size());
  require(http::trimmed(part) == part);
}

// `list` again, from what was read of it.
std::string written(const std::vector<Extension>& list) {
  std::string text;
  for (const Extension& extension : list) {
    if (!text.empty()) text += ',';
    text += extension.name;
    for (const auto& [name, value, is_quoted] : extension.parameters) {
      text.append(";").append(name);
      if (!value) continue;
      text += is_quoted ? "=\"" : "=";
      text.append(*value) += is_quoted ? "\"" : "";
    }
  }
  return text;
}

bool is_same(const std::vector<Extension>& a, const std::vector<Extension>& b) {
  return std::ranges::equal(a, b, [](const Extension& x, const Extension& y) {
    return x.name == y.name &&
           std::ranges::equal(x.parameters, y.parameters, [](const auto& p, const auto& q) {
             return p.name == q.name && p.value == q.value && p.is_quoted == q.is_quoted;
           });
  });
}

void check_reading(std::string_view text, const std::vector<Extension>& list) {
  for (const Extension& extension : list) {
    require(extension.name.find(';') == std::string_view::npos ||
            extension.name.find('"') != std::string_view::npos);
    require_within(extension.name, text);
    for (const auto& parameter : extension.parameters) {
      require_within(parameter.name, text);
      if (parameter.value && !parameter.is_quoted) require_within(*parameter.value, text);
      require(parameter.name.find('=') == std::string_view::npos);
      require(!parameter.is_quoted || parameter.value);
    }
  }
  const std::string again = written(list);
  require(is_same(ws::parse_extensions(again), list));
}

// At most one fault for each of two rules, in the order of the table, and in printable ASCII.
void check_faults(const std::vector<ExtensionFault>& faults, ws::Rule first, ws::Rule second) {
  require(faults.size() <= 2);
  if (faults.size() == 2) require(faults[0].rule == first && faults[1].rule == second);
  for (const ExtensionFault& fault : faults) {
    require(fault.rule == first || fault.rule == second);
    require(!fault.detail.empty() && fault.detail.size() < 200);
    require(std::ranges::all_of(fault.detail, [](char c) { return c >= ' ' && c <= '~'; }));
  }
}

void check_negotiated(std::string_view text, const std::vector<Extension>& list) {
  const ws::NegotiatedExtensions agreed = ws::negotiated(text);
  require(agreed.has_deflate == std::ranges::any_of(list, ws::is_deflate));
  require(agreed.has_unknown == !std::ranges::all_of(list, ws::is_deflate));
  for (const ws::DeflateParameters& side : agreed.deflate) {
    require(side.window_bits >= 8 && side.window_bits <= 15);
    require(agreed.has_deflate || side == ws::DeflateParameters{});
  }
}

// What the server repeats of a valid offer fits it, once bare windows have got a value.
void check_repeated(const Extension& offer, const std::vector<Extension>& offered) {
  if (!ws::parameter_faults(offer, Endpoint::client).empty()) return;
  Extension answer = offer;
  for (ws::ExtensionParameter& parameter : answer.parameters) {
    if (http::equal_ignoring_case(parameter.name, "client_max_window_bits") && !parameter.value)
      parameter.value = "15";
  }
  require(ws::parameter_faults(answer, Endpoint::server).empty());
  require(ws::answer_faults(answer, offered).empty());
}

void check(std::string_view offer_text, std::string_view answer_text) {
  const std::vector<Extension> offered = ws::parse_extensions(offer_text);
  const std::vector<Extension> answered = ws::parse_extensions(answer_text);
  check_reading(offer_text, offered);
  check_reading(answer_text, answered);
  check_negotiated(answer_text, answered);

  std::vector<Extension> only_deflate;
  std::ranges::copy_if(offered, std::back_inserter(only_deflate), ws::is_deflate);
  for (const Extension& offer : only_deflate) {
    check_faults(ws::parameter_faults(offer, Endpoint::client), ws::Rule::deflate_parameter_invalid,
                 ws::Rule::deflate_window_bits_invalid);
    check_repeated(offer, offered);
  }
  std::vector<Extension> backwards(offered.rbegin(), offered.rend());
  for (const Extension& answer : answered) {
    if (!ws::is_deflate(answer)) continue;
    const auto of_client = ws::parameter_faults(answer, Endpoint::client);
    const auto of_server = ws::parameter_faults(answer, Endpoint::server);
    check_faults(of_server, ws::Rule::deflate_parameter_invalid,
                 ws::Rule::deflate_window_bits_invalid);
    require(of_server.size() >= of_client.size());

    const auto faults = ws::answer_faults(answer, offered);
    check_faults(faults, ws::Rule::deflate_answer_exceeds_offer,
                 ws::Rule::deflate_answer_drops_demand);
    require(faults == ws::answer_faults(answer, only_deflate));
    require(faults.empty() == ws::answer_faults(answer, backwards).empty());
    require(!only_deflate.empty() || faults.empty());
  }
}

}  // namespace
}  // namespace lastframe::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lastframe::fuzz;
  const std::string_view bytes = input_of(data, size).bytes;
  const std::size_t end = std::min(bytes.find('\n'), bytes.size());
  check(bytes.substr(0, end), bytes.substr(std::min(end + 1, bytes.size())));
  return 0;
}
