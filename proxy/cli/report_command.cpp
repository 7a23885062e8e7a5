#include "cli/report_command.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <ostream>
#include <string>

#include "cli/say.h"
#include "core/base/words.h"
#include "output/wording.h"
#include "report/html_page.h"
#include "report/json_text.h"
#include "report/log_reader.h"
#include "report/summary.h"
#include "report/text_page.h"

namespace lastframe::cli {
namespace {

std::string written(const report::Summary& summary, const output::Wording& wording,
                    ReportFormat format, output::Colour colour) {
  switch (format) {
    case ReportFormat::text:
      return report::text_page(summary, wording, colour);
    case ReportFormat::json:
      return report::json_text(summary, wording) + "\n";
    case ReportFormat::html:
      return report::html_page(summary, wording);
  }
  return "";
}

int write_file(const std::string& path, const std::string& text, std::ostream& err) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file) return kExitDone;
  const int code = errno;
  return refuse(
      {printable(path, 300), fmt::format("the report cannot be written: {}", std::strerror(code)),
       "name a file in a folder that you may write to"},
      err);
}

bool has_records(const report::Tally& tally) {
  for (std::size_t i = 0; i < report::kEventCount; ++i) {
    if (i != static_cast<std::size_t>(report::Event::other) && tally.events[i] > 0) return true;
  }
  return false;
}

}  // namespace

int run_report(const ReportCommand& command, const Surroundings& surroundings, std::ostream& out,
               std::ostream& err) {
  const Knowledge loaded = surroundings.knowledge(command.knowledge.files);
  if (!loaded) return refuse(loaded.error(), err);
  report::LogReader reader([&](const Error& error) { refuse(error, err); });
  int exit_code = kExitDone;
  for (const std::string& path : command.logs) {
    if (const auto read = reader.read(path); !read) exit_code = refuse(read.error(), err);
  }
  if (reader.inputs().files.empty() && reader.inputs().lines == 0 && exit_code != kExitDone) {
    return refuse({"report", "no log could be read", "name files that `lastframe proxy` wrote"},
                  err);
  }
  if (!has_records(reader.tally())) {
    return refuse({"report", "no record in these logs",
                   "name JSON lines that `lastframe proxy --log FILE --log-format json` wrote"},
                  err);
  }
  const report::Summary summary =
      report::summarise(reader.tally(), reader.inputs(), **loaded, command.top);
  const output::Wording wording(**loaded, catalogue::Language::en);
  const auto colour = command.file ? output::Colour::off : surroundings.colour;
  const std::string text = written(summary, wording, command.format, colour);
  if (command.file) return std::max(exit_code, write_file(*command.file, text, err));
  out << text << std::flush;
  return exit_code;
}

}  // namespace lastframe::cli
