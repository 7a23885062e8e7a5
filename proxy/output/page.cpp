#include "output/page.h"

#include <algorithm>

#include "output/columns.h"
#include "output/direction.h"
#include "output/json.h"

namespace lastframe::output {
namespace {

constexpr std::size_t kMargin = 2;
constexpr std::size_t kGap = 2;               // between columns
constexpr std::size_t kNarrowestColumn = 20;  // that a text is wrapped in

std::string printable_text(std::string_view text) {
  std::string out;
  append_printable(out, text);
  return out;
}

// The parts of `text` between line feeds, without empty ones and blanks around them.
std::vector<std::string> paragraphs_of(std::string_view text) {
  std::vector<std::string> found;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.find_first_not_of(' ') != std::string_view::npos)
      found.push_back(printable_text(line));
  }
  return found;
}

// All paragraphs as one.
std::string in_one_line(std::string_view text) {
  std::string out;
  for (const std::string& part : paragraphs_of(text)) out += (out.empty() ? "" : " ") + part;
  return out;
}

}  // namespace

Writing Page::writing_of(std::string_view text) const {
  return language_ == catalogue::Language::ar && has_right_to_left(text) ? Writing::right_to_left
                                                                         : Writing::left_to_right;
}

void Page::add_blank_line() {
  if (!out_.empty() && !out_.ends_with("\n\n")) out_ += '\n';
}

void Page::add_heading_line(std::string_view text) {
  add_blank_line();
  const std::string whole = in_one_line(text);
  const Writing writing = writing_of(whole);
  for (const std::string_view line : wrapped(whole, kPageWidth)) {
    out_ += line_begin(writing);
    out_ += painted(directed(line, writing), Style::strong, colour_) + '\n';
  }
}

void Page::title(std::string_view text) {
  add_heading_line(text);
  out_ += '\n';
}

void Page::heading(std::string_view text) { add_heading_line(text); }

void Page::add_wrapped(std::string_view mark, std::string_view text) {
  std::string before = mark.empty() ? std::string() : std::string(mark) + ' ';
  const std::size_t hang = columns(before);
  const Writing writing = writing_of(text);
  for (const std::string_view line : wrapped(text, kPageWidth - kMargin - hang)) {
    out_.append(line_begin(writing)).append(kMargin, ' ');
    out_.append(directed(before + std::string(line), writing)) += '\n';
    before = std::string(hang, ' ');
  }
}

void Page::paragraph(std::string_view text) {
  for (const std::string& part : paragraphs_of(text)) add_wrapped("", part);
}

void Page::item(std::string_view mark, std::string_view text) {
  std::string before(mark);
  for (const std::string& part : paragraphs_of(text)) {
    add_wrapped(before, part);
    before = std::string(columns(mark), ' ');
  }
}

void Page::fields(const std::vector<Field>& rows) {
  std::size_t width = 0;
  for (const Field& row : rows) {
    if (!row.text.empty()) width = std::max(width, columns(printable_text(row.label)) + kGap);
  }
  if (width > 0) add_blank_line();
  for (const Field& row : rows) {
    if (row.text.empty()) continue;
    const std::string label = printable_text(row.label);
    const std::string text = in_one_line(row.text);
    const Writing writing = writing_of(label + text);
    std::string before = painted(directed(label, writing), Style::dim, colour_) +
                         std::string(width - columns(label), ' ');
    for (const std::string_view line : wrapped(text, kPageWidth - kMargin - width)) {
      out_.append(line_begin(writing)).append(kMargin, ' ');
      out_.append(before).append(directed(line, writing)) += '\n';
      before = std::string(width, ' ');
    }
  }
}

// The width of the last column is that of its longest word: below that it cannot be wrapped.
void Page::table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      widths[i] = std::max(widths[i], columns(printable_text(row[i])));
    }
    const std::string last = in_one_line(row.back());
    for (const std::string_view word : wrapped(last, 1)) {
      widths.back() = std::max(widths.back(), columns(word));
    }
  }
  for (const Row& row : rows) add_row(row, widths);
}

void Page::add_row(const Row& row, const std::vector<std::size_t>& widths) {
  // All lines of a table have the same direction, or its columns would not stand below each other.
  const Writing writing =
      language_ == catalogue::Language::ar ? Writing::right_to_left : Writing::left_to_right;
  std::string before;
  std::size_t margin = kMargin;  // of the last column
  for (std::size_t i = 0; i + 1 < row.size(); ++i) {
    const std::string cell = printable_text(row[i]);
    before += directed(cell, writing) + std::string(widths[i] + kGap - columns(cell), ' ');
    margin += widths[i] + kGap;
  }
  const auto add_line = [&](std::string_view start, std::string_view rest) {
    out_.append(line_begin(writing)).append(kMargin, ' ').append(start);
    out_.append(directed(rest, writing));
    out_.erase(out_.find_last_not_of(' ') + 1).append("\n");
  };
  // A last column that would be too narrow goes below the others.
  if (margin > kMargin && margin + std::max(kNarrowestColumn, widths.back()) > kPageWidth) {
    add_line(before, "");
    margin = 2 * kMargin;
    before = std::string(margin - kMargin, ' ');
    if (row.back().empty()) return;
  }
  const std::string last = in_one_line(row.back());
  for (const std::string_view line : wrapped(last, kPageWidth - margin)) {
    add_line(before, line);
    before = std::string(margin - kMargin, ' ');
  }
}

void Page::list(std::string_view heading_text, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  heading(heading_text);
  for (const std::string& text : texts) item("-", text);
}

void Page::section(std::string_view heading_text, std::string_view text) {
  if (in_one_line(text).empty()) return;
  heading(heading_text);
  paragraph(text);
}

void Page::section(std::string_view heading_text, const std::vector<Row>& rows) {
  if (rows.empty()) return;
  heading(heading_text);
  table(rows);
}

}  // namespace lastframe::output
