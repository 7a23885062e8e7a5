#include "probe/watched_wire.h"

#include <utility>

#include "core/verdict/diagnosing_observer.h"
#include "net/clock.h"
#include "net/sockets.h"

namespace lastframe::probe {
namespace {

class Keeper final : public session::Observer {
 public:
  explicit Keeper(std::optional<session::SessionReport>& place) : place_(place) {}

  void on_session_start(const session::SessionReport&) override {}
  void on_frame(const session::SessionLabel&, Moment, const session::FrameSeen&) override {}
  void on_message(const session::SessionLabel&, Moment, const session::MessageSeen&) override {}
  void on_violation(const session::SessionLabel&, Moment, const ws::Violation&) override {}
  void on_session_end(session::SessionReport report) override { place_ = std::move(report); }
  void on_mass_close(const session::MassCloseSeen&) override {}

 private:
  std::optional<session::SessionReport>& place_;
};

}  // namespace

WatchedWire::WatchedWire(Dialled& dialled, const Target& target,
                         const std::shared_ptr<const catalogue::Catalogue>& catalogue)
    : dialled_(dialled) {
  options_.listener = "probe";
  options_.upstream = net::to_text(net::Upstream{target.address, target.is_tls});
  if (catalogue) options_.use(catalogue);
  observer_ = std::make_unique<verdict::DiagnosingObserver>(std::make_unique<Keeper>(report_));
  const Moment now = net::now();
  session_ = std::make_unique<session::Session>(
      session::SessionStart{.id = 1,
                            .client = dialled.own_address,
                            .is_client_trusted = false,
                            .accepted = dialled.began,
                            .accepted_wall = net::wall_now() - (now - dialled.began),
                            .inflaters = &inflaters_},
      options_, *observer_);
  note_ways();
}

WatchedWire::~WatchedWire() = default;

void WatchedWire::note_ways() {
  if (!is_connected(dialled_)) {
    const std::string address =
        dialled_.attempts.empty() ? options_.upstream : dialled_.attempts.back().address;
    const std::string error =
        dialled_.attempts.empty() ? dialled_.resolve_error : dialled_.attempts.back().error;
    session_->handle(dialled_.connected,
                     session::ConnectFailed{.address = address, .error = error});
    return;
  }
  session_->handle(dialled_.connected,
                   session::UpstreamConnected{.address = dialled_.attempts.back().address});
  if (!dialled_.tls) return;
  const session::TlsLeg* leg = &*dialled_.tls;
  if (dialled_.tls_failure) {
    session_->handle(dialled_.ended,
                     session::TlsFailed{Endpoint::server, leg, &*dialled_.tls_failure});
  } else {
    session_->handle(dialled_.ended, session::TlsEstablished{Endpoint::server, leg});
  }
}

bool WatchedWire::send(std::string_view bytes, Moment deadline) {
  const bool is_sent = wire().send(as_bytes(bytes), deadline);
  session_->handle(net::now(), session::BytesRelayed{Direction::client_to_server, as_bytes(bytes)});
  return is_sent;
}

Wire::Got WatchedWire::receive(std::string& into, Moment deadline) {
  const std::size_t before = into.size();
  const Wire::Got got = wire().receive(into, deadline);
  const Moment now = net::now();
  if (got == Wire::Got::bytes) {
    const ByteView bytes = as_bytes(into).subspan(before);
    session_->handle(now, session::BytesRelayed{Direction::server_to_client, bytes});
  }
  if (got == Wire::Got::end && !std::exchange(has_end_, true)) {
    session_->handle(now, session::StreamEnded{Endpoint::server, *wire().ended()});
  }
  return got;
}

void WatchedWire::end() {
  wire().end();
  session_->handle(net::now(), session::StreamEnded{Endpoint::client, session::EndKind::fin});
}

std::optional<session::SessionReport> WatchedWire::finish() {
  const Moment now = net::now();
  if (dialled_.wire) {
    const auto facts = net::transport_facts(wire().descriptor(), wire().error());
    if (facts) session_->handle(now, session::TransportSampled{Endpoint::server, *facts});
  }
  session_->handle(now, session::Finished{});
  return std::exchange(report_, std::nullopt);
}

}  // namespace lastframe::probe
