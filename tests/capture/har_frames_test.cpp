#include "capture/har_frames.h"

#include <doctest/doctest.h>

#include <cstring>
#include <set>
#include <string>

#include "core/ws/frame_parser.h"
#include "support/frames.h"

namespace lastframe::test {
namespace {

TEST_CASE("a frame is what the RFC draws, at every width of its length") {
  for (const std::size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u}) {
    const std::string payload(size, 'p');
    for (const Endpoint sender : kEndpoints) {
      CAPTURE(size);
      CAPTURE(name(sender));
      capture::HarFrames frames;
      const std::string bytes(frames.frame(sender, ws::Opcode::binary, payload));
      ws::FrameHeader header = header_of(sender, ws::Opcode::binary, size);
      if (header.masking_key) {
        std::memcpy(header.masking_key->data(), bytes.data() + header.header_length - 4, 4);
      }
      CHECK(bytes == frame(header, payload));
      CHECK(capture::HarFrames().header(sender, ws::Opcode::binary, size) == encode(header));
    }
  }
}

TEST_CASE("no two masking keys of a connection are alike, and none is zero") {
  capture::HarFrames frames;
  std::set<std::string> keys{std::string(4, '\0')};
  for (int i = 0; i < 1000; ++i) {
    CHECK(keys.emplace(frames.header(Endpoint::client, ws::Opcode::text, 0).substr(2)).second);
  }
}

}  // namespace
}  // namespace lastframe::test
