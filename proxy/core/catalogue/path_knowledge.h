// What the handshake says of the path: which products stand where, which applications speak.
#pragma once

#include <string_view>
#include <vector>

#include "core/catalogue/catalogue.h"

namespace lastframe::catalogue {

// Whether a sign of a host, path or subprotocol holds for `text`.
bool matches(const Sign& sign, std::string_view text);

// As a session kept them; empty where there is none.
struct PathTexts {
  std::string_view request_products;  // positions in Catalogue::products, two bytes each
  std::string_view response_products;
  std::string_view host;
  std::string_view path;
  std::string_view subprotocol;
};

// Borrowed from the catalogue.
struct PathKnowledge {
  std::vector<const ProductRow*> in_front;  // between client and this tap, or the client itself
  std::vector<const ProductRow*> behind;    // between this tap and server, or the server itself
  std::vector<const ApplicationRow*> applications;
};

PathKnowledge path_knowledge(const Catalogue& catalogue, const PathTexts& texts);

}  // namespace lastframe::catalogue
