#include "capture/har_scanner.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/splits.h"

namespace lastframe::test {
namespace {

using capture::HarItem;
using capture::HarScanner;

// The entries of `text`: each as it stands there, or what is wrong with it.
std::vector<std::string> items_of(const Split& split, std::size_t longest = 1000) {
  HarScanner scanner(longest);
  std::vector<std::string> items;
  feed_parts(split, [&](std::string_view part) {
    ByteView rest = as_bytes(part);
    while (const auto item = scanner.next(rest)) {
      const std::string at = std::to_string(item->offset) + "+" + std::to_string(item->size) + " ";
      items.push_back(at + (item->fault == HarItem::Fault::none       ? std::string(item->text)
                            : item->fault == HarItem::Fault::too_long ? "too long"
                                                                      : "too deep"));
    }
  });
  items.emplace_back(scanner.is_over() ? "over" : "not over");
  if (scanner.has_entries()) items.emplace_back("entries");
  return items;
}

TEST_CASE("entries are found wherever the list stands, at every cut") {
  struct Row {
    std::string_view text;
    std::vector<std::string> items;
  };
  const Row rows[] = {
      {R"({"log":{"entries":[{"a":"]}\"\\"},{}]}})",
       {R"(19+14 {"a":"]}\"\\"})", "34+2 {}", "over", "entries"}},
      {R"({ "x" : [1] , "log" : { "entries" : [ 1 , "," ] } })",
       {"38+2 1 ", "42+4 \",\" ", "over", "entries"}},
      {R"({"log":{"a":{"entries":[{}]},"entries":[[[]]]},"log2":{"entries":[{}]}})",
       {"40+4 [[]]", "over", "entries"}},
      {R"({"entries":[{}],"a":"log","b":{"entries":[{}]}})", {"over"}},
      {R"({"log":[{"entries":[{}]}]})", {"over"}},
      {R"({"log":{"entries":[]}})", {"over", "entries"}},
      {R"({"log":{"entries":[{"a":1})", {"19+7 {\"a\":1}", "not over", "entries"}},
      {"", {"not over"}},
      {"]]}}", {"not over"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    at_every_split(row.text, [&](const Split& split) {
      CAPTURE(split.name);
      CHECK(items_of(split) == row.items);
    });
  }
}

TEST_CASE("an entry over a limit is left out, and those behind it are found") {
  const std::string head = R"({"log":{"entries":[)";
  const std::string longer = head + "\"" + std::string(99, 'x') + "\",7]}}";
  CHECK(items_of(whole(longer), 101).front().starts_with("19+101 \"xxx"));
  CHECK(items_of(whole(longer), 100) ==
        std::vector<std::string>{"19+101 too long", "121+1 7", "over", "entries"});
  const std::string deepest = std::string(32, '[') + std::string(32, ']');
  CHECK(items_of(whole(head + deepest + "]}}")).front() == "19+64 " + deepest);
  CHECK(items_of(whole(head + "[" + deepest + "],7]}}")) ==
        std::vector<std::string>{"19+66 too deep", "86+1 7", "over", "entries"});
}

}  // namespace
}  // namespace lastframe::test
