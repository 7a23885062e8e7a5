// What connections have in common, learnt by all workers together: for each listener and each
// address behind it. Kept over reloads by the listener's name.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/session/known_patterns.h"
#include "core/session/mass_close_seen.h"
#include "core/verdict/patterns.h"

namespace lastframe::net {

// Told when a mass close is recognised, so that nobody has to look for one again and again.
class MassCloseAlarm {
 public:
  // `wake`: called by any worker, once until quieten(). Set before the workers run.
  void on_ring(std::function<void()> wake) { wake_ = std::move(wake); }
  void ring();
  void quieten() { is_ringing_ = false; }

 private:
  std::function<void()> wake_;
  std::atomic<bool> is_ringing_ = false;
};

// One Patterns behind a lock; from any thread.
class SharedPatterns {
 public:
  SharedPatterns(std::string listener, std::string upstream, std::string configured_upstream,
                 MassCloseAlarm& alarm);

  // Each connection that asks for an upgrade comes here once, and leaves by one of the three below.
  void note_request(std::string_view client, Moment accepted, Moment requested);

  session::KnownPatterns learn(const verdict::EndFacts& facts);
  // Of one that never opened.
  session::KnownPatterns never_opened(std::string_view client, Moment accepted, Moment requested,
                                      Moment ended);
  void note_gone(Moment accepted);

  // Those that are over; with `is_last` those that run, too.
  void take_mass_closes(Moment now, bool is_last, std::vector<verdict::MassClose>& taken);
  bool has_mass_close();
  void add_learnt(std::map<std::string, verdict::Learnt>& by_upstream);

 private:
  std::mutex mutex_;
  verdict::Patterns patterns_;
  MassCloseAlarm& alarm_;
};

// Of an upstream as the configuration names it (empty: clients choose): several addresses together.
struct LearntOfUpstream {
  std::string listener;
  std::string upstream;
  verdict::Learnt learnt;
};

class ListenerPatterns {
 public:
  static constexpr std::size_t kMostUpstreams = 64;  // the others share one

  ListenerPatterns(std::string listener, MassCloseAlarm& alarm);

  // `upstream`: address as numbers. `configured`: what the configuration calls it, where it does;
  // the first name stays. The result lives as long as this.
  SharedPatterns& of(std::string_view upstream, std::string_view configured = {});

  void take_mass_closes(Moment now, bool is_last, std::vector<verdict::MassClose>& taken);
  bool has_mass_close();
  void add_learnt(std::vector<LearntOfUpstream>& learnt);

 private:
  std::vector<SharedPatterns*> all();

  std::string listener_;
  MassCloseAlarm& alarm_;
  std::mutex mutex_;
  std::map<std::string, SharedPatterns, std::less<>> upstreams_;
};

class RelayPatterns {
 public:
  MassCloseAlarm& alarm() { return alarm_; }

  // Shared by the listener's runtimes; made when the name is new.
  std::shared_ptr<ListenerPatterns> of_listener(const std::string& name);
  // Forgets listeners that no runtime uses any more.
  void prune();

  // From any thread. As text and calendar time, which is `wall_now` at `now`.
  std::vector<session::MassCloseSeen> take_mass_closes(Moment now, WallTime wall_now, bool is_last);
  // What closes cluster at, where they do; from any thread.
  std::vector<LearntOfUpstream> learnt();
  // Quietens the alarm when none runs any more. Whether one does.
  bool has_mass_close();

 private:
  std::vector<std::shared_ptr<ListenerPatterns>> all();

  MassCloseAlarm alarm_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<ListenerPatterns>> listeners_;
};

}  // namespace lastframe::net
