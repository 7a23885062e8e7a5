// One relayed connection: two sockets, what waits between them, and the session that looks on.
// Every byte is written on first and shown to the session afterwards; every end is mirrored.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/endpoint.h"
#include "core/session/session.h"
#include "net/arrival.h"
#include "net/encryption.h"
#include "net/file_descriptor.h"
#include "net/listener_runtime.h"
#include "net/live_sessions.h"
#include "net/pending_bytes.h"
#include "net/reactor.h"
#include "net/resolver.h"
#include "net/socket_address.h"
#include "net/sockets.h"
#include "net/timer_wheel.h"

namespace lastframe::net {

class RelayConnection;

// What a worker lends to its connections, used on the worker's thread only. The actions are
// virtual; what every message needs is plain data.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;

  virtual Reactor& reactor() = 0;

  ChunkPool chunks;
  Budget& budget;
  Counters& counters;
  std::span<std::byte> receive_buffer;  // shared: its content lives until the next read
  // The same for legs with TLS: what came, and what is to be sent.
  virtual std::span<std::byte> ciphertext_buffer() = 0;
  std::vector<std::byte> ciphertext;

  virtual void set_timer(Timer& timer, Moment due) = 0;

  // RelayConnection::run_again() is due after this batch of events.
  virtual void run_again(RelayConnection& connection) = 0;
  // RelayConnection::check_drained() is due again and again until it says true: every few
  // milliseconds while is_freshly_draining(), later at each tick.
  virtual void watch_drained(RelayConnection& connection) = 0;
  // RelayConnection::resolved() is due, unless the connection has finished by then. An answer
  // that is known comes back at once.
  virtual std::optional<Resolution> resolve(RelayConnection& connection,
                                            const std::string& host) = 0;
  // The connection is over: it must be freed after this batch of events.
  virtual void finished(RelayConnection& connection) = 0;

 protected:
  ConnectionHost(Budget& all_budget, Counters& all_counters)
      : budget(all_budget), counters(all_counters) {}
};

class RelayConnection final : public EventTarget, private Timer {
 public:
  RelayConnection(ConnectionHost& host, std::shared_ptr<const ListenerRuntime> listener,
                  session::Observer& observer, const session::SessionStart& start,
                  FileDescriptor client);
  ~RelayConnection() override;

  void start();

  void on_events(unsigned tag, std::uint32_t events) override;
  void run_again();
  bool check_drained();
  bool is_freshly_draining(Moment now) const;
  void resolved(const Resolution& resolution);

  // Ends the connection in an orderly way: no byte of ours, an end of stream to both.
  void shut_down();
  // Ends it at once, whatever is pending.
  void abort();

  // Whether nothing would be cut in two if the connection ended here.
  bool is_between_messages() const;
  bool is_shutting_down() const { return phase_ == Phase::closing; }

  std::uint64_t id() const { return id_; }

  // live_sessions.cpp: what can be told while it lasts
  bool matches(const LiveQuery& query) const;
  LiveSession look(Moment now, const LiveQuery& query);  // of one that matches
  const std::string& listener_name() const { return listener_->session.listener; }
  Moment accepted() const { return accepted_; }

  std::size_t place = 0;          // in the worker's list, kept by the worker
  bool is_run_again_due = false;  // kept by the worker

 private:
  enum class Phase : unsigned char {
    // The first four may take no longer than the listener's time-outs.
    arriving,          // who goes where is not known yet
    waiting_for_byte,  // connect: first_byte
    connecting,        // resolving included
    relaying,
    resetting,  // one side is gone; the other gets its last bytes and then a reset
    answering,  // a 502 of ours
    closing,    // we end it: both sides get an end of stream
    finished,
  };

  // How bytes wait for a leg: in the clear where TLS is there and cannot take them yet.
  enum class Form : unsigned char { on_wire, in_the_clear };

  // Of a leg for which something had to wait: its peer is slow, or was not reached yet.
  struct Backlog {
    PendingBytes pending;  // to be written to this leg, as it goes on the wire
    std::uint64_t pending_max = 0;
    std::chrono::microseconds stalled{0};
    Moment stalled_since{};  // zero: nothing is pending

    void end_stall(Moment now) {
      if (stalled_since != Moment{}) stalled += now - stalled_since;
      stalled_since = Moment{};
    }
    bool is_worth_telling() const { return pending_max > 0 || stalled.count() > 0; }
  };

  struct Leg {
    FileDescriptor socket;
    std::unique_ptr<Backlog> backlog;        // once there was one: most legs never have any
    std::unique_ptr<Encryption> encryption;  // empty: what is relayed is what is on the wire
    int send_error = 0;  // what a write met; the stream may still hold bytes to read
    int error = 0;       // how the leg ended, for the record
    bool is_readable = false;
    bool must_read_on = false;  // a short read is not the end of what is there
    bool has_error_event = false;
    bool has_ended = false;   // nothing more will be read
    bool is_gone = false;     // nothing more can be written
    bool is_end_due = false;  // an end of stream is to be passed on once nothing is pending
    bool is_end_sent = false;

    bool has_pending() const { return backlog && !backlog->pending.is_empty(); }
    std::size_t pending_size() const { return backlog ? backlog->pending.size() : 0; }
    // What waits for it in one form, which must be there; and how much in both.
    PendingBytes& held(Form form) {
      return form == Form::on_wire ? backlog->pending : encryption->waiting;
    }
    std::size_t held_size() const {
      return pending_size() + (encryption ? encryption->waiting.size() : 0);
    }
  };

  // Finding an address that answers.
  struct Search {
    std::span<const UpstreamTarget> targets;  // tried in turn; live as long as arrival_
    std::size_t target = 0;                   // the one in hand
    std::vector<SocketAddress> candidates;    // of that upstream, next one last
    std::string text;                         // of the address that is being tried
    const UpstreamTarget& current() const { return targets[target]; }
    bool is_last() const { return target + 1 >= targets.size(); }
    Moment began;
    Moment retry_at{};  // zero: no retry is due
  };

  // What every relayed socket is watched for: registered once, edge-triggered.
  static const std::uint32_t kWatched;
  // One connection's turn; then others come first.
  static constexpr int kReadsPerTurn = 8;
  // How long we wait for both ends after we have ended a connection ourselves.
  static constexpr std::chrono::milliseconds kClosingPatience{2000};
  // How often a server is listened to that a client waits for.
  static constexpr std::chrono::milliseconds kClientSilence{1000};
  // How long a client may take to read an answer of ours and end its side.
  static constexpr std::chrono::milliseconds kAnswerPatience{5000};

  Endpoint endpoint_of(const Leg& own) const {
    return &own == &legs_[index(Endpoint::client)] ? Endpoint::client : Endpoint::server;
  }
  Leg& leg(Endpoint endpoint) { return legs_[index(endpoint)]; }
  const Leg& leg(Endpoint endpoint) const { return legs_[index(endpoint)]; }
  void look(const session::Input& input);
  void look_at_bytes(const session::BytesRelayed& input);
  void shed_analysis();
  void find_patterns(std::string_view upstream, std::string_view configured);
  void note_request();
  void look_at_patterns();

  // relay_connection.cpp: events and bytes
  void relay(Direction direction);
  void passed(Direction direction, ByteView bytes);
  void pass_inline(Direction direction, ByteView bytes);
  void pass_early(Direction direction, ByteView bytes);
  void read_ended(Endpoint endpoint, ssize_t size);
  bool can_read(const Leg& from, const Leg& to) const;
  bool is_flooding(const Leg& from) const;
  void relay_both();
  static bool has_output_due(const Leg& own) { return own.has_pending() || own.is_end_due; }
  static bool is_stuffed(const Leg& to) {
    return to.has_pending() || (to.encryption && !to.encryption->waiting.is_empty());
  }
  std::size_t read_size() const;
  void deliver(Leg& to, ByteView bytes);
  void deliver_inline(Leg& to, ByteView bytes);
  void send(Leg& to, ByteView wire_bytes);
  void send_inline(Leg& to, ByteView wire_bytes);
  void hold(Leg& to, Form form, ByteView bytes);
  bool flush(Endpoint endpoint);

  // relay_arrival.cpp: before the upstream is known
  bool has_arrival() const;
  void begin_arrival();
  void refuse_arrival();
  void note_refused();
  // Whether something of the client's is awaited that is not its own traffic.
  bool is_arriving() const {
    return phase_ == Phase::arriving && arrival_->step < Arrival::Step::route;
  }
  void begin_negotiation();
  void arrived(ByteView bytes);
  void take_proxy_header();
  void negotiate();
  void go_to(const proxying::Destination& wanted, const std::string& passed_on);
  void settle();
  void choose_route();
  bool may_be_led_to(const SocketAddress& address) const;
  void search_behind(ByteView first, std::span<const UpstreamTarget> targets);
  void arrival_ended();
  bool answer_negotiation(std::string_view error);
  std::string proxy_header() const;
  void hold_proxy_header();

  // relay_tls.cpp: legs that speak TLS
  ssize_t receive_encrypted(Leg& from, std::span<std::byte> room);
  ssize_t receive_first_bytes();
  void take_first_bytes(ByteView bytes);
  void watch_first_bytes();
  void leave_alone(bool is_tls);
  bool may_server_speak_first() const;
  void let_server_speak();
  std::string_view protocol_without_upstream() const;
  bool is_http1_only() const;
  void proceed();
  void begin_client_tls(std::string_view protocol);
  void begin_server_tls();
  std::string_view protocol_for_client() const;
  std::optional<ssize_t> advance(Leg& own, std::span<std::byte> room);
  void send_ciphertext(Leg& own);
  void established(Leg& own);
  void encrypt_waiting(Leg& to);
  void tls_failed(Endpoint endpoint, const session::TlsFailure& failure);
  void note_tls_failure(Endpoint endpoint, const session::TlsFailure& failure);
  bool close_encryption(Leg& to);
  void handshake_ended(Endpoint endpoint, session::EndKind how, int error);
  bool is_in_handshake(Endpoint endpoint) const;

  // relay_ends.cpp: ends
  void drop_pending(Leg& to);
  void write_failed(Endpoint endpoint, int error);
  void end_of_stream(Endpoint endpoint);
  static session::EndKind orderly_end(const Leg& own);
  void ended(Endpoint endpoint, session::EndKind how, int error);
  void lost(Endpoint endpoint);
  void pass_end_on(Endpoint to);
  void pass_reset_on(Endpoint to);
  void show_unread(Endpoint endpoint);
  void finish_if_over();
  void finish();
  void count_end();
  void discard_input(Leg& leg);
  void begin_closing(std::chrono::milliseconds patience);

  // relay_connect.cpp: the upstream
  void begin_upstream();
  void begin_search(std::span<const UpstreamTarget> targets);
  void try_upstream();
  void try_next_address();
  int objection_to(const SocketAddress& address) const;
  ConnectBegun begin_connect_to(const SocketAddress& address);
  void try_address(const SocketAddress& address);
  void retry_later();
  void server_event(std::uint32_t events);
  void connected();
  void address_failed(int error);
  void connect_failed(std::string_view error);
  void refuse_client(session::EndKind how);
  void answer_with_502();
  std::optional<SocketAddress> next_source(int family) const;
  std::optional<SocketAddress> client_source() const;

  void on_timer(Moment now) override;
  std::optional<Moment> next_deadline() const;
  void rearm();
  bool is_past(const std::optional<std::chrono::milliseconds>& limit, Moment since) const;

  ConnectionHost& host_;
  std::shared_ptr<const ListenerRuntime> listener_;   // with the listener and its other connections
  std::optional<session::Session> session_;           // empty: the analysis was shed
  std::array<Leg, 2> legs_;                           // by Endpoint
  std::unique_ptr<Arrival> arrival_;                  // until connected, where there is one
  std::unique_ptr<Search> search_;                    // until connected
  std::unique_ptr<OwnConnections::Entry> own_entry_;  // of the server's leg, where there is one
  SharedPatterns* patterns_ = nullptr;                // the listener's; from connected on
  Moment accepted_;
  Moment now_;          // of the event in hand
  Moment active_;       // when a byte last came
  Moment close_by_{};   // zero: not limited
  Moment requested_{};  // zero: no upgrade was asked for, or nobody wants to know
  std::uint64_t id_;
  session::LiveCounts* counts_;  // or none
  Phase phase_ = Phase::connecting;
  bool is_refused_ = false;     // before it was relayed
  bool is_left_alone_ = false;  // the client speaks TLS that is not ours to terminate
};

}  // namespace lastframe::net
