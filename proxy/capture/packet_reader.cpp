// pcap and pcapng files, from bytes to connections.
#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "capture/http2_sink.h"
#include "capture/packet_layers.h"
#include "capture/packet_pcap.h"
#include "capture/packet_window.h"
#include "capture/pcapng_file.h"
#include "capture/prelude_sink.h"
#include "capture/reader.h"
#include "capture/tcp_connections.h"
#include "capture/tls_key_logs.h"
#include "capture/tls_sink.h"

namespace lastframe::capture {
namespace {

constexpr std::size_t kMagic = 4;

class PacketReader final : public Reader {
 public:
  PacketReader(InputSink& sink, TlsKeyLogs* logs)
      : sink_(sink),
        http2_(sink, ids_),
        tls_(http2_, logs != nullptr ? *logs : own_logs_),
        prelude_(tls_),
        connections_(prelude_, ids_) {
    if (logs != nullptr) logs_ = logs;
  }

  void feed(ByteView bytes) override {
    window_.add(bytes);
    while (auto event = next()) {
      if (const auto* packet = std::get_if<FilePacket>(&*event)) {
        take(*packet);
      } else if (const auto* key_log = std::get_if<FileKeyLog>(&*event)) {
        logs_->take(key_log->bytes);
      } else {
        sink_.on_flaw(std::get<Flaw>(*event));
      }
    }
  }

  void finish() override {
    if (window_.is_within_something()) {
      say(FlawKind::cut_off, "the file ends within a packet or block");
    }
    connections_.finish();
  }

 private:
  using NoFile = std::monostate;
  struct Unreadable {};

  std::optional<FileEvent> next() {
    if (auto* pcap = std::get_if<PcapFile>(&file_)) return pcap->next(window_);
    if (auto* pcapng = std::get_if<PcapngFile>(&file_)) return pcapng->next(window_);
    if (std::holds_alternative<Unreadable>(file_)) {
      while (window_.peek(1)) window_.drop(1);
      return std::nullopt;
    }
    const auto magic = window_.peek(kMagic);
    if (!magic) return std::nullopt;
    switch (kind_of(*magic)) {
      case FileKind::pcap:
        file_ = PcapFile();
        break;
      case FileKind::pcapng:
        file_ = PcapngFile();
        break;
      default:
        file_ = Unreadable();
        return Flaw{.kind = FlawKind::damaged,
                    .text = "the file begins neither as pcap nor as pcapng; nothing of it is read"};
    }
    return next();
  }

  void take(const FilePacket& packet) {
    const auto segment = segment_of(packet);
    if (segment) return connections_.take(*segment, packet.at);
    say_why_not(segment.error(), packet.link_type);
  }

  // Once each: packets are many.
  void say_why_not(NoSegment why, std::uint32_t link_type) {
    if (why == NoSegment::not_tcp) return;
    if (why == NoSegment::unknown_link_type) {
      constexpr std::size_t kMostTypes = 64;
      if (said_types_.size() >= kMostTypes || !said_types_.insert(link_type).second) return;
      return say(FlawKind::not_understood,
                 "packets of link type " + std::to_string(link_type) +
                     " are not understood and are skipped; capture on an Ethernet, loopback or "
                     "\"any\" interface");
    }
    if (std::exchange(has_said_[static_cast<std::size_t>(why)], true)) return;
    if (why == NoSegment::fragment) {
      say(FlawKind::lost, "IP fragments are not put together: what they carry counts as lost");
    } else if (why == NoSegment::cut_short) {
      say(FlawKind::snapped,
          "packets were captured only up to within their headers and are skipped; capture with a "
          "larger snapshot length (tcpdump -s 0)");
    } else {
      say(FlawKind::damaged, "packets whose headers contradict themselves are skipped");
    }
  }

  void say(FlawKind kind, std::string text) {
    sink_.on_flaw({.kind = kind, .offset = window_.position(), .text = std::move(text)});
  }

  InputSink& sink_;
  PacketWindow window_;
  std::variant<NoFile, PcapFile, PcapngFile, Unreadable> file_;
  TlsKeyLogs own_logs_;
  TlsKeyLogs* logs_ = &own_logs_;
  ConnectionIds ids_;
  Http2Sink http2_;
  TlsSink tls_;
  PreludeSink prelude_;
  TcpConnections connections_;
  std::set<std::uint32_t> said_types_;
  std::array<bool, 5> has_said_{};
};

}  // namespace

std::unique_ptr<Reader> make_packet_reader(InputSink& sink, TlsKeyLogs* logs) {
  return std::make_unique<PacketReader>(sink, logs);
}

}  // namespace lastframe::capture
