// A connection whose bytes the analysis sees, too: as the proxy would see them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/moment.h"
#include "core/catalogue/catalogue.h"
#include "core/session/observer.h"
#include "core/session/report.h"
#include "core/session/session.h"
#include "probe/dial.h"
#include "probe/frame.h"
#include "probe/target.h"
#include "probe/wire.h"

namespace lastframe::probe {

class WatchedWire {
 public:
  // `dialled` outlives it. Also for a connection that did not come about: its report says why.
  WatchedWire(Dialled& dialled, const Target& target,
              const std::shared_ptr<const catalogue::Catalogue>& catalogue);
  ~WatchedWire();

  bool send(std::string_view bytes, Moment deadline);
  // As Wire::receive().
  Wire::Got receive(std::string& into, Moment deadline);
  void end();

  // Nothing more will come. The report with its verdict; absent where there is no record of it.
  std::optional<session::SessionReport> finish();

  Wire& wire() { return *dialled_.wire; }

 private:
  void note_ways();

  Dialled& dialled_;
  session::SessionOptions options_;
  ws::InflatePool inflaters_{ws::InflateLimits{}};
  std::optional<session::SessionReport> report_;
  std::unique_ptr<session::Observer> observer_;
  std::unique_ptr<session::Session> session_;
  bool has_end_ = false;
};

}  // namespace lastframe::probe
