// Which of an operator's certificates a client is shown.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ssl/credentials.h"

namespace lastframe::ssl {

class CertificateSet {
 public:
  void add(Credentials credentials);
  bool is_empty() const { return all_.empty(); }

  // Those for a server name (lower case) or an address: that have it as it is, else by a wildcard.
  // One for each kind of key, the first that was added: the client's algorithms choose among them.
  std::vector<const Credentials*> for_name(std::string_view name) const;

  // The first one, and those of other kinds of key with the same names. Not for an empty set.
  std::vector<const Credentials*> for_nobody() const;

 private:
  std::vector<const Credentials*> one_of_each_kind(const std::vector<std::size_t>& places) const;

  std::vector<Credentials> all_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_name_;
};

}  // namespace lastframe::ssl
