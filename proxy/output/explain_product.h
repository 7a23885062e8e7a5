// `lastframe explain nginx`: a hop, a library or an application protocol as a page and as JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "output/colour.h"
#include "output/wording.h"

namespace lastframe::output {

// All rows of one product id. A product and an application protocol may have the same id: they are
// explained together. Points into the catalogue; one of the first two is not null.
struct KnownProduct {
  const catalogue::ProductRow* product = nullptr;
  const catalogue::ApplicationRow* application = nullptr;
  std::vector<const catalogue::TimeoutRow*> timeouts;
  std::vector<const catalogue::LimitRow*> limits;
  std::vector<const catalogue::ReasonRow*> reasons;
  std::vector<const catalogue::HeartbeatRow*> heartbeats;

  const std::string& id() const { return product != nullptr ? product->id : application->id; }
  const std::string& name() const { return product != nullptr ? product->name : application->name; }
};

// Nothing for an id that no product and no application has.
std::optional<KnownProduct> known_product(const catalogue::Catalogue& rows, std::string_view id);

std::string product_page(const KnownProduct& known, const Wording& wording, Colour colour);

// One JSON object without a line feed; docs/explain.md names the keys.
std::string product_json(const KnownProduct& known, const Wording& wording);

// All products, one line each, then the application protocols that are no product; and as a JSON
// array, one a line.
std::string product_list(const Wording& wording, Colour colour);
std::string product_list_json(const Wording& wording);

}  // namespace lastframe::output
