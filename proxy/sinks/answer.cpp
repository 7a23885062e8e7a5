#include "sinks/answer.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/ranges.h"
#include "core/base/words.h"
#include "sinks/bulk_answer.h"

namespace lastframe::sinks {
namespace {

constexpr std::chrono::seconds kLongestWait{300};
constexpr std::size_t kMostShown = 200;  // bytes of an answer in a message

// Says that the address or the credentials are wrong, not the batch: no record should be lost
// before somebody has put that right.
bool is_about_settings(unsigned status) {
  static constexpr auto kStatuses = std::to_array<unsigned>({401, 403, 404, 405, 407, 410, 421});
  return (status >= 300 && status < 400) || contains(kStatuses, status);
}

bool is_worth_another_try(unsigned status) {
  return status == 408 || status == 425 || status == 429 || status >= 500 ||
         is_about_settings(status);
}

std::string shown(std::string_view text) { return printable(text, kMostShown); }

std::string why_of(const HttpAnswer& answer) {
  std::string why = fmt::format("answered {}", answer.status);
  std::string_view body = answer.body;
  while (!body.empty() && (body.back() == '\n' || body.back() == '\r')) body.remove_suffix(1);
  if (!body.empty()) why += ": " + shown(body);
  if (answer.status >= 300 && answer.status < 400) why += " (redirects are not followed)";
  if (is_about_settings(answer.status)) why += "; look at the sink's url and headers";
  return why;
}

// A batch may be taken in part.
SinkVerdict judge_taken(const HttpAnswer& answer, SinkFormat format, std::size_t count) {
  if (format == SinkFormat::otlp) {
    const PartialSuccess partial = read_partial_success(answer.body, count);
    return Taken{.refused = partial.rejected, .why = shown(partial.why)};
  }
  if (format != SinkFormat::elasticsearch) return Taken{};
  auto items = read_bulk_answer(answer.body, count);
  if (!items) return Again{.why = why_of(answer) + " (this is no answer of a _bulk endpoint)"};
  return Taken{
      .again = std::move(items->again), .refused = items->refused, .why = shown(items->why)};
}

}  // namespace

SinkVerdict judge(const HttpAnswer& answer, SinkFormat format, std::size_t count) {
  if (answer.status == 0) return Again{.why = shown(answer.failure)};
  if (answer.status >= 200 && answer.status < 300) return judge_taken(answer, format, count);
  if (answer.status == 413 && count > 1) return TooLarge{.why = why_of(answer)};
  if (!is_worth_another_try(answer.status)) return Refused{.why = why_of(answer)};
  Again again{.why = why_of(answer)};
  if (answer.retry_after) again.after = std::min(*answer.retry_after, kLongestWait);
  return again;
}

}  // namespace lastframe::sinks
