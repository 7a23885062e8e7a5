// Pieces of a page of HTML. Every text is escaped; nothing from outside is ever asked for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lastframe::report {

// Control characters and marks that turn the direction of writing are written as \u...., the
// characters that HTML gives a meaning to as entities: in text and in quoted attributes.
std::string escaped(std::string_view text);

// <name class="...">text</name>; `text` is escaped, `content` is HTML.
std::string element(std::string_view name, std::string_view text, std::string_view css_class = {});
std::string element_of(std::string_view name, std::string_view content,
                       std::string_view css_class = {});

struct Column {
  std::string title;
  bool is_number = false;
};

// A table whose cells are HTML.
std::string html_table(const std::vector<Column>& columns,
                       const std::vector<std::vector<std::string>>& rows);

}  // namespace lastframe::report
