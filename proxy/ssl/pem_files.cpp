#include "ssl/pem_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/base/words.h"
#include "ssl/certificate_facts.h"

namespace lastframe::ssl {
namespace {

constexpr std::size_t kLongestFile = 4 * 1024 * 1024;  // bundles of roots have 200 to 300 KB

// A file's text, wiped when it is gone: it may hold a key.
class FileText {
 public:
  FileText() = default;
  FileText(FileText&& from) noexcept : mode(from.mode), text_(std::exchange(from.text_, {})) {}
  FileText& operator=(FileText&&) = delete;
  ~FileText() { OPENSSL_cleanse(text_.data(), text_.size()); }

  std::string_view view() const { return text_; }
  std::string& storage() { return text_; }
  BioPointer bio() const {
    return BioPointer(BIO_new_mem_buf(text_.data(), static_cast<int>(text_.size())));
  }

  mode_t mode = 0;

 private:
  std::string text_;
};

struct Closing {
  int file;
  ~Closing() { close(file); }
};

std::unexpected<Error> mistake(const Origin& origin, std::string what, std::string remedy) {
  return std::unexpected(Error{origin.text, std::move(what), std::move(remedy)});
}

std::unexpected<Error> cannot_read(const std::string& path, const Origin& origin, int error) {
  return mistake(
      origin,
      fmt::format("{} cannot be read: {}", in_quotes(path), std::generic_category().message(error)),
      error == ENOENT ? "check the path" : "check the path and who may read it");
}

std::expected<FileText, Error> read_file(const std::string& path, const Origin& origin) {
  if (path.empty()) return mistake(origin, "the path is empty", "write the path of a PEM file");
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return cannot_read(path, origin, errno);
  const Closing closing{file};
  struct stat facts{};
  if (fstat(file, &facts) != 0) return cannot_read(path, origin, errno);
  if (!S_ISREG(facts.st_mode)) {
    return mistake(origin, in_quotes(path) + " is not a file", "write the path of a PEM file");
  }
  const auto size = static_cast<std::size_t>(facts.st_size);
  if (size > kLongestFile) {
    return mistake(origin, fmt::format("{} has {}", in_quotes(path), in_bytes(size)),
                   "check the path: no PEM file is as long as that");
  }
  FileText read;
  read.mode = facts.st_mode;
  read.storage().resize(size);
  std::size_t length = 0;
  while (length < size) {
    const ssize_t count = ::read(file, read.storage().data() + length, size - length);
    if (count < 0) return cannot_read(path, origin, errno);
    if (count == 0) break;
    length += static_cast<std::size_t>(count);
  }
  read.storage().resize(length);
  if (read.view().find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return mistake(origin, in_quotes(path) + " is empty", "check what was to write it");
  }
  return read;
}

std::string library_reason() {
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  return reason == nullptr ? "it is damaged" : reason;
}

// Whether what ended reading is that nothing more of the kind is there.
bool is_end_of_file() {
  const unsigned long error = ERR_peek_last_error();
  return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

// DER (X.690) and with it PKCS #12 begin with a SEQUENCE of at least 128 bytes.
bool is_der(std::string_view text) { return text.starts_with("\x30\x82"); }

std::unexpected<Error> no_certificate(const std::string& path, const Origin& origin,
                                      std::string_view text) {
  std::string remedy = "a certificate begins with -----BEGIN CERTIFICATE-----";
  if (is_der(text)) {
    remedy = "it looks like DER: `openssl x509 -inform der -in FILE -out FILE.pem` converts it";
  } else if (text.contains("PRIVATE KEY-----")) {
    remedy = "it holds a private key: are the two files swapped?";
  } else if (text.contains("BEGIN CERTIFICATE REQUEST")) {
    remedy = "it holds a request: name the certificate that was issued for it";
  }
  return mistake(origin, in_quotes(path) + " holds no certificate in PEM form", std::move(remedy));
}

int note_that_pass_phrase_is_needed(char*, int, int, void* is_encrypted) {
  *static_cast<bool*>(is_encrypted) = true;
  return -1;
}

std::unexpected<Error> no_key(const std::string& path, const Origin& origin,
                              std::string_view text) {
  std::string what = in_quotes(path) + " holds no private key in PEM form";
  std::string remedy = "a key begins with -----BEGIN PRIVATE KEY-----";
  if (is_der(text)) {
    remedy = "it looks like DER: `openssl pkey -inform der -in FILE -out FILE.pem` converts it";
  } else if (text.contains("PRIVATE KEY-----")) {
    what = fmt::format("the key in {} cannot be read: {}", in_quotes(path), library_reason());
    remedy = "make the file anew; `openssl pkey -in FILE -noout` reads a good one";
  } else if (text.contains("BEGIN CERTIFICATE-----")) {
    remedy = "it holds certificates: are the two files swapped?";
  }
  return mistake(origin, std::move(what), std::move(remedy));
}

std::unexpected<Error> too_many_readers(const std::string& path, const Origin& origin, mode_t mode,
                                        KeyReaders readers) {
  return mistake(origin,
                 fmt::format("the key in {} may be read by others: its mode is {:04o}",
                             in_quotes(path), mode & 07777U),
                 readers == KeyReaders::owner
                     ? "`chmod 600 FILE`, and make a new key if somebody may have read it"
                     : "`chmod o-rwx FILE`; in Kubernetes `defaultMode: 0440` for the secret");
}

}  // namespace

std::expected<std::vector<CertificatePointer>, Error> read_certificates(const std::string& path,
                                                                        const Origin& origin) {
  const auto file = read_file(path, origin);
  if (!file) return std::unexpected(file.error());
  const BioPointer bio = file->bio();
  std::vector<CertificatePointer> certificates;
  while (true) {
    ERR_clear_error();
    CertificatePointer next(PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr));
    if (!next) break;
    certificates.push_back(std::move(next));
  }
  const bool is_read = is_end_of_file();
  const std::string reason = library_reason();
  ERR_clear_error();
  if (!is_read) {
    return mistake(origin,
                   fmt::format("certificate {} in {} cannot be read: {}", certificates.size() + 1,
                               in_quotes(path), reason),
                   "make the file anew from what the authority gave you");
  }
  if (certificates.empty()) return no_certificate(path, origin, file->view());
  return certificates;
}

std::expected<KeyPointer, Error> read_key(const std::string& path, const Origin& origin,
                                          KeyReaders readers) {
  const auto file = read_file(path, origin);
  if (!file) return std::unexpected(file.error());
  const mode_t forbidden = readers == KeyReaders::owner ? 077 : 07;
  if ((file->mode & forbidden) != 0) return too_many_readers(path, origin, file->mode, readers);
  ERR_clear_error();
  bool is_encrypted = false;
  KeyPointer key(PEM_read_bio_PrivateKey(file->bio().get(), nullptr,
                                         note_that_pass_phrase_is_needed, &is_encrypted));
  if (is_encrypted) {
    ERR_clear_error();
    return mistake(origin, fmt::format("the key in {} is encrypted", in_quotes(path)),
                   "nobody is there to type its pass phrase: `openssl pkey -in FILE -out "
                   "PLAIN.pem` writes it without, and `chmod 600 PLAIN.pem` protects it");
  }
  if (!key) {
    auto error = no_key(path, origin, file->view());
    ERR_clear_error();
    return error;
  }
  ERR_clear_error();
  return key;
}

std::optional<std::int64_t> expiry_of(const std::string& path) {
  const auto certificates = read_certificates(path, Origin{});
  if (!certificates) return std::nullopt;
  return end_of(certificates->front().get());
}

}  // namespace lastframe::ssl
