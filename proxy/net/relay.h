// The relay as a whole: workers, listening sockets, reload and drain. Used from one thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/session/observer.h"
#include "core/session/privacy.h"
#include "net/live_sessions.h"
#include "net/options.h"
#include "net/worker.h"

namespace lastframe::net {

// One observer for each worker, called on that worker's thread only.
using ObserverFactory = std::function<std::unique_ptr<session::Observer>(unsigned worker)>;

struct ListeningAt {
  std::string name;
  std::string address;  // with the real port
};

// Totals since the start.
struct RelayTotals {
  std::uint64_t accepted;
  std::uint64_t open;
  std::uint64_t connect_failures;
  std::uint64_t tls_failures;
  std::uint64_t refused_arrivals;
  std::uint64_t other_protocols;
  std::uint64_t shed_analyses;
  std::uint64_t accept_pauses;
};

// How full the relay is now; sizes in bytes.
struct RelayLevels {
  unsigned workers;
  std::uint64_t connections_limit;
  std::uint64_t pending;
  std::uint64_t pending_limit;
  std::uint64_t inflate_memory;
  std::chrono::microseconds tick_lag;  // of the slowest worker, since it was last asked for
};

class Relay {
 public:
  // Opens every listener and starts the workers; accepts from then on. Every problem at once.
  static std::expected<std::unique_ptr<Relay>, std::vector<Error>> start(
      const RelayOptions& options, const session::PrivacyOptions& privacy,
      session::Interest interest, const ObserverFactory& make_observer);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  std::vector<ListeningAt> listening() const;

  // One more address of this process, as a listener's is written, that clients who choose their
  // destination are not led to; the listeners' own are known.
  void keep_clients_from(const std::string& address);

  // Takes new options for connections to come; running ones keep theirs. Listening addresses that
  // stay are not reopened. On a problem nothing changes. What was opened anew.
  std::expected<std::vector<ListeningAt>, std::vector<Error>> reload(
      const RelayOptions& options, const session::PrivacyOptions& privacy);

  // Begins to end: see Worker::drain.
  void drain();
  void stop_now();
  bool is_over() const;  // after drain() or stop_now(): no worker runs any more

  // Asks every worker's loop for a sign of life; not while one is owed. Since when the first of
  // them owes one, absent where all have come round: from any thread. Those that have ended, after
  // drain() or stop_now(), are not waited for.
  void ask_workers();
  std::optional<Moment> silent_since() const;

  // These three from any thread.
  RelayTotals totals() const;
  RelayLevels take_levels();
  std::vector<LearntOfUpstream> learnt();

  // From any thread: asks every worker that runs; `done` is called on a worker's thread once all
  // have answered, or at once where none runs. Not at all where a worker ends meanwhile.
  void look(const LiveQuery& query, LiveGathering::Done done) const;

 private:
  struct Listener {
    std::shared_ptr<const ListenerRuntime> runtime;  // with the workers' acceptors
    std::string bound;                               // the real address
    std::size_t key = 0;
  };
  struct Opened {
    Listener listener;
    std::vector<FileDescriptor> sockets;  // one for each worker
    bool is_shared = false;
  };

  Relay(session::Interest interest, std::uint64_t session_seed);
  std::expected<Opened, Error> open(std::shared_ptr<const ListenerRuntime> runtime);
  std::expected<std::shared_ptr<const ListenerRuntime>, std::vector<Error>> runtime_of(
      const ListenerOptions& options, const RelayOptions& all,
      const session::PrivacyOptions& privacy, const std::shared_ptr<ssl::KeyLog>& key_log);
  static std::expected<std::shared_ptr<ssl::KeyLog>, Error> key_log_of(const std::string& path);
  void note_own_addresses(const std::vector<Opened>& opened);
  void hand_out(Opened opened);
  void apply_limits(const Limits& limits);
  static void remove_socket_file(const Listener& listener);

  session::Interest interest_;
  std::string user_key_;  // of user hashes, where the operator gives none: one for each start
  RelayOptions options_;
  Shared shared_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Listener> listeners_;
  std::size_t next_key_ = 1;
  std::atomic<bool> is_ending_ = false;
};

}  // namespace lastframe::net
