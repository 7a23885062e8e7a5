// Structures as recordings hold them, field by field. One function describes each for both ways:
// `archive` is an Encoder or a Decoder. Fields are only ever added at the end of a block's entry.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <vector>

#include "capture/codec.h"
#include "core/session/known_patterns.h"
#include "core/session/tls_facts.h"

namespace lastframe::capture {

// T, or T that is not to be changed.
template <typename T, typename Structure>
concept Maybe = std::same_as<std::remove_const_t<T>, Structure>;

// More of anything stands in no recording of ours.
inline constexpr std::uint64_t kMostElements = 1024;

template <typename Describe, typename T>
void list(Encoder& archive, const std::vector<T>& values, Describe describe) {
  archive.varint(values.size());
  for (const T& value : values) describe(archive, value);
}

template <typename Describe, typename T>
void list(Decoder& archive, std::vector<T>& values, Describe describe) {
  const std::uint64_t size = archive.varint();
  if (size > kMostElements) {
    archive.fail();
    return;
  }
  values.resize(static_cast<std::size_t>(size));
  for (T& value : values) describe(archive, value);
}

inline constexpr auto kAsItIs = [](auto& archive, auto& value) { archive(value); };

template <typename Describe, typename T>
void maybe(Encoder& archive, const std::optional<T>& value, Describe describe) {
  archive(value.has_value());
  if (value) describe(archive, *value);
}

template <typename Describe, typename T>
void maybe(Decoder& archive, std::optional<T>& value, Describe describe) {
  value.reset();
  if (archive.byte() != 0) describe(archive, value.emplace());
}

template <typename Archive>
void time_fields(Archive& archive, const std::chrono::milliseconds& time)
  requires std::same_as<Archive, Encoder>
{
  archive(static_cast<std::int64_t>(time.count()));
}

inline void time_fields(Decoder& archive, std::chrono::milliseconds& time) {
  std::int64_t count = 0;
  archive(count);
  time = std::chrono::milliseconds(count);
}

inline constexpr auto kAlert = [](auto& archive, Maybe<session::TlsAlert> auto& alert) {
  archive(alert.number);
  archive(alert.is_fatal);
};

inline constexpr auto kCertificate = [](auto& archive,
                                        Maybe<session::CertificateFacts> auto& shown) {
  archive(shown.subject);
  archive(shown.issuer);
  archive(shown.not_before);
  archive(shown.not_after);
  list(archive, shown.names, kAsItIs);
  archive(shown.name_count);
  archive(shown.key);
  archive(shown.signature);
  archive(shown.is_self_issued);
  archive(shown.names_issuer_url);
};

inline constexpr auto kTlsLeg = [](auto& archive, Maybe<session::TlsLeg> auto& leg) {
  archive(leg.handling);
  archive(leg.server_name);
  list(archive, leg.offered_alpn, kAsItIs);
  list(archive, leg.offered_versions, kAsItIs);
  list(archive, leg.offered_ciphers, kAsItIs);
  archive(leg.version);
  archive(leg.cipher);
  archive(leg.alpn);
  list(archive, leg.chain, kCertificate);
  archive(leg.chain_length);
  list(archive, leg.shown, kCertificate);
  archive(leg.certificate_fault);
  archive(leg.certificate_fault_text);
  archive(leg.expected_name);
  archive(leg.is_verified);
  maybe(archive, leg.alert, kAlert);
  archive(leg.last_record);
  archive(leg.is_cut);
};

inline constexpr auto kTlsFailure = [](auto& archive, Maybe<session::TlsFailure> auto& failure) {
  archive(failure.fault);
  maybe(archive, failure.received, kAlert);
  maybe(archive, failure.sent, kAlert);
  archive(failure.detail);
  archive(failure.first_bytes);
  archive(failure.bytes_from_peer);
  archive(failure.is_after_handshake);
};

inline constexpr auto kShare = [](auto& archive, Maybe<session::Share> auto& share) {
  archive(share.matching);
  archive(share.of);
};

inline constexpr auto kMassClose = [](auto& archive, Maybe<session::MassCloseKnown> auto& known) {
  archive(known.id);
  archive(known.closes);
  time_fields(archive, known.within);
  archive(known.usual_per_second);
  time_fields(archive, known.youngest);
  time_fields(archive, known.oldest);
};

inline constexpr auto kDrain = [](auto& archive, Maybe<session::GradualDrainKnown> auto& known) {
  archive(known.closes);
  archive(known.open_since);
  time_fields(archive, known.since_cutoff);
};

inline constexpr auto kPatterns = [](auto& archive, Maybe<session::KnownPatterns> auto& known) {
  kShare(archive, known.same_idle);
  kShare(archive, known.same_idle_of_side);
  kShare(archive, known.same_idle_of_other);
  kShare(archive, known.same_age);
  maybe(archive, known.largest_accepted, kAsItIs);
  maybe(archive, known.smallest_refused, kAsItIs);
  maybe(archive, known.mass_close, kMassClose);
  maybe(archive, known.drain, kDrain);
  archive(known.has_same_client_asked_again);
};

}  // namespace lastframe::capture
