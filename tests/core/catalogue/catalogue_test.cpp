#include "core/catalogue/catalogue.h"

#include <doctest/doctest.h>

using namespace lastframe;
using catalogue::Party;
using catalogue::PartyRule;

TEST_CASE("a code in several ranges is in the narrowest") {
  catalogue::Catalogue rows;
  for (const auto& [first, last] : {std::pair{1000u, 1000u}, {3000u, 3000u}, {3000u, 3999u}}) {
    catalogue::CodeRow row;
    row.codes = {first, last};
    rows.codes.push_back(row);
  }
  CHECK(rows.code(3000)->codes.last == 3000);
  CHECK(rows.code(3001)->codes.last == 3999);
  CHECK(rows.code(1000)->codes.first == 1000);
  CHECK(rows.code(1001) == nullptr);
}

TEST_CASE("rows are found by their id") {
  catalogue::Catalogue rows;
  for (const char* id : {"apache_httpd", "haproxy", "nginx"}) {
    catalogue::ProductRow row;
    row.id = id;
    rows.products.push_back(row);
  }
  CHECK(rows.product("haproxy") == &rows.products[1]);
  CHECK(rows.product("nginx") == &rows.products[2]);
  CHECK(rows.product("caddy") == nullptr);
  CHECK(rows.cause("nginx") == nullptr);
}

TEST_CASE("a party that depends on who closed is found from there") {
  struct Row {
    PartyRule rule;
    Party client_closed;
    Party server_closed;
  };
  constexpr Row kRows[] = {
      {PartyRule::closer, Party::client, Party::server},
      {PartyRule::other_side, Party::server, Party::client},
      {PartyRule::hop_at_closer, Party::hop_before, Party::hop_behind},
      {PartyRule::hop_at_other_side, Party::hop_behind, Party::hop_before},
  };
  for (const Row& row : kRows) {
    CHECK(resolved(row.rule, Endpoint::client) == row.client_closed);
    CHECK(resolved(row.rule, Endpoint::server) == row.server_closed);
    CHECK(resolved(row.rule, std::nullopt) == Party::unknown);
  }
  CHECK(resolved(PartyRule::operators, std::nullopt) == Party::operators);
  CHECK(name(Party::operators) == "operator");
}

TEST_CASE("a text that is missing in a language is said in English") {
  const catalogue::Localised text{"Description", "", "Descripción", ""};
  CHECK(in(catalogue::Language::es, text) == "Descripción");
  CHECK(in(catalogue::Language::fr, text) == "Description");
}
