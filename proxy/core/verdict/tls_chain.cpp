#include "core/verdict/tls_chain.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "core/base/ip.h"
#include "core/base/words.h"
#include "core/verdict/tls_sentences.h"

namespace lastframe::verdict {
namespace {

using session::CertificateFacts;
using session::CertificateFault;

struct FaultRow {
  CertificateFault fault;
  Cause cause;
  std::string_view what;  // "The server's certificate ..."
};

// In the order of CertificateFault, without `none`.
constexpr auto kFaults = std::to_array<FaultRow>({
    {CertificateFault::expired, Cause::tls_certificate_expired, "has expired"},
    {CertificateFault::not_yet_valid, Cause::tls_certificate_not_yet_valid,
     "is not valid yet by the clock that it was checked with"},
    {CertificateFault::self_signed, Cause::tls_self_signed,
     "is signed by itself, and is not trusted as such"},
    {CertificateFault::untrusted_root, Cause::tls_unknown_ca,
     "comes from an authority that whoever checked it does not trust"},
    {CertificateFault::unknown_issuer, Cause::tls_unknown_ca,
     "comes from an authority that whoever checked it does not know"},
    {CertificateFault::name_mismatch, Cause::tls_name_mismatch,
     "is not good for the name that was asked for"},
    {CertificateFault::wrong_purpose, Cause::tls_certificate_unusable,
     "does not allow the use that was made of it"},
    {CertificateFault::weak, Cause::tls_weak_certificate,
     "has a key or signature that is too weak"},
    {CertificateFault::revoked, Cause::tls_certificate_revoked, "was revoked by its authority"},
    {CertificateFault::missing, Cause::tls_client_certificate_missing, "is missing"},
    {CertificateFault::other, Cause::tls_certificate_unusable, "was not accepted"},
});
static_assert(kFaults.size() == static_cast<std::size_t>(CertificateFault::other));

const FaultRow& row_of(CertificateFault fault) {
  return kFaults[static_cast<std::size_t>(fault) - 1];
}

bool is_out_of_date(const CertificateFacts& certificate, std::int64_t now) {
  return certificate.not_after < now || certificate.not_before > now;
}

// The first that is out of date; null: none of those that are known.
const CertificateFacts* out_of_date(const ShownChain& shown) {
  const auto is_late = [&](const CertificateFacts& one) { return is_out_of_date(one, shown.now); };
  const auto found = std::ranges::find_if(shown.certificates, is_late);
  return found == shown.certificates.end() ? nullptr : &*found;
}

// Public authorities sign servers' certificates with intermediate ones only; private ones often
// with the root itself, and call it so.
bool looks_like_root(std::string_view issuer) { return contains_ignoring_case(issuer, "root"); }

bool is_linked(const ShownChain& shown) {
  const auto& chain = shown.certificates;
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (chain[i - 1].issuer != chain[i].subject) return false;
  }
  return true;
}

void judge_dates(CertificateFault fault, const ShownChain& shown, Finding& found) {
  const CertificateFacts* const late = out_of_date(shown);
  if (late == nullptr) {
    found.says(fmt::format("By the clock here, {}, none of the certificates shown is out of date.",
                           date_text(shown.now)));
    if (fault == CertificateFault::expired) {
      found.may_be("a root in the trust store of whoever checked it that has expired");
    }
    found.may_be("a clock that is wrong").confidence = Confidence::likely;
    return;
  }
  if (late != shown.certificates.data()) {
    found.says(fmt::format("It is an intermediate certificate that is out of date: {}",
                           certificate_text(*late)));
  }
  found.says(validity_text(*late, shown.now));
  found.may_be("a clock that is wrong");
}

void judge_name(const ShownChain& shown, Finding& found) {
  if (!shown.expected_name.empty()) {
    found.says(fmt::format("Asked for was {}{}.", in_quotes(shown.expected_name),
                           parse_ip(shown.expected_name) ? ", an address" : ""));
  }
  if (!shown.certificates.empty()) found.says(names_text(shown.certificates.front()));
  found.may_be("a default certificate, as no name or an unknown one was asked for (SNI)")
      .may_be("another machine answered");
}

// An issuer was neither shown nor known: is it missing in the chain, or nobody's?
void judge_unknown_issuer(const ShownChain& shown, Finding& found) {
  const auto& chain = shown.certificates;
  found.confidence = Confidence::possible;
  if (chain.empty()) return;
  const CertificateFacts& leaf = chain.front();
  const auto is_missing = [&](Confidence confidence, std::string_view why) {
    found.cause = name(Cause::tls_missing_intermediate);
    found.confidence = confidence;
    found.summary = fmt::format(
        "{} certificate was shown without the intermediate one that leads to a trusted root.",
        shown.owner);
    found.says(std::string(why)).may_be(Cause::tls_unknown_ca);
  };
  if (!is_linked(shown)) {
    return is_missing(Confidence::likely,
                      "The certificates do not follow each other: the issuer of one is not the "
                      "subject of the next.");
  }
  if (std::max(shown.length, chain.size()) > 1) {
    found.confidence = Confidence::likely;
    found.says("The chain has its intermediate certificates; the last one's issuer is unknown.");
    found.may_be(Cause::tls_missing_intermediate);
  } else if (leaf.is_self_issued) {
    found.cause = name(Cause::tls_self_signed);
    found.confidence = Confidence::likely;
  } else if (leaf.names_issuer_url) {
    is_missing(Confidence::likely,
               "It came alone, and says where its issuer's certificate can be fetched: the issuer "
               "is no trusted root itself, so that an intermediate certificate has to come along.");
  } else if (!looks_like_root(leaf.issuer)) {
    is_missing(Confidence::possible,
               "It came alone, and its issuer does not look like a root; a private authority may "
               "sign like this too.");
  } else {
    found.confidence = Confidence::likely;
    found.says("Its issuer looks like a root itself, of a private authority.");
    found.may_be(Cause::tls_missing_intermediate);
  }
}

void judge(CertificateFault fault, const ShownChain& shown, Finding& found) {
  switch (fault) {
    case CertificateFault::expired:
    case CertificateFault::not_yet_valid:
      return judge_dates(fault, shown, found);
    case CertificateFault::name_mismatch:
      return judge_name(shown, found);
    case CertificateFault::unknown_issuer:
      return judge_unknown_issuer(shown, found);
    case CertificateFault::self_signed:
      found.may_be("a default certificate of the server").may_be("an inspecting box on the path");
      return;
    case CertificateFault::untrusted_root:
      found.may_be("an inspecting box on the path");
      return;
    case CertificateFault::other:
      found.confidence = Confidence::possible;
      return;
    case CertificateFault::none:
    case CertificateFault::wrong_purpose:
    case CertificateFault::weak:
    case CertificateFault::revoked:
    case CertificateFault::missing:
      return;
  }
}

}  // namespace

CertificateFault visible_fault(const ShownChain& shown) {
  if (shown.certificates.empty()) return CertificateFault::none;
  const CertificateFacts& leaf = shown.certificates.front();
  if (const auto* const late = out_of_date(shown)) {
    return late->not_after < shown.now ? CertificateFault::expired
                                       : CertificateFault::not_yet_valid;
  }
  if (!shown.expected_name.empty() && !is_good_for(leaf, shown.expected_name)) {
    return CertificateFault::name_mismatch;
  }
  if (leaf.is_self_issued) return CertificateFault::self_signed;
  const bool is_alone = std::max(shown.length, shown.certificates.size()) == 1;
  if ((is_alone && (leaf.names_issuer_url || !looks_like_root(leaf.issuer))) || !is_linked(shown)) {
    return CertificateFault::unknown_issuer;
  }
  return CertificateFault::none;
}

Finding certificate_finding(CertificateFault fault, const ShownChain& shown) {
  const FaultRow& row = row_of(fault);
  Finding found(row.cause, Confidence::certain);
  if (!shown.certificates.empty()) found.says(certificate_text(shown.certificates.front()));
  judge(fault, shown, found);
  if (shown.certificates.size() > 1) found.says(chain_text(shown.certificates, shown.length));
  if (found.summary.empty()) {
    found.summary = fmt::format("{} certificate {}.", shown.owner, row.what);
  }
  return found;
}

}  // namespace lastframe::verdict
