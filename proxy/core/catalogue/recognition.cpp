#include "core/catalogue/recognition.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/ascii.h"
#include "core/base/words.h"

namespace lastframe::catalogue {
namespace {

constexpr std::size_t kLongestValue = 512;

std::string_view without_port(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  if (colon == std::string_view::npos || host.ends_with(']')) return host;
  return host.substr(0, colon);
}

bool host_matches(std::string_view wanted, std::string_view host) {
  host = without_port(host);
  if (!wanted.starts_with('.')) return http::equal_ignoring_case(wanted, host);
  return host.size() > wanted.size() &&
         http::equal_ignoring_case(wanted, host.substr(host.size() - wanted.size()));
}

bool is_of_header(Sign::Where where) {
  return where == Sign::Where::request_header || where == Sign::Where::response_header;
}

// Host, path and subprotocol.
bool words_match(const Sign& sign, const HandshakeWords& words) {
  switch (sign.where) {
    case Sign::Where::host:
      return matches(sign, words.host);
    case Sign::Where::path:
      return matches(sign, words.path);
    case Sign::Where::subprotocol:
      return matches(sign, words.subprotocol);
    case Sign::Where::request_header:
    case Sign::Where::response_header:
      return false;
  }
  return false;
}

bool any_matches(const std::vector<Sign>& signs, const HandshakeWords& words) {
  return std::ranges::any_of(signs, [&](const Sign& sign) { return words_match(sign, words); });
}

void add_once(std::vector<const ProductRow*>& products, const ProductRow& product) {
  if (std::ranges::find(products, &product) == products.end()) products.push_back(&product);
}

void add_packed(std::vector<const ProductRow*>& products, std::string_view packed,
                const Catalogue& catalogue) {
  for (; packed.size() >= 2; packed.remove_prefix(2)) {
    const std::size_t place = static_cast<unsigned char>(packed[0]) * std::size_t{256} +
                              static_cast<unsigned char>(packed[1]);
    if (place < catalogue.products.size()) add_once(products, catalogue.products[place]);
  }
}

std::uint64_t name_bit(std::string_view name) {
  const auto first = static_cast<unsigned char>(lower(name.front()));
  return std::uint64_t{1} << ((name.size() * 7 + first) % 64);
}

}  // namespace

bool matches(const Sign& sign, std::string_view text) {
  if (is_of_header(sign.where)) return contains_ignoring_case(text, sign.value);
  if (sign.value.empty()) return false;
  if (sign.where == Sign::Where::host) return host_matches(sign.value, text);
  if (sign.where == Sign::Where::path) return text.starts_with(sign.value);
  if (!sign.value.ends_with('*')) return text == sign.value;
  return text.starts_with(std::string_view(sign.value).substr(0, sign.value.size() - 1));
}

PathKnowledge path_knowledge(const Catalogue& catalogue, const HandshakeWords& words) {
  PathKnowledge known;
  add_packed(known.in_front, words.request_products, catalogue);
  add_packed(known.behind, words.response_products, catalogue);
  for (const ProductRow& product : catalogue.products) {
    if (!any_matches(product.signs, words)) continue;
    add_once(product.role == Role::client ? known.in_front : known.behind, product);
  }
  return known;
}

std::vector<const ApplicationRow*> applications_of(const Catalogue& catalogue,
                                                   const HandshakeWords& words) {
  std::vector<const ApplicationRow*> found;
  for (const ApplicationRow& row : catalogue.applications) {
    if (any_matches(row.signs, words)) found.push_back(&row);
  }
  return found;
}

Recognition::Recognition(const Catalogue& catalogue) : catalogue_(catalogue) {
  for (std::size_t i = 0; i < catalogue.products.size() && i < 0x10000; ++i) {
    for (const Sign& sign : catalogue.products[i].signs) {
      if (!is_of_header(sign.where) || sign.name.empty()) continue;
      HeaderSigns& signs = sign.where == Sign::Where::request_header ? of_requests_ : of_responses_;
      signs.signs.push_back({.name = in_lower_case(sign.name),
                             .value = in_lower_case(sign.value),
                             .product = static_cast<std::uint16_t>(i)});
      signs.names |= name_bit(sign.name);
    }
  }
  for (HeaderSigns* signs : {&of_requests_, &of_responses_}) {
    std::ranges::stable_sort(signs->signs, {}, &HeaderSign::name);
  }
  const auto add = [&](Endpoint sender, const std::string& starts, std::size_t row, auto& all) {
    if (starts.empty()) return;
    openings_[index(sender)].add(starts);
    all[index(sender)].push_back({.text = starts, .row = row});
  };
  for (std::size_t i = 0; i < catalogue.heartbeats.size(); ++i) {
    const HeartbeatRow& row = catalogue.heartbeats[i];
    if (row.carrier == Carrier::text) add(row.sender, row.starts, i, heartbeats_);
  }
  for (std::size_t i = 0; i < catalogue.farewells.size(); ++i) {
    add(catalogue.farewells[i].sender, catalogue.farewells[i].starts, i, farewells_);
  }
  for (auto* all : {&heartbeats_, &farewells_}) {
    for (Openings& openings : *all) {
      std::ranges::stable_sort(openings, std::ranges::greater{},
                               [](const Opening& opening) { return opening.text.size(); });
    }
  }
}

std::string Recognition::products_in(const http::RequestHead& request) const {
  return products_in(request.fields, of_requests_);
}

std::string Recognition::products_in(const http::ResponseHead& response) const {
  return products_in(response.fields, of_responses_);
}

std::string Recognition::products_in(const http::Fields& fields, const HeaderSigns& signs) {
  std::vector<std::uint16_t> products;
  std::array<char, kLongestValue> room;
  for (const http::Field& field : fields.all()) {
    if (field.name.empty() || (signs.names & name_bit(field.name)) == 0) continue;
    auto sign = std::ranges::lower_bound(signs.signs, field.name, http::less_ignoring_case,
                                         &HeaderSign::name);
    if (sign == signs.signs.end() || !http::equal_ignoring_case(sign->name, field.name)) continue;
    const std::string_view value = field.value.substr(0, room.size());
    std::ranges::transform(value, room.begin(), lower);
    const std::string_view plain(room.data(), value.size());
    const std::string& name = sign->name;
    for (; sign != signs.signs.end() && sign->name == name; ++sign) {
      if (plain.find(sign->value) != std::string_view::npos) products.push_back(sign->product);
    }
  }
  std::ranges::sort(products);
  const auto repeated = std::ranges::unique(products);
  products.erase(repeated.begin(), repeated.end());
  if (products.size() > kMostProducts) products.resize(kMostProducts);
  std::string packed;
  for (const std::uint16_t product : products) {
    packed += static_cast<char>(product >> 8);
    packed += static_cast<char>(product & 0xFFu);
  }
  return packed;
}

std::vector<std::uint16_t> Recognition::refusals_of(const http::ResponseHead& response) const {
  std::vector<std::uint16_t> rows;
  for (std::size_t i = 0; i < catalogue_.refusals.size() && i < 0x10000; ++i) {
    const RefusalRow& row = catalogue_.refusals[i];
    const bool has_status = row.statuses.empty() ||
                            std::ranges::find(row.statuses, response.status) != row.statuses.end();
    const bool has_headers = std::ranges::all_of(row.signs, [&](const Sign& sign) {
      if (sign.where != Sign::Where::response_header) return true;
      return std::ranges::any_of(response.fields.all(), [&](const http::Field& field) {
        return http::equal_ignoring_case(field.name, sign.name) && matches(sign, field.value);
      });
    });
    if (has_status && has_headers) rows.push_back(static_cast<std::uint16_t>(i));
  }
  return rows;
}

std::optional<std::size_t> Recognition::heartbeat(Endpoint sender,
                                                  std::string_view beginning) const {
  return row_of(heartbeats_[index(sender)], beginning);
}

std::optional<std::size_t> Recognition::farewell(Endpoint sender,
                                                 std::string_view beginning) const {
  return row_of(farewells_[index(sender)], beginning);
}

std::optional<std::size_t> Recognition::row_of(const Openings& openings,
                                               std::string_view beginning) {
  const auto found = std::ranges::find_if(openings, [&](const Opening& opening) {
    return opening.text.size() == 1 ? beginning == opening.text
                                    : beginning.starts_with(opening.text);
  });
  if (found == openings.end()) return std::nullopt;
  return found->row;
}

const HeartbeatRow* Recognition::heartbeat_here(std::size_t row,
                                                const HandshakeWords& words) const {
  const HeartbeatRow& own = catalogue_.heartbeats[row];
  const PathKnowledge known = path_knowledge(catalogue_, words);
  const auto is_named = [&](const HeartbeatRow& heartbeat) {
    const ProductRow* const product = catalogue_.product(heartbeat.product);
    return std::ranges::find(known.in_front, product) != known.in_front.end() ||
           std::ranges::find(known.behind, product) != known.behind.end();
  };
  for (const Opening& opening : heartbeats_[index(own.sender)]) {
    const HeartbeatRow& heartbeat = catalogue_.heartbeats[opening.row];
    if (opening.text == own.starts && is_named(heartbeat)) return &heartbeat;
  }
  const ProductRow* const product = catalogue_.product(own.product);
  const bool can_be_named = product != nullptr && !product->signs.empty();
  return own.starts.size() == 1 && can_be_named ? nullptr : &own;
}

}  // namespace lastframe::catalogue
