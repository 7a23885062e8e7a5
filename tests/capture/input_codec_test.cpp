#include "capture/input_codec.h"

#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "core/session/texts.h"
#include "support/scenario_player.h"
#include "support/seeds.h"

namespace lastframe::capture {
namespace {

using namespace session;

// What texts, legs and failures of an input live in.
struct Owned {
  std::string a, b;
  TlsLeg leg;
  TlsFailure failure;
  Texts texts;
};

class Random {
 public:
  explicit Random(unsigned seed) : random_(seed) {}

  unsigned below(unsigned end) { return test::below(random_, end); }
  bool coin() { return below(2) == 0; }
  // Of every length in bytes.
  std::uint64_t number() {
    const std::uint64_t wide = std::uint64_t{random_()} << 32 | random_();
    return wide >> below(64);
  }
  std::int64_t either() {
    const auto value = static_cast<std::int64_t>(number() >> 1);
    return coin() ? value : -value - 1;
  }
  std::string text() { return test::random_bytes(random_, below(coin() ? 4 : 300)); }
  std::vector<std::string> texts() {
    std::vector<std::string> list(below(4));
    for (std::string& one : list) one = text();
    return list;
  }
  template <typename Number>
  std::vector<Number> numbers() {
    std::vector<Number> list(below(5));
    for (Number& one : list) one = static_cast<Number>(number());
    return list;
  }
  double real() { return static_cast<double>(either()) / 7; }

  TlsAlert alert() { return {.number = static_cast<std::uint8_t>(below(256)), .is_fatal = coin()}; }
  std::optional<TlsAlert> maybe_alert() { return coin() ? std::optional(alert()) : std::nullopt; }
  std::vector<CertificateFacts> chain() {
    std::vector<CertificateFacts> list(below(3));
    for (CertificateFacts& one : list) {
      one = {.subject = text(),
             .issuer = text(),
             .not_before = either(),
             .not_after = either(),
             .names = texts(),
             .name_count = below(1000),
             .key = text(),
             .signature = text(),
             .is_self_issued = coin(),
             .names_issuer_url = coin()};
    }
    return list;
  }
  TlsLeg leg() {
    return {.handling = static_cast<TlsHandling>(below(5)),
            .server_name = text(),
            .offered_alpn = texts(),
            .offered_versions = numbers<std::uint16_t>(),
            .offered_ciphers = numbers<std::uint16_t>(),
            .version = static_cast<std::uint16_t>(number()),
            .cipher = text(),
            .alpn = text(),
            .chain = chain(),
            .chain_length = below(100),
            .shown = chain(),
            .certificate_fault = static_cast<CertificateFault>(below(12)),
            .certificate_fault_text = text(),
            .expected_name = text(),
            .is_verified = coin(),
            .alert = maybe_alert(),
            .last_record = static_cast<tls::LastRecord>(below(5)),
            .is_cut = coin()};
  }
  TlsFailure failure() {
    return {.fault = static_cast<TlsFault>(below(13)),
            .received = maybe_alert(),
            .sent = maybe_alert(),
            .detail = text(),
            .first_bytes = text(),
            .bytes_from_peer = number(),
            .is_after_handshake = coin()};
  }
  Share share() {
    return {.matching = static_cast<std::uint32_t>(number()),
            .of = static_cast<std::uint32_t>(number())};
  }
  std::chrono::milliseconds time() { return std::chrono::milliseconds(either()); }
  KnownPatterns patterns() {
    KnownPatterns known{.same_idle = share(),
                        .same_idle_of_side = share(),
                        .same_idle_of_other = share(),
                        .same_age = share(),
                        .largest_accepted = std::nullopt,
                        .smallest_refused = std::nullopt,
                        .mass_close = std::nullopt,
                        .drain = std::nullopt,
                        .has_same_client_asked_again = coin()};
    if (coin()) known.largest_accepted = number();
    if (coin()) known.smallest_refused = number();
    if (coin()) {
      known.mass_close = MassCloseKnown{.id = number(),
                                        .closes = static_cast<std::uint32_t>(number()),
                                        .within = time(),
                                        .usual_per_second = real(),
                                        .youngest = time(),
                                        .oldest = time()};
    }
    if (coin()) {
      known.drain = GradualDrainKnown{.closes = static_cast<std::uint32_t>(number()),
                                      .open_since = static_cast<std::uint32_t>(number()),
                                      .since_cutoff = time()};
    }
    return known;
  }

  // The `which`th alternative of Input, of all but the last.
  Input input(std::size_t which, Owned& owned) {
    owned = {.a = text(), .b = text(), .leg = leg(), .failure = failure(), .texts = {}};
    const auto direction = coin() ? Direction::client_to_server : Direction::server_to_client;
    const auto endpoint = coin() ? Endpoint::client : Endpoint::server;
    switch (which) {
      case 0:
        return BytesRelayed{.direction = direction, .bytes = as_bytes(owned.a)};
      case 1:
        return BytesMissed{.direction = direction,
                           .count = number(),
                           .is_frame_next = coin(),
                           .digest = coin() ? std::optional(number()) : std::nullopt};
      case 2:
        return UpstreamConnected{.address = owned.a, .upstream = owned.b};
      case 3:
        return ConnectFailed{.address = owned.a, .error = owned.b};
      case 4:
        return ClientNamed{.address = owned.a};
      case 5:
        return TlsEstablished{.peer = endpoint, .leg = &owned.leg, .bytes_from_peer = number()};
      case 6:
        return TlsFailed{.peer = endpoint, .leg = &owned.leg, .failure = &owned.failure};
      case 7:
        return StreamEnded{.endpoint = endpoint,
                           .how = static_cast<EndKind>(below(6)),
                           .http2_error = coin() ? "" : "REFUSED_STREAM"};
      case 8:
        return TransportSampled{.endpoint = endpoint,
                                .facts = {.rtt_ms = real(),
                                          .retransmits = number(),
                                          .unacked_bytes = number(),
                                          .error = coin()   ? ""
                                                   : coin() ? "ECONNRESET"
                                                            : "EPIPE"}};
      case 9:
        return RelaySampled{.direction = direction,
                            .pending_max = number(),
                            .stalled = std::chrono::microseconds(either())};
      case 10:
        return PatternsKnown{.patterns = patterns()};
      case 11:
        for (const Text text_of : {Text::client, Text::path, Text::user, Text::upstream}) {
          if (coin()) owned.texts.set(text_of, text());
        }
        return TextsKnown{.texts = &owned.texts};
      case 12:
        return GivenUp{};
      default:
        return HeadRelayed{.direction = direction, .text = owned.a};
    }
  }

 private:
  std::mt19937 random_;
};

constexpr std::size_t kRecorded = std::variant_size_v<Input> - 1;

template <typename T, typename Same>
bool same_as(const Input& a, const T& b, Same same) {
  const T* const other = std::get_if<T>(&a);
  return other != nullptr && same(*other, b);
}

// Field by field, written out, for what both ways forget would go unnoticed otherwise.
bool is_same(const Input& read, const Input& written) {
  return std::visit(
      test::Overloaded{
          [&](const BytesRelayed& b) {
            return same_as(read, b, [](const auto& x, const auto& y) {
              return x.direction == y.direction && as_text(x.bytes) == as_text(y.bytes);
            });
          },
          [&](const BytesMissed& b) {
            return same_as(read, b, [](const auto& x, const auto& y) {
              return x.direction == y.direction && x.count == y.count &&
                     x.is_frame_next == y.is_frame_next && x.digest == y.digest;
            });
          },
          [&](const UpstreamConnected& b) {
            return same_as(read, b, [](const auto& x, const auto& y) {
              return x.address == y.address && x.upstream == y.upstream;
            });
          },
          [&](const ConnectFailed& b) {
            return same_as(read, b, [](const auto& x, const auto& y) {
              return x.address == y.address && x.error == y.error;
            });
          },
          [&](const ClientNamed& b) {
            return same_as(read, b,
                           [](const auto& x, const auto& y) { return x.address == y.address; });
          },
          [&](const TlsEstablished& b) {
            return same_as(read, b, [](const auto& x, const auto& y) {
              return x.peer == y.peer && *x.leg == *y.leg && x.bytes_from_peer == y.bytes_from_peer;
            });
          },
          [&](const TlsFailed& b) {
            return same_as(read, b, [](const auto& x, const auto& y) {
              return x.peer == y.peer && *x.leg == *y.leg && *x.failure == *y.failure;
            });
          },
          [&](const StreamEnded& b) {
            return same_as(read, b, [](const auto& x, const auto& y) {
              return x.endpoint == y.endpoint && x.how == y.how && x.http2_error == y.http2_error;
            });
          },
          [&](const TransportSampled& b) {
            return same_as(read, b, [](const auto& x, const auto& y) {
              return x.endpoint == y.endpoint && x.facts == y.facts;
            });
          },
          [&](const RelaySampled& b) {
            return same_as(read, b, [](const auto& x, const auto& y) {
              return x.direction == y.direction && x.pending_max == y.pending_max &&
                     x.stalled == y.stalled;
            });
          },
          [&](const PatternsKnown& b) {
            return same_as(read, b,
                           [](const auto& x, const auto& y) { return x.patterns == y.patterns; });
          },
          [&](const TextsKnown& b) {
            return same_as(read, b,
                           [](const auto& x, const auto& y) { return *x.texts == *y.texts; });
          },
          [&](const HeadRelayed& b) {
            return same_as(read, b, [](const auto& x, const auto& y) {
              return x.direction == y.direction && x.text == y.text;
            });
          },
          [&](const GivenUp&) { return std::holds_alternative<GivenUp>(read); },
          [](const Finished&) { return false; },
      },
      written);
}

std::string entry_of(const Input& input, std::uint64_t microseconds) {
  std::string body;
  append_input(input, body);
  std::string entry;
  write_entry(body, microseconds, entry);
  return entry;
}

TEST_CASE("property: each input is read as it was written, and every shorter entry is refused") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  Random random(seed);
  for (std::size_t which = 0; which < kRecorded; ++which) {
    CAPTURE(which);
    for (int run = 0; run < 40; ++run) {
      Owned owned;
      const Input input = random.input(which, owned);
      REQUIRE(input.index() == which);
      const std::uint64_t time = random.number();
      const std::string entry = entry_of(input, time);
      Decoder whole(as_bytes(entry));
      const EntryHead head = read_entry_head(whole);
      CHECK(head.microseconds == time);
      int taken = 0;
      CHECK(read_input(head, whole, [&](const Input& read) {
        ++taken;
        CHECK(is_same(read, input));
      }));
      CHECK(taken == 1);
      CHECK(whole.is_at_end());
      CHECK_FALSE(whole.has_failed());
      for (std::size_t size = 0; size < entry.size(); ++size) {
        Decoder cut(as_bytes(std::string_view(entry).substr(0, size)));
        const EntryHead cut_head = read_entry_head(cut);
        const bool is_read = read_input(cut_head, cut, [](const Input&) { FAIL("was taken"); });
        if (is_read) CAPTURE(size);
        REQUIRE_FALSE(is_read);
      }
    }
  }
}

TEST_CASE("property: any bytes behind any kind are an input or a failure") {
  const unsigned seed = test::seed();
  CAPTURE(seed);
  Random random(seed);
  std::mt19937 bytes(seed);
  for (unsigned kind = 0; kind < 256; ++kind) {
    for (int run = 0; run < 60; ++run) {
      const std::string entry =
          static_cast<char>(kind) + test::random_bytes(bytes, test::below(bytes, 60));
      Decoder decoder(as_bytes(entry));
      const EntryHead head = read_entry_head(decoder);
      bool is_taken = false;
      const bool is_read = read_input(head, decoder, [&](const Input&) { is_taken = true; });
      REQUIRE(is_read == is_taken);
      if (is_read) REQUIRE(kind <= 17);
    }
  }
}

TEST_CASE("a lying length takes no memory, and a number that names nothing is refused") {
  struct Row {
    const char* name;
    std::string entry;
  };
  const std::string huge = "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F";
  for (const Row& row : {Row{"a text of 2^63 bytes", std::string("\0\0", 2) + huge + "abc"},
                         Row{"an address of 2^63 bytes", std::string("\4\0", 2) + huge},
                         Row{"a number without an end", "\2" + std::string(12, '\xFF')},
                         Row{"no such endpoint", std::string("\x09\0\2\0", 4)},
                         Row{"no such end", std::string("\x09\0\0\6", 4)},
                         Row{"no such direction", std::string("\x0B\0\2\0\0", 5)},
                         Row{"no such peer", std::string("\7\0\2", 3)},
                         Row{"a list of 2^63 protocols", std::string("\7\0\0\0\0", 5) + huge},
                         Row{"no such kind", std::string("\x0F\0", 2)}}) {
    CAPTURE(row.name);
    Decoder decoder(as_bytes(row.entry));
    const EntryHead head = read_entry_head(decoder);
    CHECK_FALSE(read_input(head, decoder, [](const Input&) { FAIL("was taken"); }));
  }
}

TEST_CASE("a record of TLS that nobody knows is refused") {
  Owned owned;
  owned.leg.last_record = static_cast<tls::LastRecord>(77);
  const std::string entry =
      entry_of(TlsEstablished{.peer = Endpoint::client, .leg = &owned.leg}, 0);
  Decoder decoder(as_bytes(entry));
  const EntryHead head = read_entry_head(decoder);
  CHECK_FALSE(read_input(head, decoder, [](const Input&) { FAIL("was taken"); }));
}

TEST_CASE("an error's name that no system has is left out") {
  const std::string entry = entry_of(
      TransportSampled{.endpoint = Endpoint::client, .facts = {.error = "ENOSUCHTHING"}}, 0);
  Decoder decoder(as_bytes(entry));
  const EntryHead head = read_entry_head(decoder);
  CHECK(read_input(head, decoder, [](const Input& input) {
    CHECK(std::get<TransportSampled>(input).facts.error == "");
  }));
}

}  // namespace
}  // namespace lastframe::capture
