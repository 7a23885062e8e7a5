#include "ssl/chain_check.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "ssl/certificate_facts.h"

namespace lastframe::ssl {
namespace {

using Chain = std::span<const CertificatePointer>;
using StoreContextPointer = std::unique_ptr<X509_STORE_CTX, Freeing<X509_STORE_CTX_free>>;
using ObjectPointer = std::unique_ptr<X509_OBJECT, Freeing<X509_OBJECT_free>>;

// By names, key identifiers and the signature itself: an authority made anew has its old name.
bool has_issued(X509* issuer, X509* certificate) {
  EVP_PKEY* const key = X509_get0_pubkey(issuer);
  const bool fits = X509_check_issued(issuer, certificate) == X509_V_OK && key != nullptr &&
                    X509_verify(certificate, key) == 1;
  ERR_clear_error();
  return fits;
}

bool is_authority(X509* certificate) { return X509_check_ca(certificate) > 0; }

std::string numbered(Chain chain, std::size_t at) {
  return fmt::format("certificate {} ({})", at + 1, subject_text(chain[at].get()));
}

// The order in which the chain hangs together, as far as it goes: "1, 3, 2".
std::string right_order(Chain chain) {
  std::vector<std::size_t> order{0};
  while (order.size() < chain.size()) {
    std::size_t next = 0;
    for (std::size_t i = 1; i < chain.size() && next == 0; ++i) {
      const bool is_new = std::ranges::find(order, i) == order.end();
      if (is_new && has_issued(chain[i].get(), chain[order.back()].get())) next = i;
    }
    if (next == 0) break;
    order.push_back(next);
  }
  std::string text;
  for (const std::size_t at : order) {
    text +=
        fmt::format("{}{} ({})", text.empty() ? "" : ", ", at + 1, subject_text(chain[at].get()));
  }
  return text;
}

// What is wrong at `at`, whose predecessor it has not issued.
ChainProblem problem_at(Chain chain, std::size_t at) {
  X509* const certificate = chain[at].get();
  X509* const before = chain[at - 1].get();
  for (std::size_t i = 0; i < at; ++i) {
    if (X509_cmp(chain[i].get(), certificate) == 0) {
      return {fmt::format("{} stands there twice, as number {} too", numbered(chain, at), i + 1),
              "leave one of them out"};
    }
  }
  for (std::size_t i = at + 1; i < chain.size(); ++i) {
    if (has_issued(chain[i].get(), before)) {
      return {fmt::format("the certificates stand in the wrong order: {} is not followed by its "
                          "issuer",
                          numbered(chain, at - 1)),
              "write them in this order: " + right_order(chain)};
    }
  }
  if (is_self_issued(before)) {
    return {fmt::format("{} has nothing to do with those before it, which end with a root",
                        numbered(chain, at)),
            "leave it out"};
  }
  if (!is_authority(certificate)) {
    return {fmt::format("{} is no authority and has nothing to do with those before it",
                        numbered(chain, at)),
            "leave it out; each file holds one certificate with its intermediates"};
  }
  return {fmt::format("an intermediate certificate is missing: {} was issued by {}, and not by {}",
                      numbered(chain, at - 1), issuer_text(before), numbered(chain, at)),
          "put the issuer's certificate between the two; the authority publishes it"};
}

}  // namespace

std::optional<ChainProblem> chain_problem(Chain chain) {
  // A root first: its followers may well be its own.
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (!has_issued(chain[i].get(), chain[i - 1].get())) return problem_at(chain, i);
    if (X509_cmp(chain[i].get(), chain[i - 1].get()) == 0) return problem_at(chain, i);
  }
  return std::nullopt;
}

std::optional<std::string> unknown_end(Chain chain, const std::function<X509_STORE*()>& trusted) {
  X509* const last = chain.back().get();
  if (is_self_issued(last)) return std::nullopt;
  const StoreContextPointer context(X509_STORE_CTX_new());
  if (!context || X509_STORE_CTX_init(context.get(), trusted(), nullptr, nullptr) != 1) {
    return std::nullopt;
  }
  const ObjectPointer issuer(
      X509_STORE_CTX_get_obj_by_subject(context.get(), X509_LU_X509, X509_get_issuer_name(last)));
  ERR_clear_error();
  if (issuer) return std::nullopt;
  return fmt::format(
      "the chain ends with {}, whose issuer {} is neither in the file nor among the roots of this "
      "system: {}",
      subject_text(last), issuer_text(last),
      facts_of(last).names_issuer_url
          ? "most probably an intermediate certificate is missing in the file"
          : "clients must trust that issuer, or an intermediate certificate is missing");
}

}  // namespace lastframe::ssl
