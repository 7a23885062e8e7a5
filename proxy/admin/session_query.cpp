#include "admin/session_query.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <system_error>

#include "core/base/words.h"

namespace lastframe::admin {
namespace {

constexpr auto kNames =
    std::to_array<std::string_view>({"code", "cause", "listener", "upstream", "state", "limit"});
constexpr auto kStates = std::to_array<std::string_view>(
    {"any", "live", "opening", "open", "closing", "ended"});  // as StateWanted has them

std::unexpected<Response> mistake(const std::string& what, const std::string& remedy) {
  return std::unexpected(refusal(400, what, remedy));
}

template <typename Number>
std::optional<Number> number(std::string_view text, Number lowest, Number highest) {
  Number value{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value >= lowest && value <= highest ? std::optional(value) : std::nullopt;
}

// What is wrong with it; nothing where it was taken.
std::optional<Response> take(SessionQuery& query, std::string_view name, std::string_view value) {
  const std::string quoted = in_quotes(value);
  if (name == "code") {
    query.code = number<std::uint16_t>(value, 0, 65535);
    if (query.code) return std::nullopt;
    return refusal(400, "code: " + quoted + " is no close code", "write a number from 0 to 65535");
  }
  if (name == "limit") {
    const auto limit = number<std::size_t>(value, 1, SessionQuery::kMostShown);
    if (limit) {
      query.limit = *limit;
      return std::nullopt;
    }
    return refusal(400, "limit: " + quoted + " is out of range",
                   fmt::format("write a number from 1 to {}", SessionQuery::kMostShown));
  }
  if (name == "state") {
    const auto found = std::ranges::find(kStates, value);
    if (found != kStates.end()) {
      query.state = static_cast<StateWanted>(found - kStates.begin());
      return std::nullopt;
    }
    return refusal(400, "state: " + quoted + " is not known here",
                   fmt::format("write one of {}", fmt::join(kStates, ", ")));
  }
  if (value.empty()) {
    return refusal(400, fmt::format("{}: the value is empty", name),
                   "write a value, or leave it out");
  }
  if (name == "cause") query.cause = value;
  if (name == "listener") query.listener = value;
  if (name == "upstream") query.upstream = value;
  return std::nullopt;
}

}  // namespace

net::LiveQuery SessionQuery::live() const {
  net::LiveQuery query{
      .id = {}, .listener = listener, .upstream = upstream, .stage = {}, .limit = limit};
  if (state == StateWanted::opening) query.stage = session::Stage::opening;
  if (state == StateWanted::open) query.stage = session::Stage::open;
  if (state == StateWanted::closing) query.stage = session::Stage::closing;
  return query;
}

std::expected<SessionQuery, Response> parse_session_query(std::span<const std::string> parts) {
  SessionQuery query;
  std::set<std::string_view> seen;
  for (const std::string_view part : parts) {
    const std::size_t equals = part.find('=');
    const std::string_view name = part.substr(0, equals);
    if (std::ranges::find(kNames, name) == kNames.end()) {
      return mistake(in_quotes(name) + " is no filter",
                     fmt::format("known here: {}", fmt::join(kNames, ", ")));
    }
    if (!seen.insert(name).second) {
      return mistake(fmt::format("{}: it stands here twice", name), "leave one of the two out");
    }
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
    if (auto wrong = take(query, name, value)) return std::unexpected(*std::move(wrong));
  }
  return query;
}

std::optional<SessionId> parse_session_id(std::string_view text) {
  constexpr std::size_t kDigits = 16;
  SessionId session{.id = 0, .attempt = 1};
  const std::string_view digits = text.substr(0, kDigits);
  const bool is_hex = std::ranges::all_of(
      digits, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (digits.size() != kDigits || !is_hex) return std::nullopt;
  std::from_chars(digits.data(), digits.data() + digits.size(), session.id, 16);
  if (text.size() == kDigits) return session;
  if (text[kDigits] != '-' || text.substr(kDigits + 1).starts_with('0')) return std::nullopt;
  const auto attempt = number<unsigned>(text.substr(kDigits + 1), 2, 65535);
  if (!attempt) return std::nullopt;
  session.attempt = *attempt;
  return session;
}

}  // namespace lastframe::admin
