#include "report/log_reader.h"

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <vector>

#include "support/log_lines.h"
#include "support/temporary_folder.h"

namespace lastframe::report {
namespace {

using test::LogLine;

class Logs {
 public:
  std::string add(const std::string& name, const std::string& text) {
    const std::string path = this->path(name);
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  std::string path(const std::string& name) const { return folder_.file(name); }

 private:
  test::TemporaryFolder folder_;
};

struct Told {
  std::vector<Error> errors;
  LogReader reader{[this](const Error& error) { errors.push_back(error); }};
};

TEST_CASE("files are merged") {
  Logs logs;
  Told told;
  const std::string line = LogLine{}.text() + "\n";
  CHECK(told.reader.read(logs.add("a", line + "\n" + line)).has_value());
  CHECK(told.reader.read(logs.add("b", line)).has_value());
  CHECK(told.reader.inputs().files.size() == 2);
  CHECK(told.reader.inputs().lines == 3);
  CHECK(told.reader.inputs().bytes == 3 * line.size() + 1);
  CHECK(sum_of(told.reader.tally().kinds) == 3);
  CHECK(told.errors.empty());
}

TEST_CASE("lines that are no records are told with their place, the first few of them") {
  Logs logs;
  Told told;
  std::string text = "x\n" + LogLine{}.text() + "\n";
  for (int i = 0; i < 100; ++i) text += "{\"event\":7}\n";
  const std::string path = logs.add("log", text);
  CHECK(told.reader.read(path).has_value());
  CHECK(told.reader.inputs().damaged == 101);
  CHECK(sum_of(told.reader.tally().kinds) == 1);
  REQUIRE(told.errors.size() == LogReader::kMostTold);
  CHECK(told.errors[0].where == path + ":1");
  CHECK(told.errors[1].where == path + ":3");
  CHECK(told.errors.back().remedy == "further ones are only counted");
}

TEST_CASE("a log that is being written ends within a line") {
  Logs logs;
  Told told;
  const std::string line = LogLine{}.text();
  CHECK(told.reader.read(logs.add("cut", line + "\n" + line.substr(0, 100))).has_value());
  CHECK(told.reader.read(logs.add("whole", line)).has_value());
  CHECK(told.reader.inputs().cut == 1);
  CHECK(told.reader.inputs().damaged == 0);
  CHECK(sum_of(told.reader.tally().kinds) == 2);
  CHECK(told.errors.empty());
}

TEST_CASE("a file that cannot be read is an error with its name") {
  Logs logs;
  Told told;
  const auto missing = told.reader.read(logs.path("missing"));
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().where == logs.path("missing"));
  CHECK(missing.error().what.contains("No such file"));
  const auto folder = told.reader.read(logs.path("."));
  REQUIRE_FALSE(folder.has_value());
  CHECK(folder.error().remedy == "name the files in it");
  CHECK(told.reader.inputs().files.empty());
}

}  // namespace
}  // namespace lastframe::report
