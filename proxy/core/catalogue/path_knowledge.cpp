#include "core/catalogue/path_knowledge.h"

#include <algorithm>
#include <cctype>

#include "core/base/ranges.h"
namespace lastframe::catalogue {
namespace {

std::string in_lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.rfind(':'));
}

bool has_sign(const std::vector<Sign>& signs, const PathTexts& texts) {
  return std::ranges::any_of(signs, [&](const Sign& sign) {
    switch (sign.where) {
      case Sign::Where::host:
        return matches(sign, texts.host);
      case Sign::Where::path:
        return matches(sign, texts.path);
      case Sign::Where::subprotocol:
        return matches(sign, texts.subprotocol);
      case Sign::Where::request_header:
      case Sign::Where::response_header:
        break;
    }
    return false;
  });
}

void add_listed(const Catalogue& catalogue, std::string_view positions,
                std::vector<const ProductRow*>& found) {
  for (std::size_t i = 0; i + 1 < positions.size(); i += 2) {
    const std::size_t position =
        (static_cast<std::size_t>(static_cast<unsigned char>(positions[i])) << 8) |
        static_cast<unsigned char>(positions[i + 1]);
    if (position < catalogue.products.size()) found.push_back(&catalogue.products[position]);
  }
}

}  // namespace

bool matches(const Sign& sign, std::string_view text) {
  if (text.empty()) return false;
  switch (sign.where) {
    case Sign::Where::host: {
      const std::string host = in_lower_case(without_port(text));
      if (sign.value.starts_with('.'))
        return host.ends_with(sign.value) || host == sign.value.substr(1);
      return host == sign.value;
    }
    case Sign::Where::path:
      return text.starts_with(sign.value);
    case Sign::Where::subprotocol:
      if (sign.value.ends_with('*')) {
        return text.starts_with(std::string_view(sign.value).substr(0, sign.value.size() - 1));
      }
      return text == sign.value;
    case Sign::Where::request_header:
    case Sign::Where::response_header:
      break;
  }
  return false;
}

PathKnowledge path_knowledge(const Catalogue& catalogue, const PathTexts& texts) {
  PathKnowledge found;
  add_listed(catalogue, texts.request_products, found.in_front);
  add_listed(catalogue, texts.response_products, found.behind);
  // A library that a path or a subprotocol names is the server's; a hosted platform is behind.
  for (const ProductRow& row : catalogue.products) {
    if (row.role == Role::client || !has_sign(row.signs, texts)) continue;
    if (contains(found.behind, &row)) continue;
    found.behind.push_back(&row);
  }
  for (const ApplicationRow& row : catalogue.applications) {
    if (has_sign(row.signs, texts)) found.applications.push_back(&row);
  }
  return found;
}

}  // namespace lastframe::catalogue
