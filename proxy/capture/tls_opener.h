// Opens sealed records with the keys of one direction: checks that nobody changed them, and gives
// their plain text. All of it is OpenSSL's doing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "capture/tls_secrets.h"
#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/tls/protection.h"
#include "core/tls/wire.h"

namespace lastframe::capture {

// A record as it stands on the wire.
struct SealedRecord {
  ByteView header;  // tls::kRecordHeader bytes
  ByteView fragment;
};

struct OpenedRecord {
  tls::RecordType type;  // in TLS 1.3 that within
  ByteView content;      // in the room that was given
};

// What keys of TLS 1.2 are made of.
struct MasterKeys {
  TlsSecret master;
  TlsRandom client;
  TlsRandom server;
  bool encrypts_then_macs = false;  // RFC 7366
};

class TlsOpener {
 public:
  // Null: OpenSSL here cannot do it.
  static std::unique_ptr<TlsOpener> of_traffic_secret(const tls::Protection& protection,
                                                      const TlsSecret& secret);
  static std::unique_ptr<TlsOpener> of_master(const tls::Protection& protection,
                                              const MasterKeys& keys, Endpoint sender);
  TlsOpener(const TlsOpener&) = delete;
  TlsOpener& operator=(const TlsOpener&) = delete;
  ~TlsOpener();

  // None: with this number its MAC does not verify. `room` grows to what is needed, which is no
  // more than the record has.
  std::optional<OpenedRecord> open(const SealedRecord& record, std::uint64_t number,
                                   std::vector<std::byte>& room);

  // By how many bytes a record on the wire is longer than its content; with CBC at least.
  std::size_t overhead() const;

 private:
  static constexpr std::size_t kIv = 12;

  struct Keys {
    std::array<std::byte, 32> key{};
    std::array<std::byte, kIv> iv{};
    std::array<std::byte, 48> mac{};
  };
  struct Cipher;  // OpenSSL's

  TlsOpener(const tls::Protection& protection, const Keys& keys, bool encrypts_then_macs);
  bool prepare();
  std::array<std::byte, kIv> nonce(std::uint64_t number, ByteView explicit_part) const;
  std::optional<ByteView> open_aead(const SealedRecord& record, std::uint64_t number,
                                    std::span<std::byte> room);
  std::optional<ByteView> open_cbc(const SealedRecord& record, std::uint64_t number,
                                   std::span<std::byte> room);
  bool has_mac(const SealedRecord& record, std::uint64_t number, ByteView content,
               ByteView mac) const;
  bool has_explicit_nonce() const;

  tls::Protection protection_;
  Keys keys_;
  bool encrypts_then_macs_;
  std::unique_ptr<Cipher> cipher_;
};

}  // namespace lastframe::capture
