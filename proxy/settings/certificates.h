// The certificates, keys and authorities that listeners name, tried as the relay will load them.
#pragma once

#include <string>
#include <vector>

#include "core/base/error.h"
#include "net/options.h"

namespace lastframe::settings {

struct CertificateCheck {
  std::vector<Error> mistakes;     // each with the place that names the file, if a file does
  std::vector<std::string> notes;  // "FILE:LINE: KEY: what an operator may want to know"
};

// Options that occur several times are tried once. Nothing that was loaded is kept.
CertificateCheck check_certificates(const net::RelayOptions& relay);

}  // namespace lastframe::settings
