// What zlib makes of compressed messages when each comes in one piece and there is all the window
// that there is. What is cut, limited and pooled is held against it.
#pragma once

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lastframe::test {

enum class InflateFault : std::uint8_t { none, corrupt, too_far_back, ends_inside_block };

struct Inflated {
  std::string text;  // up to the fault
  InflateFault fault = InflateFault::none;
};

// One stream of payloads, each with the four bytes behind it that its sender took off (RFC 7692
// section 7.2.2); at a block with BFINAL it goes on with what it has inflated so far. After a fault
// only forget() leads on.
class InflateReference {
 public:
  InflateReference() { inflateInit2(&stream_, -15); }
  ~InflateReference() { inflateEnd(&stream_); }
  InflateReference(const InflateReference&) = delete;
  InflateReference& operator=(const InflateReference&) = delete;

  // What comes refers to nothing before.
  void forget() {
    inflateReset(&stream_);
    all_.clear();
  }

  Inflated message(std::string_view payload) {
    std::string bytes(payload);
    bytes += std::string_view("\x00\x00\xff\xff", 4);
    const std::size_t begin = all_.size();
    stream_.next_in = reinterpret_cast<Bytef*>(bytes.data());
    stream_.avail_in = static_cast<uInt>(bytes.size());
    bool is_behind_final_block = false;
    std::vector<Bytef> output(1 << 12);
    for (;;) {
      if (stream_.avail_in > 0) is_behind_final_block = false;
      stream_.next_out = output.data();
      stream_.avail_out = static_cast<uInt>(output.size());
      const int code = inflate(&stream_, Z_SYNC_FLUSH);
      all_.append(reinterpret_cast<const char*>(output.data()), output.size() - stream_.avail_out);
      if (code == Z_STREAM_END) {
        is_behind_final_block = true;
        begin_behind_final_block();
      } else if (code == Z_DATA_ERROR) {
        const bool is_too_far = std::string_view(stream_.msg) == "invalid distance too far back";
        return {.text = all_.substr(begin),
                .fault = is_too_far ? InflateFault::too_far_back : InflateFault::corrupt};
      }
      if (stream_.avail_in == 0 && stream_.avail_out > 0) break;
      // zlib.h: a byte boundary behind a block says 128, and to ask once more would lose that.
      if (stream_.avail_in == 0 && is_at_boundary()) break;
    }
    const bool is_whole = is_behind_final_block || is_at_boundary();
    return {.text = all_.substr(begin),
            .fault = is_whole ? InflateFault::none : InflateFault::ends_inside_block};
  }

 private:
  void begin_behind_final_block() {
    inflateReset(&stream_);
    const std::size_t window = std::min<std::size_t>(all_.size(), 32768);
    inflateSetDictionary(&stream_,
                         reinterpret_cast<const Bytef*>(all_.data()) + all_.size() - window,
                         static_cast<uInt>(window));
  }

  bool is_at_boundary() const { return (stream_.data_type & 0xFF) == 128; }

  z_stream stream_{};
  std::string all_;
};

}  // namespace lastframe::test
