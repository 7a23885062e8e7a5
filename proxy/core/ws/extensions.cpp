#include "core/ws/extensions.h"

#include "core/http/head.h"

namespace lastframe::ws {
namespace {

std::string_view without_quotes(std::string_view value) {
  const bool is_quoted = value.size() >= 2 && value.starts_with('"') && value.ends_with('"');
  return is_quoted ? value.substr(1, value.size() - 2) : value;
}

ExtensionParameter parse_parameter(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {.name = http::trimmed(text), .value = {}};
  return {.name = http::trimmed(text.substr(0, equals)),
          .value = without_quotes(http::trimmed(text.substr(equals + 1)))};
}

}  // namespace

std::vector<Extension> parse_extensions(std::string_view value) {
  std::vector<Extension> extensions;
  for (std::string_view element : http::list_elements(value)) {
    std::size_t end = element.find(';');
    Extension& extension = extensions.emplace_back();
    extension.name = http::trimmed(element.substr(0, end));
    while (end != std::string_view::npos) {
      element.remove_prefix(end + 1);
      end = element.find(';');
      extension.parameters.push_back(parse_parameter(element.substr(0, end)));
    }
  }
  return extensions;
}

NegotiatedExtensions negotiated(std::string_view accepted) {
  NegotiatedExtensions result;
  for (const Extension& extension : parse_extensions(accepted)) {
    if (http::equal_ignoring_case(extension.name, "permessage-deflate")) {
      result.has_deflate = true;
    } else {
      result.has_unknown = true;
    }
  }
  return result;
}

}  // namespace lastframe::ws
