#include "sinks/record_columns.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace lastframe::sinks {
namespace {

TEST_CASE("each column has a name of its own in each vocabulary") {
  for (const RecordNames names :
       {RecordNames::lastframe, RecordNames::ecs, RecordNames::opentelemetry}) {
    std::set<std::string> seen;
    for (const RecordColumn& column : kRecordColumns) {
      const std::string name = name_of(column, names);
      CAPTURE(name);
      CHECK(seen.insert(name).second);
      CHECK(name.size() <= 60);  // JsonWriter::key
    }
  }
}

TEST_CASE("no name is the beginning of another, which would be a value and an object at once") {
  for (const RecordNames names : {RecordNames::ecs, RecordNames::opentelemetry}) {
    for (const RecordColumn& one : kRecordColumns) {
      for (const RecordColumn& other : kRecordColumns) {
        const std::string name = name_of(one, names);
        CAPTURE(name);
        CHECK_FALSE(name_of(other, names).starts_with(name + "."));
      }
    }
  }
}

TEST_CASE("a name that is not given follows from the path") {
  const RecordColumn plain{"close.code", ColumnKind::number};
  CHECK(name_of(plain, RecordNames::lastframe) == "close_code");
  CHECK(name_of(plain, RecordNames::ecs) == "websocket.close.code");
  CHECK(name_of(plain, RecordNames::opentelemetry) == "websocket.close.code");
  const RecordColumn list{"stream_ends[].how", ColumnKind::texts};
  CHECK(name_of(list, RecordNames::lastframe) == "stream_ends_how");
  CHECK(name_of(list, RecordNames::ecs) == "websocket.stream_ends.how");
  const RecordColumn given{"a", ColumnKind::text, "b", "c.d", "e.f"};
  CHECK(name_of(given, RecordNames::lastframe) == "b");
  CHECK(name_of(given, RecordNames::ecs) == "c.d");
  CHECK(name_of(given, RecordNames::opentelemetry) == "e.f");
}

TEST_CASE("each path is a key that docs/log-format.md explains") {
  std::ifstream page(std::string(LASTFRAME_ROOT) + "/docs/log-format.md");
  const std::string text{std::istreambuf_iterator<char>(page), {}};
  REQUIRE_FALSE(text.empty());
  for (const RecordColumn& column : kRecordColumns) {
    // "tls.client.version" is explained as `tls.*.version`, a list without its brackets.
    std::string key(column.path);
    for (const char* leg : {".client.", ".server.", ".client_to_server.", ".server_to_client."}) {
      const auto at = key.find(leg);
      if (at != key.npos && !key.starts_with("tls.failure")) {
        key = key.substr(0, at) + ".*." + key.substr(at + std::string(leg).size());
      }
    }
    if (key.ends_with("[]")) key.resize(key.size() - 2);
    CAPTURE(column.path);
    CHECK(text.contains("`" + key + "`"));
  }
}

}  // namespace
}  // namespace lastframe::sinks
