// What a session remembers of how things stood when its end began.
#include <algorithm>
#include <memory>
#include <utility>

#include "core/session/session.h"

namespace lastframe::session {

void SessionOptions::use(std::shared_ptr<const catalogue::Catalogue> known) {
  catalogue = std::move(known);
  recognition = catalogue ? std::make_shared<catalogue::Recognition>(*catalogue) : nullptr;
}

void Session::text_seen(Endpoint sender, std::string_view beginning) {
  remembered().texts.note(sender, beginning, now_, *options_.recognition);
}

void Session::second_began(Direction direction) {
  Moment last = opened_;
  for (const DirectionTracker& tracker : trackers_) {
    last = std::max(last, tracker.last_byte_at().value_or(last));
  }
  if (now_ - last < kSilence) return;
  remembered().silences.note({.by = direction, .length = now_ - last, .ended = now_},
                             trackers_[index(direction)].bytes());
}

void Session::note_circumstances(std::optional<Endpoint> closer) {
  if (phase_ == Phase::sealed) return note_sealed_circumstances();
  if (phase_ != Phase::frames || (remembered_ && remembered_->circumstances)) return;
  Circumstances seen;
  seen.at = now_;
  for (const Direction direction : kDirections) {
    const bool is_closers = closer && direction == direction_from(*closer);
    seen.directions[index(direction)] =
        trackers_[index(direction)].state(now_, is_closers ? DirectionTracker::Until::frame_in_hand
                                                           : DirectionTracker::Until::last_byte);
  }
  if (remembered_) {
    const Silences& silences = remembered_->silences;
    seen.silence = closer
                       ? silences.last_but(direction_from(*closer),
                                           trackers_[index(direction_from(*closer))].frame_offset())
                       : silences.last();
    if (options_.recognition) {
      remembered_->texts.report(*options_.recognition, handshake_words(), seen);
    }
  }
  remembered().circumstances = std::move(seen);
}

catalogue::HandshakeWords Session::handshake_words() const {
  return {.host = texts_[Text::host].value_or(""),
          .path = texts_[Text::path].value_or(""),
          .subprotocol = texts_[Text::subprotocol].value_or(""),
          .request_products = texts_[Text::request_products].value_or(""),
          .response_products = texts_[Text::response_products].value_or("")};
}

Session::Remembered& Session::remembered() {
  if (!remembered_) remembered_ = std::make_unique<Remembered>();
  return *remembered_;
}

}  // namespace lastframe::session
