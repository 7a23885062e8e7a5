#include "capture/tls_direction.h"

#include <algorithm>
#include <utility>

#include "capture/packet_fields.h"

namespace lastframe::capture {
namespace {

using tls::kRecordHeader;
using tls::RecordType;

// Of records that may have been lost, so many are reckoned with.
constexpr std::uint64_t kMostAhead = 4096;
// How far the next record is looked for, and how much of early data is passed over.
constexpr std::size_t kMostSearched = std::size_t{1024} * 1024;
constexpr std::size_t kMostSkipped = std::size_t{128} * 1024;
// What an attempt costs beside its bytes, and what new keys do.
constexpr std::uint64_t kTrialCost = 256;
constexpr std::uint64_t kKeysCost = 16 * 1024;

}  // namespace

void TlsDirection::add(ByteView bytes) {
  const std::size_t skipped = std::min<std::uint64_t>(owed_, bytes.size());
  owed_ -= skipped;
  window_.add(bytes.subspan(skipped));
}

void TlsDirection::miss(std::uint64_t count) {
  while (count > 0) {
    if (owed_ > 0) {
      const std::uint64_t paid = std::min(owed_, count);
      owed_ -= paid;
      count -= paid;
      continue;
    }
    const std::size_t held = window_.size();
    const auto bytes = window_.peek(std::min(held, kRecordHeader));
    const auto header = is_searching_ || is_blind_ ? std::nullopt : header_in(*bytes);
    drop_all();
    if (header && header->whole > held) {
      // Where the record ends is known.
      lost_ += header->whole;
      owed_ = header->whole - held;
      continue;
    }
    lost_ += held + count;
    is_searching_ = !is_blind_;
    searched_ = 0;
    return;
  }
}

void TlsDirection::drop_all() {
  window_ = {};
  read_ = 0;
}

void TlsDirection::seal() {
  is_sealed_ = true;
  opener_.reset();
}

void TlsDirection::use(std::unique_ptr<TlsOpener> opener, bool skips) {
  opener_ = std::move(opener);
  number_ = 0;
  skips_ = skips;
}

std::optional<TlsStep> TlsDirection::next(TlsBudget& budget, const LaterKeys& later) {
  if (found_) return *std::exchange(found_, std::nullopt);
  window_.drop(std::exchange(read_, 0));
  if (is_blind_) {
    lost_ += window_.size();
    drop_all();
    if (lost_ == 0) return std::nullopt;
    return LostText{std::exchange(lost_, 0)};
  }
  while (true) {
    if (is_searching_ && !find_header()) {
      if (searched_ <= kMostSearched) return std::nullopt;
      return turn_blind("behind packets that are missing no record was found that its keys open");
    }
    const auto bytes = window_.peek(kRecordHeader);
    if (!bytes) return std::nullopt;
    const auto header = header_in(*bytes);
    if (!header) return turn_blind("what stands in it is no TLS record");
    if (!window_.peek(header->whole)) return std::nullopt;
    const std::uint64_t position = window_.position();
    if (auto step = read_record(budget, later)) return step;
    // Passed over, or not the record that was looked for.
    if (window_.position() == position) return std::nullopt;
  }
}

std::optional<TlsDirection::Header> TlsDirection::header_in(ByteView bytes) {
  if (bytes.size() < kRecordHeader || byte_at(bytes, 1) != 3) return std::nullopt;
  const unsigned type = byte_at(bytes, 0);
  const std::size_t length = number_at<std::uint16_t>(bytes, 3);
  const bool is_type = type >= std::to_underlying(RecordType::change_cipher_spec) &&
                       type <= std::to_underlying(RecordType::heartbeat);
  if (!is_type || length > tls::kLongestFragment) return std::nullopt;
  return Header{.type = static_cast<RecordType>(type), .whole = kRecordHeader + length};
}

// In TLS 1.3 all that is sealed looks like application data.
bool TlsDirection::can_be_found(const Header& header, ByteView bytes) const {
  return byte_at(bytes, 2) == 3 && header.type != RecordType::heartbeat &&
         (is_sealed_ || header.type == RecordType::application_data) && opener_ &&
         header.whole >= opener_->overhead();
}

// Moves to where a record may begin.
bool TlsDirection::find_header() {
  while (const auto bytes = window_.peek(kRecordHeader)) {
    const auto header = header_in(*bytes);
    if (header && can_be_found(*header, *bytes)) return true;
    window_.drop(1);
    ++lost_;
    if (++searched_ > kMostSearched) return false;
  }
  return false;
}

// None: what stood here was dropped.
std::optional<TlsStep> TlsDirection::read_record(TlsBudget& budget, const LaterKeys& later) {
  const Header header = *header_in(*window_.peek(kRecordHeader));
  const ByteView whole = *window_.peek(header.whole);
  const ByteView fragment = whole.subspan(kRecordHeader);
  if (!is_sealed_ && header.type != RecordType::application_data) {
    read_ = whole.size();
    return ClearRecord{.type = header.type, .fragment = fragment};
  }
  if (!opener_) return NeedsKeys{};
  return open({.header = whole.first(kRecordHeader), .fragment = fragment}, budget, later);
}

std::optional<TlsStep> TlsDirection::open(const SealedRecord& record, TlsBudget& budget,
                                          const LaterKeys& later) {
  const std::size_t whole = kRecordHeader + record.fragment.size();
  budget.trials += TlsBudget::kTrialsForByte * (is_searching_ ? 1 : whole);
  if (lost_ == 0) {
    if (const auto opened = opener_->open(record, number_, budget.room)) {
      ++number_;
      skips_ = false;
      read_ = whole;
      return Opened{.record = *opened};
    }
    if (!skips_ || skipped_ > kMostSkipped) {
      return turn_blind("the secrets of the key log do not open its records: a MAC is wrong");
    }
    skipped_ += whole;
    window_.drop(whole);
    return std::nullopt;
  }
  if (auto opened = open_ahead(record, budget, later)) {
    read_ = whole;
    return settle(*std::move(opened));
  }
  // Among known borders a record that does not open is one more that is lost.
  const std::size_t passed = is_searching_ ? 1 : whole;
  lost_ += passed;
  searched_ += passed;
  if (searched_ > kMostSearched) {
    return turn_blind("behind packets that are missing no record was found that its keys open");
  }
  window_.drop(passed);
  return std::nullopt;
}

std::optional<Opened> TlsDirection::open_ahead(const SealedRecord& record, TlsBudget& budget,
                                               const LaterKeys& later) {
  Opened found;
  if (try_numbers(*opener_, record, number_, budget, found)) return found;
  if (!budget.pay(kKeysCost)) return std::nullopt;
  auto next_keys = later();
  if (!next_keys || !try_numbers(*next_keys, record, 0, budget, found)) return std::nullopt;
  opener_ = std::move(next_keys);
  found.is_by_later_keys = true;
  return found;
}

bool TlsDirection::try_numbers(TlsOpener& opener, const SealedRecord& record, std::uint64_t from,
                               TlsBudget& budget, Opened& found) {
  const std::uint64_t most = std::min(lost_ / opener.overhead() + 1, kMostAhead);
  for (std::uint64_t ahead = 0; ahead <= most; ++ahead) {
    if (!budget.pay(record.fragment.size() + kTrialCost)) return false;
    const auto opened = opener.open(record, from + ahead, budget.room);
    if (!opened) continue;
    found.record = *opened;
    records_lost_ = ahead;
    number_ = from + ahead + 1;
    return true;
  }
  return false;
}

// Each record that was lost had its share of bytes that are no text.
TlsStep TlsDirection::settle(Opened found) {
  const std::uint64_t around = records_lost_ * opener_->overhead();
  const std::uint64_t text = lost_ > around ? lost_ - around : 0;
  lost_ = 0;
  searched_ = 0;
  is_searching_ = false;
  skips_ = false;
  if (text == 0) return found;
  found_ = found;
  return LostText{text};
}

TlsStep TlsDirection::turn_blind(std::string_view why) {
  is_blind_ = true;
  is_searching_ = false;
  opener_.reset();
  return TurnsBlind{why};
}

std::uint64_t TlsDirection::conclude() {
  const std::uint64_t text = is_searching_ || is_blind_ || lost_ > 0 ? lost_ + window_.size() : 0;
  lost_ = 0;
  is_searching_ = false;
  is_blind_ = is_blind_ || text > 0;
  drop_all();
  return text;
}

}  // namespace lastframe::capture
