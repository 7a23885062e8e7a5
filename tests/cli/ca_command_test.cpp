#include "cli/ca_command.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "cli/trust_guide.h"
#include "support/temporary_folder.h"

namespace lastframe::cli {
namespace {

struct Run {
  explicit Run(const CaCommand& command) {
    std::ostringstream out_stream;
    std::ostringstream err_stream;
    exit_code = run_ca(command, out_stream, err_stream);
    out = out_stream.str();
    err = err_stream.str();
  }
  int exit_code = 0;
  std::string out;
  std::string err;
};

CaCommand command(CaAction action, const std::string& directory) {
  CaCommand result;
  result.action = action;
  result.directory = directory;
  return result;
}

TEST_CASE("create says what it made, and show says the same later") {
  const test::TemporaryFolder folder;
  const std::string directory = folder.file("authority");
  const Run made(command(CaAction::create, directory));
  CHECK(made.exit_code == 0);
  CHECK(made.err == "");
  CHECK(made.out.starts_with("CN=Lastframe local CA "));
  CHECK(made.out.contains("  certificate  " + directory + "/ca.pem\n"));
  CHECK(made.out.contains("  key          " + directory + "/ca-key.pem ("));
  CHECK(made.out.contains("`tls: {authority: {cert: \"" + directory + "/ca.pem\", key: "));
  for (const TrustRow& row : kTrustGuide) {
    CAPTURE(row.client);
    CHECK(made.out.contains("\n\n" + std::string(row.client) + '\n'));
  }
  const Run shown(command(CaAction::show, directory));
  CHECK(shown.exit_code == 0);
  CHECK(shown.out == made.out);
}

TEST_CASE("as JSON it is one line with the same facts") {
  const test::TemporaryFolder folder;
  CaCommand create = command(CaAction::create, folder.file("a"));
  create.format = AnswerFormat::json;
  const Run run(create);
  CHECK(run.exit_code == 0);
  CHECK(run.out.find('\n') == run.out.size() - 1);
  const auto json = nlohmann::json::parse(run.out);
  CHECK(json["certificate"] == folder.file("a/ca.pem"));
  CHECK(json["key"] == folder.file("a/ca-key.pem"));
  CHECK(json["subject"].get<std::string>().ends_with(", O=Lastframe"));
  CHECK(json["sha256"].get<std::string>().size() == 32 * 3 - 1);
  CHECK(json["not_before"].get<std::string>().ends_with("Z"));
  CHECK(json["not_before"] < json["not_after"]);
  CHECK(json["trust"].size() == kTrustGuide.size());
}

TEST_CASE("one that is there is kept unless that is asked for") {
  const test::TemporaryFolder folder;
  CaCommand create = command(CaAction::create, folder.file("a"));
  const Run first(create);
  const Run second(create);
  CHECK(second.exit_code == 2);
  CHECK(second.out == "");
  CHECK(second.err.starts_with("lastframe: \""));
  CHECK(second.err.contains("ca.pem\": there is one already; "));
  CHECK(Run(command(CaAction::show, folder.file("a"))).out == first.out);
  create.existing = ssl::Existing::is_replaced;
  const Run third(create);
  CHECK(third.exit_code == 0);
  CHECK(third.out != first.out);
}

TEST_CASE("nothing to show is a mistake that says how to make it") {
  const test::TemporaryFolder folder;
  const Run run(command(CaAction::show, folder.file("none")));
  CHECK(run.exit_code == 2);
  CHECK(run.out == "");
  CHECK(run.err.contains("`lastframe ca create` makes an authority"));
}

}  // namespace
}  // namespace lastframe::cli
