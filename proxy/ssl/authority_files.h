// Where the local authority lives, how it is made, and what it says of itself.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "core/base/error.h"
#include "ssl/options.h"

namespace lastframe::ssl {

// ca.pem and ca-key.pem in `directory`.
KeyPairFiles authority_files(const std::string& directory);

// "$XDG_CONFIG_HOME/lastframe", or "HOME/.config/lastframe"; empty where neither is known. Null and
// what is no absolute path counts as unset (XDG Base Directory Specification).
std::string authority_directory(const char* xdg_config_home, const char* home);

enum class Existing : unsigned char { is_kept, is_replaced };

// Makes an authority of ten years: the directory 0700 where it has to be made, the key 0600, the
// certificate 0644. One that exists is a mistake, or is replaced as a whole. `now`: unix seconds.
std::expected<void, Error> create_authority(const KeyPairFiles& files, Existing existing,
                                            std::int64_t now);

struct AuthorityFacts {
  std::string subject;
  std::string sha256;           // of the certificate: "AB:CD:...", as browsers and OpenSSL show it
  std::int64_t not_before = 0;  // unix seconds
  std::int64_t not_after = 0;

  bool operator==(const AuthorityFacts&) const = default;
};

// Reads the certificate only.
std::expected<AuthorityFacts, Error> read_authority_facts(const std::string& certificate_file);

}  // namespace lastframe::ssl
