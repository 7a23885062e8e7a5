#include "core/http/head_lines.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/http/head.h"

namespace lastframe::http {
namespace {

enum Fault : std::size_t {
  lf_alone,
  cr_within,
  blank_before_first,
  folded,
  blank_before_colon,
  no_colon,
  name_no_token,
  kFaults,
};
constexpr std::array<std::string_view, kFaults> kWords{
    "a line ends in LF alone",
    "a CR within a line",
    "white space before the first field",
    "a folded field",
    "white space before a colon",
    "a line without a colon",
    "a field name that is no token",
};

struct Seen {
  std::size_t first = 0;  // offset of the field
  std::size_t count = 0;
};

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Where Field::name begins.
std::size_t name_offset(std::string_view line) {
  const std::string_view name = trimmed(line.substr(0, line.find(':')));
  return static_cast<std::size_t>(name.data() - line.data());
}

class LineJudge {
 public:
  // `line`: without its LF. Returns whether more lines of the head follow.
  bool take(std::string_view line, std::size_t offset, bool has_lf) {
    const bool has_cr = line.ends_with('\r');
    if (has_cr) line.remove_suffix(1);
    const bool is_start_line = offset == 0;
    const bool is_indented = !is_start_line && !line.empty() && is_blank(line.front());
    const bool is_continuation = is_indented && field_ > 0;
    if (!is_continuation) field_ = is_start_line ? 0 : offset + name_offset(line);
    if (has_lf && !has_cr) note(lf_alone);
    if (line.find('\r') != std::string_view::npos) note(cr_within);
    if (is_start_line) return true;
    if (line.empty()) return false;
    if (is_continuation) {
      note(folded);
    } else {
      if (is_indented) note(blank_before_first);
      judge_name(line);
    }
    return true;
  }

  std::vector<MalformedLine> malformed_lines() const {
    std::vector<MalformedLine> lines;
    for (std::size_t fault = 0; fault < kFaults; ++fault) {
      const auto [first, count] = seen_[fault];
      if (count == 0) continue;
      std::string words(kWords[fault]);
      if (count > 1) words += ", " + std::to_string(count) + " times";
      const auto known = std::ranges::find(lines, first, &MalformedLine::offset);
      if (known == lines.end()) {
        lines.push_back({.offset = first, .detail = std::move(words)});
      } else {
        known->detail += "; " + words;
      }
    }
    std::ranges::sort(lines, {}, &MalformedLine::offset);
    return lines;
  }

 private:
  void note(Fault fault) {
    if (seen_[fault].count++ == 0) seen_[fault].first = field_;
  }

  // RFC 9112 section 5.1: "No whitespace is allowed between the field name and colon."
  void judge_name(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return note(no_colon);
    const std::string_view name = line.substr(0, colon);
    if (!name.empty() && is_blank(name.back())) note(blank_before_colon);
    if (!is_token(trimmed(name))) note(name_no_token);
  }

  std::array<Seen, kFaults> seen_{};
  std::size_t field_ = 0;  // offset of the field in hand; 0: still in the start line
};

}  // namespace

std::vector<MalformedLine> malformed_lines(std::string_view head) {
  LineJudge judge;
  for (std::size_t begin = 0; begin < head.size();) {
    const std::size_t lf = head.find('\n', begin);
    const bool has_lf = lf != std::string_view::npos;
    const std::string_view line = head.substr(begin, lf - begin);
    if (!judge.take(line, begin, has_lf)) break;
    begin = has_lf ? lf + 1 : head.size();
  }
  return judge.malformed_lines();
}

}  // namespace lastframe::http
