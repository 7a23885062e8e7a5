// A page for a terminal of 80 columns: headings, paragraphs, fields and tables, in either direction
// of writing.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalogue/catalogue.h"
#include "output/colour.h"
#include "output/direction.h"

namespace lastframe::output {

// Texts may come from a user's catalogue: control characters in them are escaped. A line feed
// within a paragraph begins a new one. What is empty is left out.
class Page {
 public:
  struct Field {
    std::string label;
    std::string text;
  };
  using Row = std::vector<std::string>;

  Page(catalogue::Language language, Colour colour) : language_(language), colour_(colour) {}

  // With a blank line behind it.
  void title(std::string_view text);
  // With a blank line before it.
  void heading(std::string_view text);
  void paragraph(std::string_view text);
  // Paragraphs with a mark before the first: "1." or "-".
  void item(std::string_view mark, std::string_view text);
  // The labels in one column, the texts beside them, a blank line before all of them. Fields
  // without text are left out.
  void fields(const std::vector<Field>& rows);
  // Columns as wide as they need to be; the last one wraps.
  void table(const std::vector<Row>& rows);

  // A heading and an item with "-" for each text; nothing at all without texts.
  void list(std::string_view heading_text, const std::vector<std::string>& texts);
  // heading() and paragraph(); nothing at all where `text` is empty. Likewise for a table.
  void section(std::string_view heading_text, std::string_view text);
  void section(std::string_view heading_text, const std::vector<Row>& rows);

  const std::string& text() const { return out_; }

 private:
  Writing writing_of(std::string_view text) const;
  void add_heading_line(std::string_view text);
  void add_wrapped(std::string_view mark, std::string_view text);
  void add_row(const Row& row, const std::vector<std::size_t>& widths);
  void add_blank_line();

  catalogue::Language language_;
  Colour colour_;
  std::string out_;
};

}  // namespace lastframe::output
