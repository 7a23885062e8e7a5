#include "ssl/certificate_maker.h"

#include <doctest/doctest.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>
#include <set>
#include <string>

#include "ssl/certificate_facts.h"

namespace lastframe::ssl {
namespace {

using ContextOfStore = std::unique_ptr<X509_STORE_CTX, Freeing<X509_STORE_CTX_free>>;

// By the letter of RFC 5280, as a server's certificate for that name.
int verify_error(X509* root, X509* leaf, const char* name, bool is_address) {
  const StorePointer store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), root);
  const ContextOfStore context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), leaf, nullptr);
  X509_VERIFY_PARAM* const rules = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_X509_STRICT);
  X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (is_address) {
    X509_VERIFY_PARAM_set1_ip_asc(rules, name);
  } else {
    X509_VERIFY_PARAM_set1_host(rules, name, 0);
  }
  X509_verify_cert(context.get());
  return X509_STORE_CTX_get_error(context.get());
}

TEST_CASE("root and leaves stand up to strict verification") {
  const std::int64_t now = std::time(nullptr);
  const KeyPointer root_key = make_key();
  const CertificatePointer root = make_root("Test", root_key.get(), {now - 60, now + 6000});
  const KeyPointer key = make_key();
  REQUIRE(root);
  CHECK(subject_text(root.get()) == "CN=Test, O=Lastframe");
  CHECK(X509_get_pathlen(root.get()) == 0);
  CHECK(X509_get_key_usage(root.get()) == (KU_KEY_CERT_SIGN | KU_CRL_SIGN));
  std::set<std::string> serials;
  for (const auto& [name, is_address] :
       {std::pair{"chat.example", false}, {"192.0.2.7", true}, {"2001:db8::7", true}}) {
    CAPTURE(name);
    const auto leaf =
        make_leaf(name, key.get(), {root.get(), root_key.get()}, {now - 60, now + 60});
    REQUIRE(leaf.has_value());
    REQUIRE(*leaf);
    CHECK(verify_error(root.get(), leaf->get(), name, is_address) == X509_V_OK);
    CHECK(verify_error(root.get(), leaf->get(), is_address ? "192.0.2.8" : "b.example",
                       is_address) != X509_V_OK);
    CHECK(X509_get_extended_key_usage(leaf->get()) == XKU_SSL_SERVER);
    const ASN1_INTEGER* const serial = X509_get0_serialNumber(leaf->get());
    CHECK(serial->type == V_ASN1_INTEGER);  // positive
    CHECK(ASN1_STRING_length(serial) <= 20);
    serials.insert(std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(serial)),
                               static_cast<std::size_t>(ASN1_STRING_length(serial))));
  }
  CHECK(serials.size() == 3);
}

TEST_CASE("a long name stands in the alternative name alone") {
  const std::int64_t now = std::time(nullptr);
  const KeyPointer key = make_key();
  const CertificatePointer root = make_root("Test", key.get(), {now - 60, now + 60});
  for (const std::size_t length : {64U, 65U}) {
    std::string name = std::string(63, 'a') + ".";
    name.resize(length - 1, 'b');
    name += 'c';
    if (name.size() == 64) name[63] = 'c', name[62] = '.';
    const auto leaf = make_leaf(name, key.get(), {root.get(), key.get()}, {now - 60, now + 60});
    REQUIRE(leaf.has_value());
    CHECK(names_of(leaf->get()) == std::vector{name});
    CHECK(subject_text(leaf->get()).contains("CN=") == (name.size() <= 64));
  }
}

TEST_CASE("what is neither name nor address is nothing") {
  const std::int64_t now = std::time(nullptr);
  const KeyPointer key = make_key();
  const CertificatePointer root = make_root("Test", key.get(), {now - 60, now + 60});
  for (const char* const name : {"", "a b", "a,DNS:b.example", "*.example", "1.2.3.4:5"}) {
    CAPTURE(name);
    CHECK_FALSE(
        make_leaf(name, key.get(), {root.get(), key.get()}, {now - 60, now + 60}).has_value());
  }
}

}  // namespace
}  // namespace lastframe::ssl
