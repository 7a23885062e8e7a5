#include "cli/ca_command.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <expected>
#include <filesystem>
#include <ostream>
#include <string>
#include <system_error>

#include "cli/say.h"
#include "cli/trust_guide.h"
#include "core/base/words.h"
#include "output/json.h"
#include "ssl/authority_files.h"

namespace lastframe::cli {
namespace {

std::string date(std::int64_t unix_seconds) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(unix_seconds)));
}

// "Lastframe local CA 0123abcd" of "CN=Lastframe local CA 0123abcd, O=Lastframe".
std::string common_name(const std::string& subject) {
  const std::string from_name = subject.starts_with("CN=") ? subject.substr(3) : subject;
  return from_name.substr(0, from_name.find(','));
}

std::string json(const ssl::KeyPairFiles& files, const ssl::AuthorityFacts& facts) {
  std::string text;
  output::JsonWriter writer(text);
  writer.begin_object()
      .field("certificate", files.certificate)
      .field("key", files.key)
      .field("subject", facts.subject)
      .field("sha256", facts.sha256)
      .field("not_before", date(facts.not_before))
      .field("not_after", date(facts.not_after))
      .key("trust")
      .begin_array();
  const std::string name = common_name(facts.subject);
  for (const TrustRow& row : kTrustGuide) {
    writer.begin_object()
        .field("client", row.client)
        .field("note", row.note)
        .field("trust", filled_in(row.trust, files.certificate, name))
        .field("undo", filled_in(row.undo, files.certificate, name))
        .end_object();
  }
  writer.end_array().end_object();
  return text + '\n';
}

std::string default_directory() {
  return ssl::authority_directory(std::getenv("XDG_CONFIG_HOME"), std::getenv("HOME"));
}

std::string setting(const ssl::KeyPairFiles& files) {
  if (files == ssl::authority_files(default_directory())) return "tls: {authority: default}";
  return fmt::format("tls: {{authority: {{cert: {}, key: {}}}}}", in_quotes(files.certificate),
                     in_quotes(files.key));
}

// Lines are not wrapped: commands are there to be copied.
std::string page(const ssl::KeyPairFiles& files, const ssl::AuthorityFacts& facts) {
  std::string text = fmt::format(
      "{}\n\n"
      "  certificate  {}\n"
      "  key          {} (whoever reads it can pose as any server to your clients)\n"
      "  SHA-256      {}\n"
      "  valid        from {} to {}\n\n"
      "`{}` makes a listener intercept with it.\n"
      "Clients must trust the certificate, and should no longer when you are done:\n",
      facts.subject, printable(files.certificate, 4096), printable(files.key, 4096), facts.sha256,
      date(facts.not_before), date(facts.not_after), setting(files));
  const std::string name = common_name(facts.subject);
  for (const TrustRow& row : kTrustGuide) {
    const std::string file = printable(files.certificate, 4096);
    text += fmt::format("\n{}\n  {}\n  trust  {}\n  undo   {}\n", row.client, row.note,
                        filled_in(row.trust, file, name), filled_in(row.undo, file, name));
  }
  return text;
}

std::expected<ssl::KeyPairFiles, Error> files_of(const CaCommand& command) {
  const std::string directory = command.directory ? *command.directory : default_directory();
  if (directory.empty()) {
    return std::unexpected(Error{"ca", "there is no home directory that would hold the authority",
                                 "name a directory with --dir"});
  }
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::absolute(directory, error);
  return ssl::authority_files(error ? directory : whole.lexically_normal().string());
}

}  // namespace

int run_ca(const CaCommand& command, std::ostream& out, std::ostream& err) {
  const auto files = files_of(command);
  if (!files) return refuse(files.error(), err);
  if (command.action == CaAction::create) {
    const auto made = ssl::create_authority(*files, command.existing, std::time(nullptr));
    if (!made) return refuse(made.error(), err);
  }
  auto facts = ssl::read_authority_facts(files->certificate);
  if (!facts) {
    facts.error().remedy =
        "`lastframe ca create` makes an authority; --dir names another directory";
    return refuse(facts.error(), err);
  }
  out << (command.format == AnswerFormat::json ? json(*files, *facts) : page(*files, *facts));
  return kExitDone;
}

}  // namespace lastframe::cli
