#include "output/own_process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

namespace lastframe::output {
namespace {

// Fields of /proc/self/stat behind the name in parentheses, which may hold anything: proc(5) counts
// the state there as field 3.
constexpr std::size_t kFirstField = 3;
constexpr std::size_t kUserTime = 14;
constexpr std::size_t kSystemTime = 15;
constexpr std::size_t kStartTime = 22;
constexpr std::size_t kResident = 24;

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end != text.data() ? std::optional(value) : std::nullopt;
}

using Fields = std::array<std::optional<double>, kResident + 1>;

Fields fields_of(std::string_view stat) {
  Fields fields;
  const std::size_t name_end = stat.rfind(") ");
  if (name_end == std::string_view::npos) return fields;
  stat.remove_prefix(name_end + 2);
  for (std::size_t field = kFirstField; field < fields.size() && !stat.empty(); ++field) {
    const std::size_t space = stat.find(' ');
    fields[field] = number(stat.substr(0, space));
    stat = space == std::string_view::npos ? std::string_view() : stat.substr(space + 1);
  }
  return fields;
}

// When the system started, unix seconds: "btime 1732000000" in /proc/stat.
std::optional<double> boot_time(std::string_view system_stat) {
  constexpr std::string_view kKey = "\nbtime ";
  const std::size_t at = system_stat.find(kKey);
  if (at == std::string_view::npos) return std::nullopt;
  return number(system_stat.substr(at + kKey.size()));
}

std::string content_of(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::optional<std::uint64_t> count_open_files() {
  std::error_code error;
  std::uint64_t count = 0;
  auto entry = std::filesystem::directory_iterator("/proc/self/fd", error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) ++count;
  if (error || count == 0) return std::nullopt;
  return count - 1;  // the one that looks
}

std::optional<std::uint64_t> open_files_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return limit.rlim_cur;
}

}  // namespace

OwnProcess from_proc(const ProcTexts& texts) {
  const Fields fields = fields_of(texts.stat);
  OwnProcess process;
  if (fields[kUserTime] && fields[kSystemTime]) {
    process.cpu_s = (*fields[kUserTime] + *fields[kSystemTime]) / texts.ticks_per_second;
  }
  if (fields[kResident]) {
    process.resident_bytes = static_cast<std::uint64_t>(*fields[kResident]) * texts.page_bytes;
  }
  const auto booted = boot_time(texts.system_stat);
  if (fields[kStartTime] && booted) {
    process.started = *booted + *fields[kStartTime] / texts.ticks_per_second;
  }
  return process;
}

OwnProcess own_process() {
  const std::string stat = content_of("/proc/self/stat");
  const std::string system_stat = content_of("/proc/stat");
  OwnProcess process = from_proc({.stat = stat,
                                  .system_stat = system_stat,
                                  .ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK)),
                                  .page_bytes = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE))});
  process.open_files = count_open_files();
  process.most_open_files = open_files_limit();
  return process;
}

}  // namespace lastframe::output
