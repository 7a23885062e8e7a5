// How fast a packet capture is read, into somebody who does nothing with it.
//
//   packets_bench make FILE [MEGABYTES]   a made-up capture: WebSocket-like streams, many at a time
//   packets_bench read FILE
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "capture/packet_builder.h"
#include "capture/reader.h"
#include "support/packets.h"

namespace {

using namespace lastframe;

constexpr std::size_t kConnections = 1000;
constexpr std::size_t kSegment = 1448;

class Counting final : public capture::InputSink {
 public:
  void on_start(const capture::ConnectionStart&) override { ++connections; }
  void on_input(std::uint64_t, Moment, const session::Input& input) override {
    ++inputs;
    if (const auto* relayed = std::get_if<session::BytesRelayed>(&input)) {
      bytes += relayed->bytes.size();
    }
  }
  void on_flaw(const capture::Flaw& flaw) override {
    flaws += flaw.kind == capture::FlawKind::still_open ? 0 : 1;
  }
  void on_record(std::uint64_t, std::string_view) override {}

  std::uint64_t connections = 0;
  std::uint64_t inputs = 0;
  std::uint64_t bytes = 0;
  std::uint64_t flaws = 0;
};

class Maker {
 public:
  explicit Maker(const char* path) : file_(path, std::ios::binary) {
    file_ << test::pcap_of({}, {.link_type = 1});
  }

  void write(capture::PacketPlan plan) {
    const std::string packet = capture::packet_of(plan);
    const std::uint64_t micros = test::kEpochMicros + ++packets_;
    file_ << test::number(micros / 1'000'000, 4) << test::number(micros % 1'000'000, 4)
          << test::number(packet.size() + 14, 4) << test::number(packet.size() + 14, 4)
          << std::string(12, '\2') << test::big(0x0800, 2) << packet;
    size_ += packet.size() + 30;
  }

  std::uint64_t size() const { return size_; }

 private:
  std::ofstream file_;
  std::uint64_t packets_ = 0;
  std::uint64_t size_ = 0;
};

int make(const char* path, std::uint64_t size) {
  Maker maker(path);
  const std::string payload(kSegment, 'x');
  std::vector<std::uint32_t> next(kConnections, 1);
  const auto plan = [&](std::size_t i, bool is_client_s) {
    capture::TcpEnd client{.address = *parse_ip("192.0.2.1"),
                           .port = static_cast<std::uint16_t>(10'000 + i)};
    capture::TcpEnd server{.address = *parse_ip("192.0.2.2"), .port = 80};
    return capture::PacketPlan{.from = is_client_s ? client : server,
                               .to = is_client_s ? server : client,
                               .sequence = is_client_s ? 1 : next[i],
                               .acknowledgement = is_client_s ? next[i] : 1};
  };
  for (std::size_t i = 0; i < kConnections; ++i) {
    capture::PacketPlan syn = plan(i, true);
    syn.is_syn = true;
    syn.is_ack = false;
    syn.sequence = 0;
    maker.write(syn);
    capture::PacketPlan answer = plan(i, false);
    answer.is_syn = true;
    answer.sequence = 0;
    maker.write(answer);
    maker.write(plan(i, true));
  }
  for (std::size_t i = 0; maker.size() < size; i = (i + 7) % kConnections) {
    for (int burst = 0; burst < 2; ++burst) {
      capture::PacketPlan part = plan(i, false);
      part.payload = as_bytes(payload);
      maker.write(part);
      next[i] += kSegment;
    }
    maker.write(plan(i, true));
  }
  return 0;
}

int read(const char* path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path, "rb"), std::fclose);
  if (!file) return 1;
  Counting sink;
  const auto reader = capture::make_packet_reader(sink);
  std::vector<std::byte> part(256 * 1024);
  std::uint64_t size = 0;
  const auto begin = std::chrono::steady_clock::now();
  while (const std::size_t got = std::fread(part.data(), 1, part.size(), file.get())) {
    reader->feed(ByteView(part).first(got));
    size += got;
  }
  reader->finish();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("%.3f GB in %.3f s: %.2f GB/s; %lu connections, %lu inputs, %lu bytes, %lu flaws\n",
              static_cast<double>(size) / 1e9, took.count(),
              static_cast<double>(size) / 1e9 / took.count(), sink.connections, sink.inputs,
              sink.bytes, sink.flaws);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 2 ? argv[1] : "";
  if (what == "make") return make(argv[2], (argc > 3 ? std::stoull(argv[3]) : 1000) * 1'000'000);
  if (what == "read") return read(argv[2]);
  std::fprintf(stderr, "usage: packets_bench make FILE [MEGABYTES] | read FILE\n");
  return 2;
}
