// A line of a log as a Record. It hides simdjson.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "report/record.h"

namespace lastframe::report {

class RecordParser {
 public:
  // Bytes behind a line that must be readable; what stands there does not matter.
  static constexpr std::size_t kPadding = 64;

  RecordParser();
  ~RecordParser();
  RecordParser(const RecordParser&) = delete;
  RecordParser& operator=(const RecordParser&) = delete;

  // Null where the line is no JSON object with an `event`. The record, and what it points to, is
  // overwritten by the next call.
  const Record* parse(std::string_view padded_line);

 private:
  struct Parts;  // simdjson's parser and the record
  std::unique_ptr<Parts> parts_;
};

}  // namespace lastframe::report
