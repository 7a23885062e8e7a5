// Which OpenSSL runs here.
#pragma once

#include <string>

namespace lastframe::ssl {

// "3.0.15": of the library as it was loaded.
std::string library_version();

}  // namespace lastframe::ssl
