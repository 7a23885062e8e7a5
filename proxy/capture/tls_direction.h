// One direction of a TLS connection, from its bytes to what stands in its records. Where bytes were
// lost it looks for the next record that its keys open, within bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "capture/packet_window.h"
#include "capture/tls_opener.h"
#include "core/base/bytes.h"
#include "core/tls/wire.h"

namespace lastframe::capture {

// What the connections of a capture share.
struct TlsBudget {
  // To find records again behind a loss, so many bytes may be decrypted in vain; more for each byte
  // that comes. This bounds the time that a capture takes, whoever made it.
  static constexpr std::uint64_t kFirstTrials = 256ULL * 1024 * 1024;
  static constexpr std::uint64_t kTrialsForByte = 16;

  bool pay(std::uint64_t bytes) {
    if (trials < bytes) return false;
    trials -= bytes;
    return true;
  }

  std::uint64_t trials = kFirstTrials;
  std::vector<std::byte> room;  // for the plain text of a record
};

struct ClearRecord {
  tls::RecordType type;
  ByteView fragment;
};

// Plain text that nobody will see: about so many bytes.
struct LostText {
  std::uint64_t count;
};

// The record that comes next is sealed, and there are no keys. Once there are, go on.
struct NeedsKeys {};

// Nothing more can be read of this direction; what comes is told as lost.
struct TurnsBlind {
  std::string_view why;  // static
};

struct Opened {
  OpenedRecord record;
  bool is_by_later_keys = false;  // see LaterKeys; they are used from now on
};

using TlsStep = std::variant<ClearRecord, Opened, LostText, NeedsKeys, TurnsBlind>;

class TlsDirection {
 public:
  // Makes the keys that come after those in use, for they may have changed where bytes were lost.
  // Null: there are none.
  using LaterKeys = std::function<std::unique_ptr<TlsOpener>()>;

  // The stream goes on with `bytes`, which live until a step is none.
  void add(ByteView bytes);
  // It goes on behind so many that nobody has.
  void miss(std::uint64_t count);
  // The next step; its views live until the following one. None: more bytes are needed.
  std::optional<TlsStep> next(TlsBudget& budget, const LaterKeys& later);
  // What was added may go, although steps are left.
  void keep() { window_.keep(); }

  // Records that come from here on are sealed, whatever their type (TLS 1.2).
  void seal();
  // That was not so: it is the type that says which ones are (TLS 1.3).
  void unseal() { is_sealed_ = false; }
  // Sealed records are opened with these. `skips`: those that these do not open are passed over
  // until the first that they do (RFC 8446 section 4.2.10: early data, which a server may refuse).
  void use(std::unique_ptr<TlsOpener> opener, bool skips = false);
  void drop_keys() { opener_.reset(); }

  // Whether all that came was read, and nothing is missing before it.
  bool is_clear() const { return !is_blind_ && !is_searching_ && lost_ == 0; }
  bool has_skipped() const { return skipped_ > 0; }
  // The stream has ended: what is lost for good.
  std::uint64_t conclude();
  std::size_t memory() const { return window_.memory(); }

 private:
  struct Header {
    tls::RecordType type;
    std::size_t whole;  // bytes of the record, header included
  };

  static std::optional<Header> header_in(ByteView bytes);
  bool can_be_found(const Header& header, ByteView bytes) const;
  bool find_header();
  std::optional<TlsStep> read_record(TlsBudget& budget, const LaterKeys& later);
  std::optional<TlsStep> open(const SealedRecord& record, TlsBudget& budget,
                              const LaterKeys& later);
  std::optional<Opened> open_ahead(const SealedRecord& record, TlsBudget& budget,
                                   const LaterKeys& later);
  bool try_numbers(TlsOpener& opener, const SealedRecord& record, std::uint64_t from,
                   TlsBudget& budget, Opened& found);
  TlsStep settle(Opened found);
  TlsStep turn_blind(std::string_view why);
  void drop_all();

  PacketWindow window_;
  std::unique_ptr<TlsOpener> opener_;
  std::uint64_t number_ = 0;        // of the next sealed record
  std::size_t read_ = 0;            // of the window: of the step before
  std::uint64_t owed_ = 0;          // the rest of a record that has lost some
  std::uint64_t lost_ = 0;          // bytes since the last record that was opened
  std::uint64_t records_lost_ = 0;  // as trying found
  std::size_t searched_ = 0;
  std::size_t skipped_ = 0;
  std::optional<Opened> found_;  // behind what is lost
  bool is_sealed_ = false;
  bool is_searching_ = false;  // where the next record begins is not known
  bool skips_ = false;
  bool is_blind_ = false;
};

}  // namespace lastframe::capture
