#include "core/verdict/sentences.h"

#include <fmt/core.h>

#include "core/base/words.h"
#include "core/ws/rule_table.h"

namespace lastframe::verdict {
std::string time_text(double seconds) {
  if (seconds < 0.9995) return fmt::format("{:.0f} ms", seconds * 1000);
  if (seconds < 1000) return fmt::format("{:.1f} s", seconds);
  if (seconds < 2 * 3600) return fmt::format("{:.1f} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{:.1f} h", seconds / 3600);
  return fmt::format("{:.1f} days", seconds / 86'400);
}

std::string time_text(Moment::duration time) {
  return time_text(std::chrono::duration<double>(time).count());
}

std::string size_text(std::uint64_t bytes) {
  constexpr double kKi = 1024;
  const auto size = static_cast<double>(bytes);
  if (size < 10 * kKi) return in_bytes(bytes);
  if (size < kKi * kKi) return fmt::format("{} bytes ({:.1f} KiB)", bytes, size / kKi);
  if (size < kKi * kKi * kKi) {
    return fmt::format("{} bytes ({:.1f} MiB)", bytes, size / kKi / kKi);
  }
  return fmt::format("{} bytes ({:.1f} GiB)", bytes, size / kKi / kKi / kKi);
}

std::string count_text(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string the(Endpoint endpoint) {
  return endpoint == Endpoint::client ? "The client" : "The server";
}

std::string close_text(unsigned code) {
  return code == 1005 ? "a Close without a code" : fmt::format("Close {}", code);
}

std::string place_text(const ws::Violation& violation) {
  return fmt::format("Frame {} from the {}, byte {} of that direction", violation.frame,
                     name(violation.side), violation.offset);
}

std::string breach_text(const ws::Violation& violation) {
  const ws::RuleRow& row = row_of(violation.rule);
  std::string text = fmt::format("{}, broke {} ({})", place_text(violation), row.id, row.name);
  if (!violation.detail.empty()) text += ": " + printable(violation.detail);
  if (!violation.bytes.empty()) text += "; its header is " + hex_text(violation.bytes, " ");
  return text + ".";
}

std::string_view end_verb(session::EndKind how) {
  switch (how) {
    case session::EndKind::fin:
      return "ended its stream (FIN)";
    case session::EndKind::reset:
      return "reset the connection (RST)";
    case session::EndKind::timeout:
      return "did not answer any more (time-out)";
    case session::EndKind::tls_truncated:
      return "ended its stream without close_notify";
    case session::EndKind::proxy_shutdown:
      return "was disconnected by this proxy";
    case session::EndKind::error:
      return "could not be reached any more";
  }
  return "";
}

std::string filled_in(std::string_view text, std::optional<Endpoint> closer,
                      std::string_view rule) {
  std::string result;
  while (!text.empty()) {
    const std::size_t brace = text.find('{');
    result += text.substr(0, brace);
    if (brace == std::string_view::npos) break;
    text.remove_prefix(brace);
    constexpr std::string_view kCloser = "{closer}";
    constexpr std::string_view kOther = "{other}";
    constexpr std::string_view kRule = "{rule}";
    if (text.starts_with(kCloser)) {
      result += closer ? name(*closer) : "one side";
      text.remove_prefix(kCloser.size());
    } else if (text.starts_with(kOther)) {
      result += closer ? name(other(*closer)) : "other side";
      text.remove_prefix(kOther.size());
    } else if (text.starts_with(kRule)) {
      result += rule.empty() ? "RULE" : rule;
      text.remove_prefix(kRule.size());
    } else {
      result += text.front();
      text.remove_prefix(1);
    }
  }
  return result;
}

}  // namespace lastframe::verdict
