// A variable of the environment, as it was again when its object goes.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace lastframe::test {

class EnvironmentVariable {
 public:
  // Without a value it is taken away.
  explicit EnvironmentVariable(const char* name, std::optional<std::string> value = std::nullopt)
      : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    set(value);
  }
  EnvironmentVariable(const EnvironmentVariable&) = delete;
  EnvironmentVariable& operator=(const EnvironmentVariable&) = delete;
  ~EnvironmentVariable() { set(old_); }

 private:
  void set(const std::optional<std::string>& value) {
    if (value) {
      setenv(name_, value->c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }

  const char* name_;
  std::optional<std::string> old_;
};

}  // namespace lastframe::test
