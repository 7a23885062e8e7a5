#include "ssl/certificate_set.h"

#include <openssl/evp.h>

#include <algorithm>
#include <utility>

#include "ssl/certificate_facts.h"
#include "ssl/names.h"

namespace lastframe::ssl {
namespace {

int kind_of(const Credentials& credentials) { return EVP_PKEY_get_base_id(credentials.key.get()); }

}  // namespace

void CertificateSet::add(Credentials credentials) {
  for (std::string& name : names_of(credentials.certificate())) {
    by_name_[std::move(name)].push_back(all_.size());
  }
  all_.push_back(std::move(credentials));
}

std::vector<const Credentials*> CertificateSet::for_name(std::string_view name) const {
  auto found = by_name_.find(std::string(name));
  if (found == by_name_.end()) found = by_name_.find(wildcard_of(name));
  if (name.empty() || found == by_name_.end()) return {};
  return one_of_each_kind(found->second);
}

std::vector<const Credentials*> CertificateSet::for_nobody() const {
  const std::vector<std::string> names = names_of(all_.front().certificate());
  std::vector<std::size_t> places{0};
  for (std::size_t i = 1; i < all_.size(); ++i) {
    if (names_of(all_[i].certificate()) == names) places.push_back(i);
  }
  return one_of_each_kind(places);
}

std::vector<const Credentials*> CertificateSet::one_of_each_kind(
    const std::vector<std::size_t>& places) const {
  std::vector<const Credentials*> chosen;
  for (const std::size_t place : places) {
    const Credentials& candidate = all_[place];
    const bool is_new = std::ranges::none_of(
        chosen, [&](const Credentials* c) { return kind_of(*c) == kind_of(candidate); });
    if (is_new) chosen.push_back(&candidate);
  }
  return chosen;
}

}  // namespace lastframe::ssl
