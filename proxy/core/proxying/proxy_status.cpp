#include "core/proxying/proxy_status.h"

#include <algorithm>
#include <array>

#include "core/http/head.h"

namespace lastframe::proxying {
namespace {

struct Row {
  Refusal refusal;
  std::string_view error;
};

constexpr auto kRows = std::to_array<Row>({
    {Refusal::not_allowed, "http_request_denied"},
    {Refusal::name_not_resolved, "dns_error"},
    {Refusal::refused, "connection_refused"},
    {Refusal::unreachable, "destination_ip_unroutable"},
    {Refusal::timed_out, "connection_timeout"},
    {Refusal::tls_failed, "tls_protocol_error"},
    {Refusal::other, "destination_unavailable"},
});
static_assert(std::ranges::all_of(kRows, [](const Row& row) {
  return kRows[static_cast<std::size_t>(row.refusal)].error == row.error;
}));

}  // namespace

std::string_view proxy_status_error(Refusal refusal) {
  return kRows[static_cast<std::size_t>(refusal)].error;
}

std::optional<Refusal> refusal_in_proxy_status(std::string_view field_value) {
  constexpr std::string_view kKey = "error=";
  for (const std::string_view member : http::list_elements(field_value)) {
    for (std::size_t at = member.find(';'); at != std::string_view::npos;
         at = member.find(';', at + 1)) {
      const std::string_view parameter = http::trimmed(member.substr(at + 1));
      if (!parameter.starts_with(kKey)) continue;
      const std::string_view value = parameter.substr(kKey.size());
      const std::string_view error = http::trimmed(value.substr(0, value.find(';')));
      const auto row = std::ranges::find(kRows, error, &Row::error);
      return row != kRows.end() ? std::optional(row->refusal) : std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace lastframe::proxying
