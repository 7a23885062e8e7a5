#include "ssl/authority_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/base/words.h"
#include "ssl/certificate_facts.h"
#include "ssl/certificate_maker.h"
#include "ssl/pem_files.h"

namespace lastframe::ssl {
namespace {

constexpr std::int64_t kDay = 24 * 60 * 60;
constexpr std::int64_t kYears = 10;
constexpr mode_t kKeyMode = S_IRUSR | S_IWUSR;
constexpr mode_t kCertificateMode = kKeyMode | S_IRGRP | S_IROTH;

std::unexpected<Error> failed(const std::string& path, std::string_view does, int error) {
  return std::unexpected(Error{in_quotes(path),
                               fmt::format("{}: {}", does, std::generic_category().message(error)),
                               "check the path and who may write there, or name another one"});
}

std::string text_of(const BioPointer& bio) {
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

// A name of its own for each authority: after a new one is made, lists of trusted roots show both.
std::string common_name() {
  std::array<unsigned char, 4> bytes{};
  RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
  const std::string_view random(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return "Lastframe local CA " + hex_text(random);
}

struct AuthorityText {
  std::string certificate;
  std::string key;
};

std::expected<AuthorityText, Error> make_text(std::int64_t now) {
  const KeyPointer key = make_key();
  const CertificatePointer root =
      key ? make_root(common_name(), key.get(), {now - kDay, now + kYears * 365 * kDay}) : nullptr;
  const BioPointer certificate_bio(BIO_new(BIO_s_mem()));
  const BioPointer key_bio(BIO_new(BIO_s_secmem()));
  if (!root || !certificate_bio || !key_bio ||
      PEM_write_bio_X509(certificate_bio.get(), root.get()) != 1 ||
      PEM_write_bio_PKCS8PrivateKey(key_bio.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                    nullptr) != 1) {
    return std::unexpected(Error{"", "OpenSSL could not make an authority", ""});
  }
  return AuthorityText{text_of(certificate_bio), text_of(key_bio)};
}

// A new file that was never anybody else's: O_EXCL follows no link.
std::expected<void, Error> write_new(const std::string& path, std::string_view text, mode_t mode) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) return failed(path, "the file cannot be made", errno);
  errno = 0;
  const ssize_t written = write(file, text.data(), text.size());
  const bool is_whole = written == static_cast<ssize_t>(text.size()) && fsync(file) == 0;
  const int error = errno == 0 ? ENOSPC : errno;  // a short write says nothing
  close(file);
  if (is_whole) return {};
  unlink(path.c_str());
  return failed(path, "the file cannot be written", error);
}

std::expected<void, Error> make_directory(const std::filesystem::path& directory) {
  if (directory.empty()) return {};
  std::error_code error;
  if (std::filesystem::is_directory(directory, error)) return {};
  std::filesystem::create_directories(directory.parent_path(), error);
  if (error) return failed(directory.string(), "the directory cannot be made", error.value());
  if (mkdir(directory.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return failed(directory.string(), "the directory cannot be made", errno);
  }
  return {};
}

// Both or neither.
std::expected<void, Error> write_both(const std::string& certificate, const std::string& key,
                                      const AuthorityText& text) {
  if (const auto written = write_new(key, text.key, kKeyMode); !written) return written;
  const auto written = write_new(certificate, text.certificate, kCertificateMode);
  if (!written) unlink(key.c_str());
  return written;
}

std::expected<void, Error> replace(const KeyPairFiles& files, const AuthorityText& text) {
  const std::string new_certificate = files.certificate + ".new";
  const std::string new_key = files.key + ".new";
  unlink(new_certificate.c_str());
  unlink(new_key.c_str());
  if (const auto written = write_both(new_certificate, new_key, text); !written) return written;
  for (const auto& [from, to] :
       {std::pair(new_key, files.key), std::pair(new_certificate, files.certificate)}) {
    if (std::rename(from.c_str(), to.c_str()) != 0) {
      return failed(to, "the file cannot be replaced", errno);
    }
  }
  return {};
}

std::string fingerprint(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  X509_digest(certificate, EVP_sha256(), digest.data(), &length);
  std::string text;
  for (unsigned int i = 0; i < length; ++i) {
    text += fmt::format("{}{:02X}", i == 0 ? "" : ":", digest[i]);
  }
  return text;
}

}  // namespace

KeyPairFiles authority_files(const std::string& directory) {
  const std::filesystem::path path(directory);
  return {(path / "ca.pem").string(), (path / "ca-key.pem").string(), {}};
}

std::string authority_directory(const char* xdg_config_home, const char* home) {
  const auto is_set = [](const char* path) { return path != nullptr && *path == '/'; };
  if (is_set(xdg_config_home)) return std::string(xdg_config_home) + "/lastframe";
  if (is_set(home)) return std::string(home) + "/.config/lastframe";
  return {};
}

std::expected<void, Error> create_authority(const KeyPairFiles& files, Existing existing,
                                            std::int64_t now) {
  if (existing == Existing::is_kept) {
    for (const std::string& path : {files.certificate, files.key}) {
      struct stat facts{};
      if (lstat(path.c_str(), &facts) != 0) continue;
      return std::unexpected(Error{in_quotes(path), "there is one already",
                                   "`lastframe ca show` tells about it; --force makes a new one, "
                                   "which every client must be told to trust again"});
    }
  }
  const auto directory = make_directory(std::filesystem::path(files.key).parent_path());
  if (!directory) return directory;
  const auto text = make_text(now);
  if (!text) return std::unexpected(text.error());
  return existing == Existing::is_kept ? write_both(files.certificate, files.key, *text)
                                       : replace(files, *text);
}

std::expected<AuthorityFacts, Error> read_authority_facts(const std::string& certificate_file) {
  const auto certificates = read_certificates(certificate_file, {});
  if (!certificates) return std::unexpected(certificates.error());
  const X509* const certificate = certificates->front().get();
  return AuthorityFacts{subject_text(certificate), fingerprint(certificate), begin_of(certificate),
                        end_of(certificate)};
}

}  // namespace lastframe::ssl
