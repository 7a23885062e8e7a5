// Says of connections in files what the proxy says of those that pass through it: the same records
// by the same code.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "capture/input_sink.h"
#include "capture/reader.h"
#include "capture/replay.h"
#include "capture/tls_key_logs.h"
#include "core/base/error.h"
#include "core/session/observer.h"
#include "core/ws/rule.h"
#include "output/colour.h"
#include "output/log_options.h"

namespace lastframe::tools {

struct AnalysisOptions {
  std::shared_ptr<const catalogue::Catalogue> catalogue;
  session::PrivacyOptions privacy{};
  output::LogLevel level = output::LogLevel::closes;
  bool is_json = false;
  output::Colour colour = output::Colour::off;
  // Broken rules from here on count as something that is wrong. None: nothing does.
  std::optional<ws::Severity> fail_on = ws::Severity::violation;
  // Of TLS in packet captures; outlives the analysis. Null: none but those within the files.
  capture::TlsKeyLogs* key_logs = nullptr;
};

struct AnalysisTotals {
  std::uint64_t connections = 0;
  std::uint64_t records = 0;
  std::uint64_t with_violations = 0;  // records
  std::uint64_t still_open = 0;
  std::uint64_t encrypted = 0;  // connections in TLS without keys
  std::uint64_t decrypted = 0;  // and with them
  std::map<unsigned, std::uint64_t> codes{};
  bool has_found_something = false;  // see AnalysisOptions::fail_on

  bool operator==(const AnalysisTotals&) const = default;
};

class FileAnalysis {
 public:
  // `line`: is given each record and event, a line without its end (in text, more than one).
  // `tell`: what a file does not show, or cannot be read.
  FileAnalysis(const AnalysisOptions& options, std::function<void(const std::string&)> line,
               std::function<void(const Error&)> tell);
  ~FileAnalysis();

  // "-" is standard input. `progress`: is told now and then how many bytes were read, and of how
  // many (0: nobody knows). An error where the file cannot be read, or is of no known kind.
  using Progress = std::function<void(std::uint64_t read, std::uint64_t of)>;
  std::expected<void, Error> read(const std::string& path, const Progress& progress = {});

  const AnalysisTotals& totals() const;

 private:
  class Run;
  std::expected<std::unique_ptr<capture::Reader>, Error> reader_for(ByteView beginning,
                                                                    const std::string& name);

  std::unique_ptr<Run> run_;
};

}  // namespace lastframe::tools
