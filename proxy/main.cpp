#include <unistd.h>

#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include "cli/analyze_command.h"
#include "cli/arguments.h"
#include "cli/ca_command.h"
#include "cli/check_config_command.h"
#include "cli/compare_command.h"
#include "cli/demo_command.h"
#include "cli/diff_command.h"
#include "cli/echo_command.h"
#include "cli/explain_command.h"
#include "cli/health_command.h"
#include "cli/knowledge.h"
#include "cli/locale.h"
#include "cli/lookup_command.h"
#include "cli/probe_command.h"
#include "cli/proxy_command.h"
#include "cli/report_command.h"
#include "output/colour.h"

namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};

lastframe::cli::Surroundings surroundings() {
  using namespace lastframe;
  const bool is_terminal = isatty(STDOUT_FILENO) == 1;
  return {cli::knowledge, cli::locale_language(), output::colour_for(is_terminal)};
}

}  // namespace

int main(int count, char** values) {
  using namespace lastframe;
  const auto command = cli::parse_arguments(std::vector<std::string>(values + 1, values + count));
  if (!command) {
    std::cerr << "lastframe: " << to_text(command.error()) << '\n';
    return cli::kExitBadUsage;
  }
  return std::visit(
      Overloaded{
          [](const cli::ProxyCommand& c) { return cli::run_proxy(c); },
          [](const cli::DemoCommand& c) { return cli::run_demo(c); },
          [](const cli::CheckConfigCommand& c) {
            return cli::run_check_config(c, std::cout, std::cerr);
          },
          [](const cli::ExplainCommand& c) {
            return cli::run_explain(c, surroundings(), std::cout, std::cerr);
          },
          [](const cli::CompareCommand& c) {
            return cli::run_compare(c, surroundings(), std::cout, std::cerr);
          },
          [](const cli::LookupCommand& c) {
            return cli::run_lookup(c, surroundings(), std::cout, std::cerr);
          },
          [](const cli::AnalyzeCommand& c) {
            return cli::run_analyze(c, surroundings(), std::cout, std::cerr);
          },
          [](const cli::ReportCommand& c) {
            return cli::run_report(c, surroundings(), std::cout, std::cerr);
          },
          [](const cli::DiffCommand& c) {
            return cli::run_diff(c, surroundings().colour, std::cout, std::cerr);
          },
          [](const cli::CaCommand& c) { return cli::run_ca(c, std::cout, std::cerr); },
          [](const cli::HealthCommand& c) { return cli::run_health(c, std::cout, std::cerr); },
          [](const cli::EchoCommand& c) { return cli::run_echo(c); },
          [](const cli::ProbeCommand& c) {
            return cli::run_probe(c, surroundings(), std::cout, std::cerr);
          },
          [](const cli::ShowText& c) {
            (c.exit_code == 0 ? std::cout : std::cerr) << c.text;
            return c.exit_code;
          }},
      *command);
}
