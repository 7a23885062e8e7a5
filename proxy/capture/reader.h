// Reads a file of any kind that holds connections, in whatever parts its bytes come, in bounded
// memory: the file may be a pipe that tcpdump writes into.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string_view>

#include "capture/input_sink.h"
#include "core/base/bytes.h"

namespace lastframe::capture {

class TlsKeyLogs;

class Reader {
 public:
  virtual ~Reader() = default;

  // Total: every byte string has a reading; what cannot be understood is a flaw.
  virtual void feed(ByteView bytes) = 0;
  // Nothing more comes.
  virtual void finish() = 0;
};

enum class FileKind : unsigned char { recording, pcap, pcapng, har, log, unknown };

// The first bytes of a recording of ours: a transfer as text would change them.
inline constexpr std::initializer_list<unsigned> kRecordingMagic{0x89, 'L',  'F',  'R',
                                                                 0x0D, 0x0A, 0x1A, 0x0A};

// How many bytes of a file's beginning kind_of() looks at, at most.
inline constexpr std::size_t kKindWindow = 4096;

// By the first bytes, never by the name. `log`: JSON lines as the proxy writes them.
FileKind kind_of(ByteView beginning);

// `sink` outlives the reader. `pcap` and `pcapng` share one.
std::unique_ptr<Reader> make_recording_reader(InputSink& sink);
// What is in TLS is decrypted where `logs`, or the file itself, have the secrets; they outlive the
// reader. Null: there are none but the file's.
std::unique_ptr<Reader> make_packet_reader(InputSink& sink, TlsKeyLogs* logs = nullptr);
std::unique_ptr<Reader> make_har_reader(InputSink& sink);
// The one for files of this kind. Null: none of the three reads it.
std::unique_ptr<Reader> make_reader(FileKind kind, InputSink& sink, TlsKeyLogs* logs = nullptr);

}  // namespace lastframe::capture
