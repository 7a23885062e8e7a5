#include "core/http2/field_decoder.h"

#include <nghttp2/nghttp2.h>

namespace lastframe::http2 {
namespace {

// Browsers ask for 64 KiB.
constexpr std::uint32_t kLargestTable = 1024 * 1024;

std::string_view text(const std::uint8_t* begin, std::size_t size) {
  return {reinterpret_cast<const char*>(begin), size};
}

}  // namespace

void FieldDecoder::Free::operator()(nghttp2_hd_inflater* inflater) const {
  nghttp2_hd_inflate_del(inflater);
}

FieldDecoder::FieldDecoder() {
  nghttp2_hd_inflater* inflater = nullptr;
  if (nghttp2_hd_inflate_new(&inflater) == 0) inflater_.reset(inflater);
}

bool FieldDecoder::decode(ByteView part, bool is_end, const Take& take) {
  if (!inflater_) return false;
  const auto* at = reinterpret_cast<const std::uint8_t*>(part.data());
  std::size_t left = part.size();
  while (true) {
    nghttp2_nv field{};
    int flags = NGHTTP2_HD_INFLATE_NONE;
    const auto used =
        nghttp2_hd_inflate_hd2(inflater_.get(), &field, &flags, at, left, is_end ? 1 : 0);
    if (used < 0) return false;
    at += used;
    left -= static_cast<std::size_t>(used);
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
      take(text(field.name, field.namelen), text(field.value, field.valuelen));
    }
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) {
      nghttp2_hd_inflate_end_headers(inflater_.get());
      return true;
    }
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0 && left == 0) return true;
  }
}

bool FieldDecoder::allow_table(std::uint32_t size) {
  if (!inflater_ || size > kLargestTable) return false;
  table_limit_ = size;
  return nghttp2_hd_inflate_change_table_size(inflater_.get(), size) == 0;
}

}  // namespace lastframe::http2
