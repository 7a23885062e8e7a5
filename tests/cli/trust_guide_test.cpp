#include "cli/trust_guide.h"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <string_view>

namespace lastframe::cli {
namespace {

TEST_CASE("every row says how, how not any more, and names the file once it needs it") {
  std::set<std::string_view> clients;
  for (const TrustRow& row : kTrustGuide) {
    CAPTURE(row.client);
    CHECK(clients.insert(row.client).second);
    CHECK(row.trust.contains("{file}"));
    CHECK_FALSE(row.undo.empty());
    CHECK_FALSE(filled_in(row.trust, "/ca.pem", "n").contains('{'));
    CHECK_FALSE(filled_in(row.undo, "/ca.pem", "n").contains('{'));
  }
}

TEST_CASE("what a shell would read as more than text stays within quotes") {
  struct Row {
    std::string file;
    std::string text;
  };
  for (const Row& row : {
           Row{"/home/a/ca.pem", "cp /home/a/ca.pem x"},
           Row{"/home/a b/ca.pem", "cp '/home/a b/ca.pem' x"},
           Row{"/$(reboot)", "cp '/$(reboot)' x"},
           Row{"/a'b", "cp '/a'\\''b' x"},
           Row{"", "cp '' x"},
           Row{"/{name}{file}", "cp '/{name}{file}' x"},
       }) {
    CAPTURE(row.file);
    CHECK(filled_in("cp {file} x", row.file, "n") == row.text);
  }
  CHECK(filled_in("rm {name}", "f", "Lastframe local CA 12ab") == "rm 'Lastframe local CA 12ab'");
}

}  // namespace
}  // namespace lastframe::cli
