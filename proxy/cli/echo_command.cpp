#include "cli/echo_command.h"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

#include <cstdio>
#include <string>

#include "cli/arguments.h"
#include "net/sockets.h"
#include "output/json.h"
#include "probe/echo_server.h"
#include "ssl/server_side.h"

namespace lastframe::cli {
namespace {

void say(std::FILE* where, const std::string& line) {
  const std::string text = line + "\n";
  std::fwrite(text.data(), 1, text.size(), where);
  std::fflush(where);
}

int refuse(const Error& error) {
  say(stderr, "lastframe: " + to_text(error));
  return kExitBadUsage;
}

}  // namespace

int run_echo(const EchoCommand& command) {
  // Blocked before the first thread starts, so that only sigwait() below takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  net::raise_open_files_limit();

  probe::EchoOptions options{.listen = command.listen, .tls = nullptr};
  if (command.tls) {
    ssl::ServerOptions tls;
    tls.certificates = {*command.tls};
    tls.alpn = ssl::AlpnPolicy::http1;
    auto loaded = ssl::ServerSide::load(tls, nullptr);
    if (!loaded) {
      for (const Error& error : loaded.error()) refuse(error);
      return kExitBadUsage;
    }
    options.tls = *std::move(loaded);
  }
  const auto server = probe::EchoServer::start(options);
  if (!server) return refuse(server.error());
  say(stderr, fmt::format("listening echo {}", (*server)->address()));
  if (command.format == PathFormat::json) {
    std::string text;
    output::JsonWriter json(text);
    json.begin_object().field("event", "listening").field("address", (*server)->address());
    json.field("tls", command.tls.has_value()).end_object();
    say(stdout, text);
  }
  int number = 0;
  while (sigwait(&signals, &number) != 0) {
  }
  return kExitDone;
}

}  // namespace lastframe::cli
