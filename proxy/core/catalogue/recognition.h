// Recognises products in the heads of a handshake, and messages that say something, by the rows of
// a catalogue. What is asked for each handshake and each message is indexed once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/endpoint.h"
#include "core/catalogue/catalogue.h"
#include "core/http/head.h"
#include "core/ws/text_openings.h"

namespace lastframe::catalogue {

// Whether a header's value, a host (with or without a port), a request's target or a subprotocol
// fits. A header must have been found by its name before.
bool matches(const Sign& sign, std::string_view text);

// What a handshake said, as the session keeps it. Empty: nothing.
struct HandshakeWords {
  std::string_view host;
  std::string_view path;         // the request's target
  std::string_view subprotocol;  // the one that was chosen
  std::string_view request_products;
  std::string_view response_products;  // as Recognition::products_in() tells them
};

// Products that take part in a connection, each once.
struct PathKnowledge {
  std::vector<const ProductRow*> in_front;  // of this tap: the client and the hops on its side
  std::vector<const ProductRow*> behind;    // the server and the hops on its side
};
// What host, path and subprotocol name stands behind, but for client libraries.
PathKnowledge path_knowledge(const Catalogue& catalogue, const HandshakeWords& words);

// Whose host, path or subprotocol fits.
std::vector<const ApplicationRow*> applications_of(const Catalogue& catalogue,
                                                   const HandshakeWords& words);

class Recognition {
 public:
  // `catalogue` outlives it.
  explicit Recognition(const Catalogue& catalogue);

  const Catalogue& catalogue() const { return catalogue_; }

  static constexpr std::size_t kMostProducts = 16;
  // Products whose header signs match, at most kMostProducts, in the order of their rows: two bytes
  // each, the high one first, of their position in Catalogue::products. Of a header's value the
  // first 512 bytes are looked at.
  std::string products_in(const http::RequestHead& request) const;
  std::string products_in(const http::ResponseHead& response) const;

  // Rows of Catalogue::refusals whose status and response headers fit; path and body are not
  // looked at.
  std::vector<std::uint16_t> refusals_of(const http::ResponseHead& response) const;

  // What the text messages of heartbeats and farewells begin with; null where there are none.
  const ws::TextOpenings* openings(Endpoint sender) const {
    const ws::TextOpenings& openings = openings_[index(sender)];
    return openings.is_empty() ? nullptr : &openings;
  }
  // The row of Catalogue::heartbeats or farewells that a text message fits, of several the one that
  // says most. `beginning`: all of the message, or its first bytes.
  std::optional<std::size_t> heartbeat(Endpoint sender, std::string_view beginning) const;
  std::optional<std::size_t> farewell(Endpoint sender, std::string_view beginning) const;
  // Of heartbeats that begin like this one, the one whose product the handshake named; else this
  // one, unless one byte is all it has to show although its product can be told by a handshake.
  const HeartbeatRow* heartbeat_here(std::size_t row, const HandshakeWords& words) const;

 private:
  struct HeaderSign {
    std::string name;   // in lower case
    std::string value;  // in lower case
    std::uint16_t product = 0;
  };
  struct HeaderSigns {
    std::vector<HeaderSign> signs;  // sorted by name
    std::uint64_t names = 0;        // a bit for each length and first letter of a name
  };
  struct Opening {
    std::string_view text;
    std::size_t row = 0;
  };
  using Openings = std::vector<Opening>;  // the longest first

  static std::string products_in(const http::Fields& fields, const HeaderSigns& signs);
  static std::optional<std::size_t> row_of(const Openings& openings, std::string_view beginning);

  const Catalogue& catalogue_;
  HeaderSigns of_requests_;
  HeaderSigns of_responses_;
  std::array<ws::TextOpenings, 2> openings_;  // by Endpoint, as are the next
  std::array<Openings, 2> heartbeats_;
  std::array<Openings, 2> farewells_;
};

}  // namespace lastframe::catalogue
