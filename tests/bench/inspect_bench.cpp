// inspect_bench: what looking costs, without sockets, in nanoseconds for each KiB. The first table
// is of functions that take one payload; the second of whole sessions that have done their
// handshake and are fed what one direction sends. With --json, the same for programs.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/ws/frame.h"
#include "core/ws/interruption_finder.h"
#include "core/ws/masking.h"
#include "core/ws/utf8.h"
#include "tests/bench/session_cases.h"
#include "tests/bench/stopwatch.h"

namespace {

using lastframe::ByteView;
using lastframe::ws::MaskingKey;

constexpr std::array<std::size_t, 4> kSizes{64, 1024, 16 * 1024, 256 * 1024};
constexpr int kRuns = 11;
constexpr std::chrono::microseconds kRunTime{1500};
constexpr MaskingKey kKey{std::byte{0x37}, std::byte{0xfa}, std::byte{0x21}, std::byte{0x3d}};

// `room` is as large as `payload`. What is returned is used, so that nothing is left out.
using Look = std::size_t (*)(ByteView payload, std::span<std::byte> room);
using Make = std::string (*)(std::size_t size);

// One after another until `size` is full; characters are not cut.
std::string repeated(std::string_view piece, std::size_t size) {
  std::string text;
  while (text.size() + piece.size() <= size) text += piece;
  text.resize(size, '.');
  return text;
}

std::string ascii(std::size_t size) {
  return repeated("{\"type\":\"quote\",\"price\":101.25},", size);
}

std::string one_in_five(std::size_t size) { return repeated("ws\xe7\xb6\xb2", size); }

// Of 17 bytes: one character of two, one of three, one of four.
std::string three_in_seventeen(std::size_t size) {
  return repeated("na\xc3\xafve \xe7\xb6\xb2 \xf0\x9f\x98\x80 ok.", size);
}

std::string no_ascii(std::size_t size) {
  return repeated("\xd0\xb7\xd0\xb0\xd0\xba\xd1\x80\xd1\x8b\xd1\x82\xd0\xb8\xd0\xb5", size);
}

// Prose with a character of two bytes now and then.
std::string one_in_three_hundred(std::size_t size) {
  return repeated(std::string(298, 'e') + "\xc3\xa9", size);
}

std::string binary(std::size_t size) {
  std::mt19937 random(6455);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random() & 0xFF);
  return bytes;
}

template <Make make>
std::string masked(std::size_t size) {
  std::string bytes = make(size);
  lastframe::ws::unmask(lastframe::as_bytes(bytes), kKey, 0,
                        std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

std::size_t nothing(ByteView payload, std::span<std::byte>) { return payload.size(); }

std::size_t copy(ByteView payload, std::span<std::byte> room) {
  std::memcpy(room.data(), payload.data(), payload.size());
  return payload.size();
}

std::size_t unmask(ByteView payload, std::span<std::byte> room) {
  lastframe::ws::unmask(payload, kKey, 0, room);
  return payload.size();
}

std::size_t is_ascii(ByteView payload, std::span<std::byte>) {
  return lastframe::ws::is_ascii(payload) ? payload.size() : 0;
}

std::size_t is_ascii_masked(ByteView payload, std::span<std::byte>) {
  return lastframe::ws::is_ascii_masked(payload, kKey, 0) ? payload.size() : 0;
}

std::size_t text(ByteView payload, std::span<std::byte>) {
  lastframe::ws::Utf8Stream stream;
  return !stream.feed(payload) && stream.is_between_characters() ? payload.size() : 0;
}

std::size_t masked_text(ByteView payload, std::span<std::byte>) {
  lastframe::ws::Utf8Stream stream;
  return !stream.feed_masked(payload, kKey, 0) && stream.is_between_characters() ? payload.size()
                                                                                 : 0;
}

std::size_t interruption(ByteView payload, std::span<std::byte>) {
  return lastframe::ws::find_http_response(payload) ? 0 : payload.size();
}

struct Case {
  std::string_view name;
  Make make;
  Look look;  // the payload's size; anything else is a mistake of the case
};

constexpr auto kCases = std::to_array<Case>({
    {"binary, nothing to do", binary, nothing},
    {"memcpy", binary, copy},
    {"unmask into another place", binary, unmask},
    {"ASCII, is_ascii()", ascii, is_ascii},
    {"ASCII, masked, is_ascii_masked()", masked<ascii>, is_ascii_masked},
    {"ASCII", ascii, text},
    {"ASCII, masked", masked<ascii>, masked_text},
    {"two bytes in 300 not ASCII", one_in_three_hundred, text},
    {"two bytes in 300 not ASCII, masked", masked<one_in_three_hundred>, masked_text},
    {"one character of 3 bytes in 5", one_in_five, text},
    {"one character of 3 bytes in 5, masked", masked<one_in_five>, masked_text},
    {"characters of 2, 3, 4 bytes in 17", three_in_seventeen, text},
    {"characters of 2, 3, 4 bytes in 17, masked", masked<three_in_seventeen>, masked_text},
    {"no ASCII", no_ascii, text},
    {"no ASCII, masked", masked<no_ascii>, masked_text},
    {"ASCII, find_http_response()", ascii, interruption},
    {"binary, find_http_response()", binary, interruption},
});

double ns_per_kib(const Case& subject, std::size_t size) {
  const std::string payload = subject.make(size);
  std::vector<std::byte> room(size);
  Look volatile look = subject.look;  // called as a stranger's code, not inlined
  std::size_t wrong = 0;
  const double ns = bench::median_ns(
      kRuns, kRunTime, [&] { wrong += look(lastframe::as_bytes(payload), room) ^ size; });
  if (wrong != 0) {
    std::fprintf(stderr, "inspect_bench: '%.*s' went wrong\n",
                 static_cast<int>(subject.name.size()), subject.name.data());
    std::exit(1);
  }
  return ns * 1024 / static_cast<double>(size);
}

void print_table() {
  std::printf("%-44s", "ns for each KiB");
  for (const std::size_t size : kSizes) std::printf("%10zu B", size);
  std::printf("\n");
  for (const Case& subject : kCases) {
    std::printf("%-44.*s", static_cast<int>(subject.name.size()), subject.name.data());
    for (const std::size_t size : kSizes) std::printf("%12.1f", ns_per_kib(subject, size));
    std::printf("\n");
  }
  std::printf("\n%-58s%14s%14s\n", "a session, ns for each KiB", "on the wire", "inflated");
  for (const bench::SessionCost& cost : bench::session_costs()) {
    std::printf("%-58s%14.1f", cost.name.c_str(), cost.ns_per_kib_of_wire);
    if (cost.ns_per_kib_inflated) std::printf("%14.1f", *cost.ns_per_kib_inflated);
    std::printf("\n");
  }
}

void print_json() {
  std::printf("{\"unit\":\"ns_per_kib\",\"cases\":[");
  const char* before_case = "\n";
  for (const Case& subject : kCases) {
    std::printf("%s{\"name\":\"%.*s\"", before_case, static_cast<int>(subject.name.size()),
                subject.name.data());
    for (const std::size_t size : kSizes)
      std::printf(",\"%zu\":%.2f", size, ns_per_kib(subject, size));
    std::printf("}");
    before_case = ",\n";
  }
  std::printf("\n],\"sessions\":[");
  before_case = "\n";
  for (const bench::SessionCost& cost : bench::session_costs()) {
    std::printf("%s{\"name\":\"%s\",\"wire\":%.2f", before_case, cost.name.c_str(),
                cost.ns_per_kib_of_wire);
    if (cost.ns_per_kib_inflated) std::printf(",\"inflated\":%.2f", *cost.ns_per_kib_inflated);
    std::printf("}");
    before_case = ",\n";
  }
  std::printf("\n]}\n");
}

}  // namespace

int main(int argc, char** argv) {
  const bool is_json = argc == 2 && std::string_view(argv[1]) == "--json";
  if (argc > 1 && !is_json) {
    std::fprintf(stderr, "usage: inspect_bench [--json]\n");
    return 2;
  }
  is_json ? print_json() : print_table();
  return 0;
}
