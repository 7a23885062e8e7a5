#include "ssl/library.h"

#include <openssl/crypto.h>

namespace lastframe::ssl {

std::string library_version() { return OpenSSL_version(OPENSSL_VERSION_STRING); }

}  // namespace lastframe::ssl
