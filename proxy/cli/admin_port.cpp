#include "cli/admin_port.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <utility>

#include "cli/say.h"
#include "cli/version.h"
#include "net/address.h"
#include "net/clock.h"
#include "net/reactor.h"
#include "settings/admin.h"
#include "ssl/library.h"

namespace lastframe::cli {
namespace {

// What a turn of an event loop may take before probes fail.
constexpr std::chrono::seconds kLongestTurn{5};

std::unexpected<Error> failed(const admin::Options& options, Error error) {
  error.where = "admin " + net::to_text(*options.listen);
  return std::unexpected(std::move(error));
}

}  // namespace

std::expected<std::unique_ptr<AdminPort>, Error> AdminPort::open(const admin::Options& options) {
  std::unique_ptr<AdminPort> port(new AdminPort(options));
  if (!options.listen) return port;
  auto door = admin::open_door(*options.listen);
  if (!door) return failed(options, std::move(door.error()));
  port->door_ = *std::move(door);
  return port;
}

// A door that nobody has been served at leaves no file behind either.
AdminPort::~AdminPort() {
  if (door_ && !door_->socket_file.empty()) unlink(door_->socket_file.c_str());
}

std::vector<output::RecordTap*> AdminPort::taps() {
  if (!is_on()) return {};
  return {&records_};
}

std::optional<output::FeedFacts> AdminPort::feed() const {
  if (!is_on()) return std::nullopt;
  return output::FeedFacts{.subscribers = records_.feed.readers(),
                           .dropped = records_.feed.dropped()};
}

std::expected<void, Error> AdminPort::serve(net::Relay& relay, Asked asked) {
  if (!door_) return {};
  admin::Sources sources{
      .version = std::string(kVersion),
      .libwebsockets = net::libwebsockets_version(),
      .openssl = ssl::library_version(),
      .metrics = std::move(asked.metrics),
      .is_stalled =
          [&relay] {
            const auto since = relay.silent_since();
            return since && net::now() > *since + kLongestTurn;
          },
      .unready = [this]() -> std::string_view { return is_draining_ ? "draining" : ""; },
      .uptime_s = [started = net::now()] { return seconds_between(started, net::now()); },
      .connections_open = [&relay] { return relay.totals().open; },
      .live = [&relay](const net::LiveQuery& query,
                       net::LiveGathering::Done done) { relay.look(query, std::move(done)); },
      .recent = &records_.recent,
      .recorder = std::move(asked.recorder)};
  const std::string address = door_->address;
  auto server = admin::Server::start(*std::exchange(door_, std::nullopt), options_,
                                     admin::Router(std::move(sources)), records_.feed);
  if (!server) return failed(options_, std::move(server.error()));
  server_ = *std::move(server);
  relay.keep_clients_from(address);
  say("admin " + address);
  return {};
}

void AdminPort::reload(const admin::Options& options) {
  if (options.listen != options_.listen) {
    say("reload: the address of the admin port changes only with a restart");
  }
  const admin::Options wanted{options_.listen, options.token, options.public_paths};
  if (settings::admin_address_fault(wanted)) {
    return say("reload: the admin port keeps its token, for others reach its address");
  }
  options_ = wanted;
  if (server_) server_->reload(options_);
}

}  // namespace lastframe::cli
