#include "ssl/certificate_facts.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstddef>
#include <ctime>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "core/base/words.h"
#include "ssl/handles.h"
#include "ssl/names.h"

namespace lastframe::ssl {
namespace {

constexpr std::size_t kLongestText = 256;
constexpr std::size_t kLongestValue = 100;  // of one part of a name
constexpr int kMostParts = 10;              // of a name; a hostile one has thousands
constexpr std::size_t kMostNames = 16;

using NamesPointer = std::unique_ptr<GENERAL_NAMES, Freeing<GENERAL_NAMES_free>>;
using AccessPointer = std::unique_ptr<AUTHORITY_INFO_ACCESS, Freeing<AUTHORITY_INFO_ACCESS_free>>;

// Not within a character.
std::string bounded(std::string text) {
  if (text.size() <= kLongestText) return text;
  std::size_t end = kLongestText - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text + "...";
}

std::string_view bytes_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string utf8_of(const ASN1_STRING* text) {
  unsigned char* converted = nullptr;
  const int length = ASN1_STRING_to_UTF8(&converted, text);
  if (length < 0) return std::string(bytes_of(text));
  std::string result(reinterpret_cast<const char*>(converted), static_cast<std::size_t>(length));
  OPENSSL_free(converted);
  return result;
}

// "CN=chat.example". A value that could be taken for several parts stands in quotes.
std::string part_text(const X509_NAME_ENTRY* entry) {
  const ASN1_OBJECT* const object = X509_NAME_ENTRY_get_object(entry);
  const int nid = OBJ_obj2nid(object);
  std::array<char, 64> number{};
  if (nid == NID_undef) OBJ_obj2txt(number.data(), number.size(), object, 1);
  const std::string kind = nid == NID_undef ? std::string(number.data()) : OBJ_nid2sn(nid);
  const std::string value = printable(utf8_of(X509_NAME_ENTRY_get_data(entry)), kLongestValue);
  return kind + '=' + (value.find_first_of(",=+") == std::string::npos ? value : '"' + value + '"');
}

std::string name_text(const X509_NAME* name) {
  std::string text;
  const int count = X509_NAME_entry_count(name);
  for (int i = count - 1; i >= 0 && i >= count - kMostParts; --i) {
    if (!text.empty()) text += ", ";
    text += part_text(X509_NAME_get_entry(name, i));
  }
  return text.empty() ? "no name" : bounded(std::move(text));
}

std::string address_text(const ASN1_OCTET_STRING* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int length = ASN1_STRING_length(address);
  if (length != 4 && length != 16) return "an address of " + std::to_string(length) + " bytes";
  inet_ntop(length == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(address), text.data(),
            text.size());
  return text.data();
}

std::optional<std::string> common_name(const X509* certificate) {
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return std::nullopt;
  return utf8_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

std::int64_t seconds_of(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? timegm(&parts) : 0;
}

bool names_issuer_url(const X509* certificate) {
  const AccessPointer access(static_cast<AUTHORITY_INFO_ACCESS*>(
      X509_get_ext_d2i(certificate, NID_info_access, nullptr, nullptr)));
  for (int i = 0; access && i < sk_ACCESS_DESCRIPTION_num(access.get()); ++i) {
    const ACCESS_DESCRIPTION* const description = sk_ACCESS_DESCRIPTION_value(access.get(), i);
    if (OBJ_obj2nid(description->method) == NID_ad_ca_issuers) return true;
  }
  return false;
}

std::string signature_text(const X509* certificate) {
  const int nid = X509_get_signature_nid(certificate);
  return nid == NID_undef ? "unknown" : OBJ_nid2ln(nid);
}

}  // namespace

std::string subject_text(const X509* certificate) {
  return name_text(X509_get_subject_name(certificate));
}

std::string issuer_text(const X509* certificate) {
  return name_text(X509_get_issuer_name(certificate));
}

std::vector<std::string> names_of(const X509* certificate) {
  std::vector<std::string> names;
  bool has_dns_name = false;
  const NamesPointer all(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == GEN_IPADD) names.push_back(address_text(name->d.iPAddress));
    if (name->type != GEN_DNS) continue;
    has_dns_name = true;
    names.push_back(in_lower_case(printable(bytes_of(name->d.dNSName), kLongestText - 32)));
  }
  if (has_dns_name) return names;
  const std::string name = common_name(certificate).value_or("");
  const std::size_t wildcard = name.starts_with("*.") ? 2 : 0;
  if (host_name(std::string_view(name).substr(wildcard))) names.push_back(in_lower_case(name));
  return names;
}

std::string key_text(const EVP_PKEY* key) {
  if (key == nullptr) return "unknown";
  const auto bits = [&] { return ' ' + std::to_string(EVP_PKEY_get_bits(key)) + " bits"; };
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
      return "RSA" + bits();
    case EVP_PKEY_RSA_PSS:
      return "RSA-PSS" + bits();
    case EVP_PKEY_EC:
      return "EC" + bits();
    case EVP_PKEY_ED25519:
      return "Ed25519";
    case EVP_PKEY_ED448:
      return "Ed448";
    case EVP_PKEY_DSA:
      return "DSA" + bits();
    default:
      return "unknown";
  }
}

std::int64_t begin_of(const X509* certificate) {
  return seconds_of(X509_get0_notBefore(certificate));
}

std::int64_t end_of(const X509* certificate) { return seconds_of(X509_get0_notAfter(certificate)); }

std::string date_text(std::int64_t unix_seconds) {
  const std::time_t time = unix_seconds;
  std::tm parts{};
  if (gmtime_r(&time, &parts) == nullptr) return "an impossible date";
  std::array<char, 64> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text.data();
}

bool is_self_issued(const X509* certificate) {
  return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
}

session::CertificateFacts facts_of(const X509* certificate) {
  session::CertificateFacts facts;
  facts.subject = subject_text(certificate);
  facts.issuer = issuer_text(certificate);
  facts.not_before = begin_of(certificate);
  facts.not_after = end_of(certificate);
  facts.names = names_of(certificate);
  facts.name_count = facts.names.size();
  if (facts.names.size() > kMostNames) facts.names.resize(kMostNames);
  facts.key = key_text(X509_get0_pubkey(certificate));
  facts.signature = signature_text(certificate);
  facts.is_self_issued = is_self_issued(certificate);
  facts.names_issuer_url = names_issuer_url(certificate);
  return facts;
}

}  // namespace lastframe::ssl
