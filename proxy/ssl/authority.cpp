#include "ssl/authority.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "core/base/ip.h"
#include "core/base/words.h"
#include "ssl/certificate_facts.h"
#include "ssl/certificate_maker.h"
#include "ssl/credentials.h"
#include "ssl/names.h"

namespace lastframe::ssl {
namespace {

constexpr std::int64_t kHour = 60 * 60;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kLifetime = 90 * kDay;
constexpr std::size_t kMostKept = 10'000;

// The certificates used last, by name.
class Cache {
 public:
  CertificatePointer find(const std::string& name, std::int64_t now) {
    const std::scoped_lock lock(mutex_);
    const auto found = places_.find(name);
    if (found == places_.end()) return nullptr;
    X509* const certificate = found->second->second.get();
    const bool is_good = begin_of(certificate) <= now && now + kDay < end_of(certificate);
    if (!is_good) return nullptr;
    order_.splice(order_.begin(), order_, found->second);
    return shared(certificate);
  }

  void keep(const std::string& name, X509* certificate) {
    const std::scoped_lock lock(mutex_);
    if (const auto found = places_.find(name); found != places_.end()) {
      found->second->second = shared(certificate);
      return;
    }
    order_.emplace_front(name, shared(certificate));
    places_[name] = order_.begin();
    if (order_.size() <= kMostKept) return;
    places_.erase(order_.back().first);
    order_.pop_back();
  }

 private:
  using Order = std::list<std::pair<std::string, CertificatePointer>>;

  std::mutex mutex_;
  Order order_;  // the last used first
  std::unordered_map<std::string, Order::iterator> places_;
};

class LoadedAuthority final : public Authority {
 public:
  LoadedAuthority(Credentials credentials, CertificatesPointer chain, KeyPointer leaf_key)
      : credentials_(std::move(credentials)),
        chain_(std::move(chain)),
        leaf_key_(std::move(leaf_key)) {}

  std::expected<CertificatePointer, std::string> certificate_for(std::string_view name,
                                                                 std::int64_t now) const override {
    const bool is_address = parse_ip(name).has_value();
    const auto key = is_address ? std::string(name) : host_name(name);
    if (!key) {
      return std::unexpected("no certificate can be made for " + in_quotes(name) +
                             ": it is neither a name nor an address");
    }
    if (CertificatePointer kept = cache_.find(*key, now)) return kept;
    auto made = make_leaf(*key, leaf_key_.get(),
                          {credentials_.certificate(), credentials_.key.get()}, validity(now));
    if (!made || !*made) {
      return std::unexpected("the certificate for " + in_quotes(name) + " could not be made");
    }
    cache_.keep(*key, made->get());
    return *std::move(made);
  }

  EVP_PKEY* leaf_key() const override { return leaf_key_.get(); }
  STACK_OF(X509) * chain() const override { return chain_.get(); }

 private:
  // An hour back, for clients whose clocks are behind; never beyond the authority's own life.
  Validity validity(std::int64_t now) const {
    const std::int64_t begin = std::max(now - kHour, begin_of(credentials_.certificate()));
    return {begin, std::min(begin + kLifetime, end_of(credentials_.certificate()))};
  }

  Credentials credentials_;
  CertificatesPointer chain_;
  KeyPointer leaf_key_;  // one for all: making keys would cost more than all else
  mutable Cache cache_;
};

// Clients have the root; showing it helps nobody.
CertificatesPointer chain_without_root(const Credentials& credentials) {
  CertificatesPointer chain(sk_X509_new_null());
  for (const CertificatePointer& certificate : credentials.chain) {
    if (!chain || is_self_issued(certificate.get())) break;
    sk_X509_push(chain.get(), shared(certificate.get()).release());
  }
  return chain;
}

bool may_issue(X509* certificate) {
  return X509_check_ca(certificate) > 0 &&
         (X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN) != 0;
}

}  // namespace

std::expected<std::unique_ptr<const Authority>, std::vector<Error>> Authority::load(
    const KeyPairFiles& files) {
  auto credentials = load_credentials(files, KeyReaders::owner, std::time(nullptr));
  if (!credentials) return std::unexpected(std::move(credentials.error()));
  const auto error = [&](std::string what, std::string remedy) {
    return std::unexpected(
        std::vector<Error>{{files.origin.text, std::move(what), std::move(remedy)}});
  };
  if (!may_issue(credentials->certificate())) {
    return error(in_quotes(files.certificate) + " is not the certificate of an authority",
                 "`lastframe ca create` makes one");
  }
  auto chain = chain_without_root(*credentials);
  auto leaf_key = make_key();
  if (!chain || !leaf_key) return error("there is no memory for an authority", "");
  return std::make_unique<const LoadedAuthority>(*std::move(credentials), std::move(chain),
                                                 std::move(leaf_key));
}

}  // namespace lastframe::ssl
