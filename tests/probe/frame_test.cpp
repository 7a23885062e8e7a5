#include "probe/frame.h"

#include <doctest/doctest.h>

#include <string>

#include "core/base/words.h"

using namespace lastframe;
using namespace lastframe::probe;
using ws::Opcode;

namespace {

constexpr ws::MaskingKey kKey{std::byte{0x37}, std::byte{0xFA}, std::byte{0x21}, std::byte{0x3D}};

}  // namespace

TEST_CASE("frames stand on the wire as in RFC 6455 section 5.7") {
  CHECK(hex_text(wire_bytes(make_frame(Opcode::text, "Hello", std::nullopt))) == "810548656c6c6f");
  CHECK(hex_text(wire_bytes(make_frame(Opcode::text, "Hello", kKey))) == "818537fa213d7f9f4d5158");
  CHECK(hex_text(wire_bytes(make_frame(Opcode::text, "Hel", std::nullopt, Last::no))) ==
        "010348656c");
  CHECK(hex_text(wire_bytes(make_frame(Opcode::continuation, "lo", std::nullopt))) == "80026c6f");
  CHECK(hex_text(wire_bytes(make_frame(Opcode::binary, std::string(256, 'a'), std::nullopt))
                     .substr(0, 4)) == "827e0100");
  CHECK(hex_text(wire_bytes(make_frame(Opcode::binary, std::string(65536, 'a'), std::nullopt))
                     .substr(0, 10)) == "827f0000000000010000");
}

TEST_CASE("a reader finds the frames that were written, at every cut") {
  const std::string bytes = wire_bytes(make_frame(Opcode::text, "Hello", kKey)) +
                            wire_bytes(make_frame(Opcode::ping, "", kKey)) +
                            wire_bytes(make_frame(Opcode::binary, std::string(300, 'x'), kKey));
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    CAPTURE(cut);
    FrameReader reader(1000);
    std::vector<Frame> found;
    for (const std::string& part : {bytes.substr(0, cut), bytes.substr(cut)}) {
      ByteView rest = as_bytes(part);
      while (auto frame = reader.next(rest)) found.push_back(*std::move(frame));
    }
    REQUIRE(found.size() == 3);
    CHECK(found[0].payload == "Hello");
    CHECK(found[1].header.opcode == Opcode::ping);
    CHECK(found[2].payload == std::string(300, 'x'));
    CHECK_FALSE(reader.is_mid_frame());
  }
}

TEST_CASE("of a long payload only the beginning is kept") {
  const std::string bytes = wire_bytes(make_frame(Opcode::binary, std::string(5000, 'x'), kKey));
  FrameReader reader(100);
  ByteView rest = as_bytes(bytes);
  const auto frame = reader.next(rest);
  REQUIRE(frame.has_value());
  CHECK(frame->payload == std::string(100, 'x'));
  CHECK(frame->header.payload_length == 5000);
}

TEST_CASE("the form of a frame tells its parts apart") {
  const FrameForm form = form_of(make_frame(Opcode::text, "Hello", kKey));
  CHECK(form.first_byte == 0x81);
  CHECK(form.length_bytes == 0);
  CHECK(form.length == 5);
  CHECK(form == form_of(make_frame(Opcode::text, "Hello", kKey)));
  CHECK(form != form_of(make_frame(Opcode::text, "Hellp", kKey)));
  CHECK(form != form_of(make_frame(Opcode::text, "Hello", std::nullopt)));
  CHECK(form != form_of(make_frame(Opcode::text, "Hello", kKey, Last::no)));
}

TEST_CASE("a Close's body is its code in network order and the reason (RFC 6455 section 5.5.1)") {
  CHECK(hex_text(close_body(1000, "")) == "03e8");
  CHECK(hex_text(close_body(4999, "x")) == "138778");
}
