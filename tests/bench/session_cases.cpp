#include "tests/bench/session_cases.h"

#include <zlib.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string_view>

#include "core/session/session.h"
#include "core/ws/inflate_pool.h"
#include "core/ws/rule_table.h"
#include "support/deflater.h"
#include "support/frames.h"
#include "support/handshake.h"
#include "tests/bench/stopwatch.h"

namespace bench {
namespace {

using lastframe::ByteView;
using lastframe::Endpoint;
using lastframe::session::SessionReport;
using lastframe::ws::Opcode;

constexpr int kRuns = 7;
constexpr std::chrono::milliseconds kRunTime{4};
constexpr std::size_t kRead = 256 * 1024;  // the relay's buffer: more never comes at once
// Of the messages of a case before compression: more than one window, and not all in the caches.
constexpr std::size_t kTotal = 1024 * 1024;

enum class Deflate { none, takes_over, stands_alone };

struct Case {
  std::string_view name;
  Opcode opcode;
  std::string (*make)(std::size_t size, std::mt19937& random);
  std::size_t size;  // of a message, before compression
  Deflate deflate;
};

// Lines as a service of quotes sends them.
std::string ascii(std::size_t size, std::mt19937& random) {
  constexpr std::array<std::string_view, 4> kSymbols{"ABCD", "EFG", "HIJKL", "MN"};
  std::string text;
  while (text.size() < size) {
    text += "{\"type\":\"quote\",\"symbol\":\"" + std::string(kSymbols[random() % 4]) +
            "\",\"price\":" + std::to_string(random() % 100000) + "},";
  }
  text.resize(size);
  return text;
}

std::string binary(std::size_t size, std::mt19937& random) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random() & 0xFF);
  return bytes;
}

// One character of three bytes in five bytes.
std::string dense(std::size_t size, std::mt19937&) {
  std::string text;
  while (text.size() + 5 <= size) text += "ws\xe7\xb6\xb2";
  text.resize(size, '.');
  return text;
}

constexpr auto kCases = std::to_array<Case>({
    {"64 B ASCII", Opcode::text, ascii, 64, Deflate::none},
    {"64 B binary", Opcode::binary, binary, 64, Deflate::none},
    {"64 B dense UTF-8", Opcode::text, dense, 64, Deflate::none},
    {"16 KiB ASCII", Opcode::text, ascii, 16 * 1024, Deflate::none},
    {"16 KiB binary", Opcode::binary, binary, 16 * 1024, Deflate::none},
    {"16 KiB dense UTF-8", Opcode::text, dense, 16 * 1024, Deflate::none},
    {"256 KiB ASCII", Opcode::text, ascii, 256 * 1024, Deflate::none},
    {"256 KiB binary", Opcode::binary, binary, 256 * 1024, Deflate::none},
    {"256 KiB dense UTF-8", Opcode::text, dense, 256 * 1024, Deflate::none},
    {"64 B deflated, takeover", Opcode::text, ascii, 64, Deflate::takes_over},
    {"64 B deflated, no takeover", Opcode::text, ascii, 64, Deflate::stands_alone},
    {"16 KiB deflated, takeover", Opcode::text, ascii, 16 * 1024, Deflate::takes_over},
    {"16 KiB deflated, no takeover", Opcode::text, ascii, 16 * 1024, Deflate::stands_alone},
});

// The payloads of a case. They can be sent over and over: the first refers to nothing before it,
// each later one to some of those before it.
struct Messages {
  std::vector<std::string> payloads;
  std::size_t wire = 0;   // bytes of all payloads
  std::size_t plain = 0;  // of what they say
};

Messages messages_of(const Case& subject) {
  std::mt19937 random(6455);
  lastframe::test::Deflater deflater(15);
  Messages messages;
  while (messages.plain < kTotal) {
    const std::string text = subject.make(subject.size, random);
    messages.payloads.push_back(subject.deflate == Deflate::none ? text : deflater.message(text));
    if (subject.deflate == Deflate::stands_alone) deflater.forget();
    messages.wire += messages.payloads.back().size();
    messages.plain += text.size();
  }
  return messages;
}

std::string frames_of(const Case& subject, Endpoint from, const Messages& messages) {
  std::mt19937 random(1);
  std::string stream;
  for (const std::string& payload : messages.payloads) {
    auto header = lastframe::test::header_of(from, subject.opcode, payload.size());
    if (header.masking_key) {
      const auto key = static_cast<std::uint32_t>(random());
      std::memcpy(header.masking_key->data(), &key, sizeof key);
    }
    if (subject.deflate != Deflate::none) header.rsv = lastframe::ws::kRsv1;
    stream += lastframe::test::frame(header, payload);
  }
  return stream;
}

class LastReport final : public lastframe::session::Observer {
 public:
  void on_session_start(const SessionReport&) override {}
  void on_frame(const lastframe::session::SessionLabel&, lastframe::Moment,
                const lastframe::session::FrameSeen&) override {}
  void on_message(const lastframe::session::SessionLabel&, lastframe::Moment,
                  const lastframe::session::MessageSeen&) override {}
  void on_violation(const lastframe::session::SessionLabel&, lastframe::Moment,
                    const lastframe::ws::Violation&) override {}
  void on_session_end(SessionReport ended) override { report = std::move(ended); }
  void on_mass_close(const lastframe::session::MassCloseSeen&) override {}

  SessionReport report;
};

// A connection with permessage-deflate where a case needs it.
class Opened {
 public:
  explicit Opened(Deflate deflate) {
    std::string request(lastframe::test::kUpgradeRequest);
    std::string response(lastframe::test::kAcceptingResponse);
    std::string extension;
    if (deflate != Deflate::none) extension = "Sec-WebSocket-Extensions: permessage-deflate";
    if (deflate == Deflate::stands_alone) {
      extension += "; client_no_context_takeover; server_no_context_takeover";
    }
    if (!extension.empty()) extension += "\r\n";
    say(Endpoint::client, request.insert(request.size() - 2, extension));
    say(Endpoint::server, response.insert(response.size() - 2, extension));
  }

  void say(Endpoint from, std::string_view bytes) {
    session_.handle(
        now_, lastframe::session::BytesRelayed{direction_from(from), lastframe::as_bytes(bytes)});
  }

  const SessionReport& finish() {
    session_.handle(now_, lastframe::session::Finished{});
    return observer_.report;
  }

 private:
  lastframe::Moment now_{std::chrono::seconds(1)};
  lastframe::session::SessionOptions options_{
      .listener = "bench", .upstream = "bench", .privacy = {}, .interest = {}};
  LastReport observer_;
  lastframe::ws::InflatePool inflaters_{lastframe::ws::InflateLimits{}};
  lastframe::session::Session session_{{.id = 1,
                                        .client = "192.0.2.1:1",
                                        .is_client_trusted = false,
                                        .accepted = now_,
                                        .accepted_wall = {},
                                        .inflaters = &inflaters_},
                                       options_,
                                       observer_};
};

[[noreturn]] void give_up(std::string_view name, std::string_view why) {
  std::fprintf(stderr, "inspect_bench: '%.*s' went wrong: %.*s\n", static_cast<int>(name.size()),
               name.data(), static_cast<int>(why.size()), why.data());
  std::exit(1);
}

void check(std::string_view name, const Case& subject, const Messages& messages, Endpoint from,
           const SessionReport& report, std::uint64_t rounds) {
  const std::size_t direction = index(direction_from(from));
  if (report.traffic[direction].messages != rounds * messages.payloads.size()) {
    give_up(name, "messages are missing");
  }
  for (const auto& found : report.violations) {
    const auto& row = lastframe::ws::row_of(found.rule);
    if (row.severity == lastframe::ws::Severity::violation) give_up(name, row.name);
  }
  if (subject.deflate == Deflate::none) return;
  const auto& counts = report.compression[direction];
  if (!counts || counts->not_inflated > 0 || counts->inflated != rounds * messages.plain) {
    give_up(name, "not everything was inflated");
  }
}

double session_ns(std::string_view name, const Case& subject, const Messages& messages,
                  Endpoint from) {
  const std::string stream = frames_of(subject, from, messages);
  Opened opened(subject.deflate);
  std::uint64_t rounds = 0;
  const double ns = median_ns(kRuns, kRunTime, [&] {
    for (std::size_t at = 0; at < stream.size(); at += kRead) {
      opened.say(from, std::string_view(stream).substr(at, kRead));
    }
    ++rounds;
  });
  check(name, subject, messages, from, opened.finish(), rounds);
  return ns;
}

// The same data in runs of 16 KiB: zlib does nothing else.
double zlib_ns(const Case& subject, const Messages& messages) {
  constexpr std::array<unsigned char, 4> kTail{0x00, 0x00, 0xFF, 0xFF};
  z_stream stream{};
  if (inflateInit2(&stream, -15) != Z_OK) give_up(subject.name, "zlib did not begin");
  std::array<unsigned char, 16 * 1024> output;
  std::size_t inflated = 0;
  std::uint64_t rounds = 0;
  const auto feed = [&](const void* bytes, std::size_t size) {
    // zlib's input is not const; it is not written to.
    stream.next_in = const_cast<Bytef*>(static_cast<const Bytef*>(bytes));
    stream.avail_in = static_cast<uInt>(size);
    do {
      stream.next_out = output.data();
      stream.avail_out = output.size();
      const int code = inflate(&stream, Z_SYNC_FLUSH);
      if (code != Z_OK && code != Z_BUF_ERROR) give_up(subject.name, "zlib: no DEFLATE data");
      inflated += output.size() - stream.avail_out;
    } while (stream.avail_out == 0);
  };
  const double ns = median_ns(kRuns, kRunTime, [&] {
    for (const std::string& payload : messages.payloads) {
      feed(payload.data(), payload.size());
      feed(kTail.data(), kTail.size());
      if (subject.deflate == Deflate::stands_alone) inflateReset(&stream);
    }
    ++rounds;
  });
  inflateEnd(&stream);
  if (inflated != rounds * messages.plain) give_up(subject.name, "zlib: not everything inflated");
  return ns;
}

double copy_ns(std::size_t size) {
  const std::string from(kTotal, 'x');
  std::string to(size, '\0');
  volatile char used = 0;
  const double ns = median_ns(kRuns, kRunTime, [&] {
    for (std::size_t at = 0; at + size <= from.size(); at += size) {
      std::memcpy(to.data(), from.data() + at, size);
      used = to[size / 2];
    }
  });
  static_cast<void>(used);
  return ns * 1024 / kTotal;
}

SessionCost cost_of(std::string name, const Case& subject, const Messages& messages, double ns) {
  const auto per_kib = [ns](std::size_t bytes) { return ns * 1024 / static_cast<double>(bytes); };
  SessionCost cost{std::move(name), per_kib(messages.wire), std::nullopt};
  if (subject.deflate != Deflate::none) cost.ns_per_kib_inflated = per_kib(messages.plain);
  return cost;
}

}  // namespace

std::vector<SessionCost> session_costs() {
  std::vector<SessionCost> costs;
  for (const std::size_t size : {std::size_t{64}, std::size_t{16} * 1024, kRead}) {
    costs.push_back(
        {"memcpy of 1 MiB, " + std::to_string(size) + " B at a time", copy_ns(size), std::nullopt});
  }
  for (const Case& subject : kCases) {
    const Messages messages = messages_of(subject);
    for (const Endpoint from : lastframe::kEndpoints) {
      const std::string name =
          std::string(subject.name) + ", from the " + std::string(lastframe::name(from));
      costs.push_back(cost_of(name, subject, messages, session_ns(name, subject, messages, from)));
    }
    if (subject.deflate == Deflate::none) continue;
    costs.push_back(cost_of(std::string(subject.name) + ", zlib alone", subject, messages,
                            zlib_ns(subject, messages)));
  }
  return costs;
}

}  // namespace bench
