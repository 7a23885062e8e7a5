// How many ends a second are usual: an average that forgets, over a few minutes.
#pragma once

#include "core/base/moment.h"

namespace lastframe::verdict {

class UsualRate {
 public:
  // What is older counts for less than 1/e.
  static constexpr double kMemory = 120;  // seconds

  // From here on it is watched; once it is, this changes nothing.
  void begin(Moment now);
  // Time has passed; a moment before the last one changes nothing.
  void advance(Moment now);
  void add(double ends) { ends_ += ends; }

  // Divided by the time that was watched, so that it is right from the first seconds on.
  double per_second() const;
  // The same with one end more: nothing seen yet does not mean that nothing ever ends.
  double at_most_per_second() const;

 private:
  double watched() const;

  double ends_ = 0;     // each weighed by its age
  double seconds_ = 0;  // likewise; at most kMemory
  Moment last_{};
  bool has_begun_ = false;
};

}  // namespace lastframe::verdict
