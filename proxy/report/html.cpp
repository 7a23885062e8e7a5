#include "report/html.h"

#include "output/json.h"

namespace lastframe::report {

std::string escaped(std::string_view text) {
  std::string printable;
  output::append_printable(printable, text);
  std::string out;
  out.reserve(printable.size());
  for (const char c : printable) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string element(std::string_view name, std::string_view text, std::string_view css_class) {
  return element_of(name, escaped(text), css_class);
}

std::string element_of(std::string_view name, std::string_view content,
                       std::string_view css_class) {
  std::string out = "<";
  out.append(name);
  if (!css_class.empty()) out.append(" class=\"").append(css_class) += '"';
  out.append(">").append(content).append("</").append(name).append(">");
  return out;
}

std::string html_table(const std::vector<Column>& columns,
                       const std::vector<std::vector<std::string>>& rows) {
  const auto css_class = [&](std::size_t i) { return columns[i].is_number ? "n" : ""; };
  std::string head;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    head += element("th", columns[i].title, css_class(i));
  }
  std::string body;
  for (const auto& row : rows) {
    std::string cells;
    for (std::size_t i = 0; i < row.size() && i < columns.size(); ++i) {
      cells += element_of("td", row[i], css_class(i));
    }
    body += element_of("tr", cells) + "\n";
  }
  return "<div class=\"wide\"><table><thead><tr>" + head + "</tr></thead>\n<tbody>" + body +
         "</tbody></table></div>\n";
}

}  // namespace lastframe::report
