// Facts of TLS as evidence says them. Texts of peers are escaped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/session/tls_facts.h"

namespace lastframe::verdict {

// Seconds since 1970 as "2026-11-21 04:00 UTC".
std::string date_text(std::int64_t seconds);

// `It is for "CN=chat.example" and was issued by "CN=R3"; valid from ... to ...`, with its key.
std::string certificate_text(const session::CertificateFacts& certificate);

// "It expired 3.2 days ago, on 2026-11-18 00:00 UTC.", or when it will.
std::string validity_text(const session::CertificateFacts& certificate, std::int64_t now);

// "It is good for a.example, b.example and 3 more.", or that it has no names.
std::string names_text(const session::CertificateFacts& certificate);

// `2 certificates were shown: "CN=chat.example", issued by "CN=R3"; ...`
std::string chain_text(std::span<const session::CertificateFacts> chain, std::size_t length);

std::string versions_text(std::span<const std::uint16_t> versions);  // "TLS 1.3, TLS 1.2"
std::string ciphers_text(std::span<const std::uint16_t> ciphers);    // the first ones, and how many
std::string list_text(std::span<const std::string> words);           // `"h2", "http/1.1"`

// "unknown_ca (48)"; "the unnamed number 200".
std::string alert_text(std::uint8_t number);

// Whether the certificate is good for this name or address (RFC 9525 section 6.3): `*` stands for
// the whole first label.
bool is_good_for(const session::CertificateFacts& certificate, std::string_view name);

}  // namespace lastframe::verdict
