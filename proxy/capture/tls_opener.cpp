#include "capture/tls_opener.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <utility>

#include "capture/tls_derivation.h"

namespace lastframe::capture {
namespace {

using tls::Sealing;

constexpr std::size_t kExplicitNonce = 8;  // RFC 5288 section 3
constexpr std::size_t kSalt = 4;
constexpr std::size_t kBlock = 16;
constexpr std::size_t kPseudoHeader = 13;  // number(8) type(1) version(2) length(2)

const EVP_CIPHER* cipher_of(const tls::Protection& protection) {
  const bool is_long = protection.key == 32;
  switch (protection.sealing) {
    case Sealing::gcm:
      return is_long ? EVP_aes_256_gcm() : EVP_aes_128_gcm();
    case Sealing::ccm:
      return is_long ? EVP_aes_256_ccm() : EVP_aes_128_ccm();
    case Sealing::chacha20_poly1305:
      return EVP_chacha20_poly1305();
    case Sealing::cbc:
      return is_long ? EVP_aes_256_cbc() : EVP_aes_128_cbc();
  }
  return nullptr;
}

const EVP_MD* digest_of(tls::Hash hash) {
  switch (hash) {
    case tls::Hash::sha1:
      return EVP_sha1();
    case tls::Hash::sha256:
      return EVP_sha256();
    case tls::Hash::sha384:
      return EVP_sha384();
  }
  return nullptr;
}

unsigned char* raw(std::byte* bytes) { return reinterpret_cast<unsigned char*>(bytes); }
const unsigned char* raw(const std::byte* bytes) {
  return reinterpret_cast<const unsigned char*>(bytes);
}
int size_of(ByteView bytes) { return static_cast<int>(bytes.size()); }

void write_number(std::uint64_t number, std::span<std::byte> room) {
  for (std::size_t i = room.size(); i-- > 0; number >>= 8) {
    room[i] = static_cast<std::byte>(number & 0xFF);
  }
}

// What TLS 1.2 authenticates beside the content (RFC 5246 section 6.2.3.3).
std::array<std::byte, kPseudoHeader> pseudo_header(const SealedRecord& record, std::uint64_t number,
                                                   std::size_t length) {
  std::array<std::byte, kPseudoHeader> bytes;
  write_number(number, std::span(bytes).first(8));
  std::ranges::copy(record.header.first(3), bytes.begin() + 8);
  write_number(length, std::span(bytes).last(2));
  return bytes;
}

}  // namespace

struct TlsOpener::Cipher {
  Cipher() : context(EVP_CIPHER_CTX_new()) {}
  Cipher(const Cipher&) = delete;
  Cipher& operator=(const Cipher&) = delete;
  ~Cipher() { EVP_CIPHER_CTX_free(context); }

  bool begin(const std::byte* key, const std::byte* iv) const {
    return EVP_DecryptInit_ex(context, nullptr, nullptr, key == nullptr ? nullptr : raw(key),
                              iv == nullptr ? nullptr : raw(iv)) == 1;
  }
  bool set_tag(ByteView tag) const {
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, size_of(tag),
                               const_cast<std::byte*>(tag.data())) == 1;
  }
  bool add(std::byte* room, ByteView bytes) const {
    int size = 0;
    return EVP_DecryptUpdate(context, room == nullptr ? nullptr : raw(room), &size,
                             raw(bytes.data()), size_of(bytes)) == 1;
  }
  bool finish(std::byte* room) const {
    int size = 0;
    return EVP_DecryptFinal_ex(context, raw(room), &size) == 1;
  }

  EVP_CIPHER_CTX* context;
};

TlsOpener::TlsOpener(const tls::Protection& protection, const Keys& keys, bool encrypts_then_macs)
    : protection_(protection),
      keys_(keys),
      encrypts_then_macs_(encrypts_then_macs),
      cipher_(std::make_unique<Cipher>()) {}

TlsOpener::~TlsOpener() { OPENSSL_cleanse(&keys_, sizeof keys_); }

std::unique_ptr<TlsOpener> TlsOpener::of_traffic_secret(const tls::Protection& protection,
                                                        const TlsSecret& secret) {
  Keys keys;
  const bool is_derived =
      expand_label(protection.hash, secret, "key", std::span(keys.key).first(protection.key)) &&
      expand_label(protection.hash, secret, "iv", keys.iv);
  if (!is_derived) return nullptr;
  std::unique_ptr<TlsOpener> opener(new TlsOpener(protection, keys, false));
  return opener->prepare() ? std::move(opener) : nullptr;
}

//   client's MAC key, server's, client's key, server's, client's IV, server's: RFC 5246 section 6.3
std::unique_ptr<TlsOpener> TlsOpener::of_master(const tls::Protection& protection,
                                                const MasterKeys& secrets, Endpoint sender) {
  const bool is_cbc = protection.sealing == Sealing::cbc;
  const std::size_t mac = is_cbc ? protection.tag : 0;
  const std::size_t iv = is_cbc                                             ? 0
                         : protection.sealing == Sealing::chacha20_poly1305 ? kIv
                                                                            : kSalt;
  std::array<std::byte, 2 * (48 + 32 + kIv)> bytes;
  const auto all = std::span(bytes).first(2 * (mac + protection.key + iv));
  if (!expand_keys(protection.hash, secrets.master, secrets.client, secrets.server, all)) {
    return nullptr;
  }
  const std::size_t side = sender == Endpoint::client ? 0 : 1;
  Keys keys;
  const ByteView block(all);
  std::ranges::copy(block.subspan(side * mac, mac), keys.mac.begin());
  std::ranges::copy(block.subspan(2 * mac + side * protection.key, protection.key),
                    keys.key.begin());
  std::ranges::copy(block.subspan(2 * (mac + protection.key) + side * iv, iv), keys.iv.begin());
  std::unique_ptr<TlsOpener> opener(
      new TlsOpener(protection, keys, secrets.encrypts_then_macs && is_cbc));
  return opener->prepare() ? std::move(opener) : nullptr;
}

bool TlsOpener::prepare() {
  EVP_CIPHER_CTX* const context = cipher_->context;
  const bool is_ccm = protection_.sealing == Sealing::ccm;
  const bool is_begun =
      EVP_DecryptInit_ex(context, cipher_of(protection_), nullptr, nullptr, nullptr) == 1;
  if (!is_begun) return false;
  if (protection_.sealing == Sealing::cbc) {
    EVP_CIPHER_CTX_set_padding(context, 0);
  } else if (EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, kIv, nullptr) != 1) {
    return false;
  }
  if (is_ccm && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, protection_.tag, nullptr) != 1)
    return false;
  return cipher_->begin(keys_.key.data(), nullptr);
}

bool TlsOpener::has_explicit_nonce() const {
  return !protection_.is_of_tls13 &&
         (protection_.sealing == Sealing::gcm || protection_.sealing == Sealing::ccm);
}

std::size_t TlsOpener::overhead() const {
  const std::size_t around = tls::kRecordHeader + protection_.tag;
  if (protection_.is_of_tls13) return around + 1;
  if (protection_.sealing == Sealing::cbc) return around + kBlock + 1;
  return around + (has_explicit_nonce() ? kExplicitNonce : 0);
}

std::optional<OpenedRecord> TlsOpener::open(const SealedRecord& record, std::uint64_t number,
                                            std::vector<std::byte>& room) {
  // OpenSSL's ciphers may write a block more than they give.
  if (room.size() < record.fragment.size() + kBlock) room.resize(record.fragment.size() + kBlock);
  const auto content = protection_.sealing == Sealing::cbc ? open_cbc(record, number, room)
                                                           : open_aead(record, number, room);
  if (!content) return std::nullopt;
  if (!protection_.is_of_tls13) {
    return OpenedRecord{.type = static_cast<tls::RecordType>(record.header[0]),
                        .content = *content};
  }
  // Content, its type, zeros: RFC 8446 section 5.2.
  std::size_t size = content->size();
  while (size > 0 && (*content)[size - 1] == std::byte{0}) --size;
  if (size == 0) return std::nullopt;
  return OpenedRecord{.type = static_cast<tls::RecordType>((*content)[size - 1]),
                      .content = content->first(size - 1)};
}

// RFC 8446 section 5.3, RFC 5288 section 3, RFC 7905 section 2.
std::array<std::byte, TlsOpener::kIv> TlsOpener::nonce(std::uint64_t number,
                                                       ByteView explicit_part) const {
  std::array<std::byte, kIv> nonce = keys_.iv;
  if (!explicit_part.empty()) {
    std::ranges::copy(explicit_part, nonce.begin() + kSalt);
    return nonce;
  }
  for (std::size_t i = kIv; i-- > kIv - 8; number >>= 8) {
    nonce[i] ^= static_cast<std::byte>(number & 0xFF);
  }
  return nonce;
}

std::optional<ByteView> TlsOpener::open_aead(const SealedRecord& record, std::uint64_t number,
                                             std::span<std::byte> room) {
  const std::size_t front = has_explicit_nonce() ? kExplicitNonce : 0;
  if (record.fragment.size() < front + protection_.tag) return std::nullopt;
  const ByteView text =
      record.fragment.subspan(front, record.fragment.size() - front - protection_.tag);
  const ByteView tag = record.fragment.last(protection_.tag);
  const auto iv = nonce(number, record.fragment.first(front));
  const auto pseudo = pseudo_header(record, number, text.size());
  const ByteView around = protection_.is_of_tls13 ? record.header : ByteView(pseudo);
  const bool is_ccm = protection_.sealing == Sealing::ccm;
  // CCM wants the tag first, and all lengths; its one update says whether the tag is right.
  if (is_ccm && !cipher_->set_tag(tag)) return std::nullopt;
  if (!cipher_->begin(nullptr, iv.data())) return std::nullopt;
  if (is_ccm) {
    int size = 0;
    if (EVP_DecryptUpdate(cipher_->context, nullptr, &size, nullptr, size_of(text)) != 1) {
      return std::nullopt;
    }
  }
  if (!cipher_->add(nullptr, around)) return std::nullopt;
  // Empty text: OpenSSL would take no output for more to authenticate.
  if ((is_ccm || !text.empty()) && !cipher_->add(room.data(), text)) return std::nullopt;
  if (!is_ccm && (!cipher_->set_tag(tag) || !cipher_->finish(room.data() + text.size()))) {
    return std::nullopt;
  }
  return ByteView(room).first(text.size());
}

//   IV | encrypted: content, MAC, padding | with encrypt-then-MAC its MAC
// RFC 5246 section 6.2.3.2, RFC 7366 section 3. Nobody waits for us who could measure how long a
// bad one takes.
std::optional<ByteView> TlsOpener::open_cbc(const SealedRecord& record, std::uint64_t number,
                                            std::span<std::byte> room) {
  ByteView sealed = record.fragment;
  const std::size_t outer = encrypts_then_macs_ ? protection_.tag : 0;
  if (sealed.size() < 2 * kBlock + outer || (sealed.size() - outer) % kBlock != 0) {
    return std::nullopt;
  }
  if (encrypts_then_macs_) {
    const ByteView mac = sealed.last(outer);
    sealed = sealed.first(sealed.size() - outer);
    if (!has_mac(record, number, sealed, mac)) return std::nullopt;
  }
  const ByteView text = sealed.subspan(kBlock);
  if (!cipher_->begin(nullptr, sealed.data()) || !cipher_->add(room.data(), text)) {
    return std::nullopt;
  }
  const ByteView plain = ByteView(room).first(text.size());
  const std::size_t padding = std::to_integer<std::size_t>(plain.back());
  const std::size_t behind = padding + 1 + (encrypts_then_macs_ ? 0 : protection_.tag);
  if (behind > plain.size()) return std::nullopt;
  const ByteView content = plain.first(plain.size() - behind);
  const bool is_padded = std::ranges::all_of(plain.last(padding + 1),
                                             [&](std::byte byte) { return byte == plain.back(); });
  if (!is_padded) return std::nullopt;
  if (!encrypts_then_macs_ &&
      !has_mac(record, number, content, plain.subspan(content.size(), protection_.tag))) {
    return std::nullopt;
  }
  return content;
}

bool TlsOpener::has_mac(const SealedRecord& record, std::uint64_t number, ByteView content,
                        ByteView mac) const {
  const auto pseudo = pseudo_header(record, number, content.size());
  std::vector<std::byte> all(pseudo.begin(), pseudo.end());
  all.insert(all.end(), content.begin(), content.end());
  std::array<unsigned char, EVP_MAX_MD_SIZE> found;
  std::size_t size = 0;
  const bool is_done =
      EVP_Q_mac(nullptr, "HMAC", nullptr, EVP_MD_get0_name(digest_of(protection_.mac)), nullptr,
                raw(keys_.mac.data()), protection_.tag, raw(all.data()), all.size(), found.data(),
                found.size(), &size) != nullptr;
  return is_done && size == mac.size() &&
         std::ranges::equal(std::as_bytes(std::span(found).first(size)), mac);
}

}  // namespace lastframe::capture
