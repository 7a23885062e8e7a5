// How far a session that has not ended has come.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace lastframe::session {

enum class Stage : std::uint8_t {
  opening,  // an upgrade was asked for, and no 101 has come
  open,
  closing,  // a side has sent a Close frame, or its stream has ended
};

inline constexpr std::array kStages{Stage::opening, Stage::open, Stage::closing};

constexpr std::string_view name(Stage stage) {
  switch (stage) {
    case Stage::opening:
      return "opening";
    case Stage::open:
      return "open";
    case Stage::closing:
      return "closing";
  }
  return "";
}

}  // namespace lastframe::session
