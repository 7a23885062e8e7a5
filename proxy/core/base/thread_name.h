// Names that `top -H`, `ps -L` and debuggers show.
#pragma once

#include <pthread.h>

#include <string>

namespace lastframe {

// Of the thread that calls; at most 15 bytes are shown (pthread_setname_np(3)).
inline void name_thread(const std::string& name) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
}

}  // namespace lastframe
