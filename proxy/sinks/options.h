// Where batches of session records go by HTTP, and what is done while they are not taken.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace lastframe::sinks {

enum class SinkFormat { json_lines, clickhouse, loki, elasticsearch, otlp };

// Whose names the fields bear. ClickHouse's columns are always ours, OTLP's always OpenTelemetry's.
enum class RecordNames { lastframe, ecs, opentelemetry };

// Which lines: records and mass closes, or every violation as well.
enum class SinkLevel { closes, violations };

struct SinkOptions {
  std::string name;      // a metric label
  std::string url;       // http:// or https://; "{batch}" in it becomes the batch's id
  std::string instance;  // which proxy this is, in every record
  SinkFormat format = SinkFormat::json_lines;
  RecordNames names = RecordNames::lastframe;
  SinkLevel level = SinkLevel::closes;

  std::string token_file;     // "": no Authorization: Bearer
  std::string user;           // "": no Authorization: Basic
  std::string password_file;  // of `user`
  std::string ca_file;        // "": the system's authorities
  bool is_verified = true;    // a server's certificate

  std::size_t batch_records = 1000;
  std::size_t batch_bytes = 1024 * 1024;  // of records as they stand in the log
  std::chrono::milliseconds batch_interval{1000};
  std::chrono::milliseconds timeout{10'000};  // of one request
  std::chrono::milliseconds retry_first{500};
  std::chrono::milliseconds retry_most{30'000};
  std::size_t queue = 10'000;  // records in memory

  std::string spool_folder;  // "": records wait in memory only
  std::uint64_t spool_size = 256 * 1024 * 1024;

  bool operator==(const SinkOptions&) const = default;
};

}  // namespace lastframe::sinks
