// Hides nlohmann/json, and reads with it value by value, so that nothing is held but the facts.
#include "capture/har_entry.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/words.h"
#include "core/http/head.h"
#include "core/ws/utf8.h"

namespace lastframe::capture {
namespace {

using nlohmann::json;

// Names of ours and of others are shorter.
constexpr std::size_t kLongestName = 40;
constexpr std::size_t kMostHarEnds = 8;

template <typename Owner, typename Member>
struct Place {
  std::string_view path;
  Member Owner::* member;
};

constexpr Place<HarEntry, std::string> kTexts[] = {
    {"/startedDateTime", &HarEntry::started},
    {"/_resourceType", &HarEntry::resource_type},
    {"/serverIPAddress", &HarEntry::server_address},
    {"/_clientAddress", &HarEntry::client},
    {"/_serverAddress", &HarEntry::server},
    {"/request/method", &HarEntry::method},
    {"/request/url", &HarEntry::url},
    {"/request/httpVersion", &HarEntry::request_version},
    {"/response/statusText", &HarEntry::status_text},
    {"/response/httpVersion", &HarEntry::response_version},
    {"/response/content/text", &HarEntry::body},
    {"/response/_error", &HarEntry::error},
    {"/_error", &HarEntry::error},
};
constexpr Place<HarEntry, double> kNumbers[] = {
    {"/response/status", &HarEntry::status},
    {"/time", &HarEntry::duration_ms},
    {"/timings/send", &HarEntry::send_ms},
    {"/timings/wait", &HarEntry::wait_ms},
};
constexpr Place<HarHeader, std::string> kHeaderTexts[] = {{"/name", &HarHeader::name},
                                                          {"/value", &HarHeader::value}};
constexpr Place<HarMessage, std::string> kMessageTexts[] = {{"/type", &HarMessage::type},
                                                            {"/data", &HarMessage::data}};
constexpr Place<HarMessage, double> kMessageNumbers[] = {{"/opcode", &HarMessage::opcode}};
constexpr Place<HarMessage, std::optional<double>> kMessageMaybes[] = {
    {"/time", &HarMessage::time}, {"/_size", &HarMessage::bytes}};
constexpr Place<HarClose, std::string> kCloseTexts[] = {{"/reason", &HarClose::reason},
                                                        {"/initiator", &HarClose::initiator},
                                                        {"/ending", &HarClose::ending}};
constexpr Place<HarClose, std::optional<double>> kCloseNumbers[] = {{"/code", &HarClose::code}};
constexpr Place<HarCloseFrame, std::string> kFrameTexts[] = {{"/reason", &HarCloseFrame::reason}};
constexpr Place<HarCloseFrame, std::optional<double>> kFrameNumbers[] = {
    {"/code", &HarCloseFrame::code}, {"/at_s", &HarCloseFrame::at_s}};
constexpr Place<HarStreamEnd, std::string> kEndTexts[] = {{"/endpoint", &HarStreamEnd::endpoint},
                                                          {"/how", &HarStreamEnd::how}};
constexpr Place<HarStreamEnd, std::optional<double>> kEndNumbers[] = {
    {"/at_s", &HarStreamEnd::at_s}};

// Whether `path` is in the table; then its value is taken.
template <typename Owner, typename Member, std::size_t kSize, typename Value>
bool put(const Place<Owner, Member> (&places)[kSize], Owner& owner, std::string_view path,
         Value&& value) {
  for (const auto& place : places) {
    if (place.path != path) continue;
    owner.*place.member = std::forward<Value>(value);
    return true;
  }
  return false;
}

class EntryReader final : public nlohmann::json_sax<json> {
 public:
  HarEntry entry;
  std::size_t error_at = 0;

  bool null() override { return left(); }
  bool boolean(bool value) override { return take_boolean(value), left(); }
  bool number_integer(number_integer_t value) override {
    return number(static_cast<double>(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return number(static_cast<double>(value));
  }
  bool number_float(number_float_t value, const string_t&) override { return number(value); }
  bool string(string_t& value) override { return take_text(value), left(); }
  bool binary(binary_t&) override { return left(); }

  bool key(string_t& name) override {
    path_.resize(levels_.back().size);
    path_ += '/';
    path_ += std::string_view(name).substr(0, kLongestName);
    return true;
  }
  bool start_object(std::size_t) override {
    levels_.push_back({path_.size()});
    begin_object();
    return true;
  }
  bool end_object() override { return leave(), end_of_object(), left(); }
  bool start_array(std::size_t) override {
    if (path_ == "/_webSocketMessages") entry.has_messages = true;
    levels_.push_back({path_.size()});
    return true;
  }
  bool end_array() override { return leave(), left(); }
  bool parse_error(std::size_t at, const std::string&, const json::exception&) override {
    error_at = at;
    return false;
  }

 private:
  struct Level {
    std::size_t size;  // of the path of the array or object
  };

  static bool left() { return true; }

  void leave() {
    path_.resize(levels_.back().size);
    levels_.pop_back();
  }

  // What stands behind `parent` in the path, or nothing.
  std::string_view below(std::string_view parent) const {
    const std::string_view path = path_;
    return path.size() > parent.size() && path.starts_with(parent) && path[parent.size()] == '/'
               ? path.substr(parent.size())
               : std::string_view();
  }

  // Elements of an array have its path.
  std::vector<HarHeader>* headers(std::string_view& rest) {
    for (auto [parent, list] : {std::pair("/request/headers", &entry.request_headers),
                                std::pair("/response/headers", &entry.response_headers)}) {
      rest = below(parent);
      if (!rest.empty() || path_ == parent) return list;
    }
    return nullptr;
  }

  std::string_view below_close() const {
    const std::string_view own = below("/_wsClose");
    return own.empty() ? below("/_webSocketClose") : own;
  }

  HarCloseFrame* frame(std::string_view& rest) {
    for (const Endpoint endpoint : kEndpoints) {
      const std::string parent = "/close_frames/" + std::string(name(endpoint));
      if (!rest.starts_with(parent)) continue;
      rest.remove_prefix(parent.size());
      auto& seen = entry.close->frames[index(endpoint)];
      if (!seen) seen.emplace();
      return &*seen;
    }
    return nullptr;
  }

  void begin_object() {
    std::string_view rest;
    if (path_ == "/_webSocketMessages") {
      entry.messages.emplace_back();
    } else if (path_ == "/_wsClose" || path_ == "/_webSocketClose") {
      if (!entry.close) entry.close.emplace();
    } else if (below_close() == "/stream_ends" && entry.close) {
      entry.close->ends.emplace_back();
    } else if (auto* const list = headers(rest); list != nullptr && rest.empty()) {
      list->emplace_back();
    }
    std::string_view close = below_close();
    if (!close.empty() && entry.close) frame(close);
  }

  // What is not to be passed on takes no place.
  void end_of_object() {
    std::string_view rest;
    if (path_ == "/_webSocketMessages") {
      const std::string& type = entry.messages.back().type;
      if (type == "send" || type == "receive" || type == "error") {
        return limit(entry.messages, kMostHarMessages);
      }
      entry.messages.pop_back();
      ++entry.odd;
    } else if (below_close() == "/stream_ends" && entry.close) {
      limit(entry.close->ends, kMostHarEnds);
    } else if (auto* const list = headers(rest); list != nullptr && rest.empty()) {
      limit(*list, kMostHarHeaders);
    }
  }

  template <typename Element>
  void limit(std::vector<Element>& list, std::size_t most) {
    if (list.size() <= most) return;
    list.pop_back();
    ++entry.left_out;
  }

  void take_text(std::string& value) {
    std::string_view rest = below("/_webSocketMessages");
    if (!rest.empty() && !entry.messages.empty()) {
      if (put(kMessageTexts, entry.messages.back(), rest, std::move(value))) return;
      return note_odd(kMessageMaybes, rest);
    }
    if (auto* const list = headers(rest); list != nullptr && !list->empty()) {
      put(kHeaderTexts, list->back(), rest, std::move(value));
      return;
    }
    rest = below_close();
    if (!rest.empty() && entry.close)
      return take_close(rest, std::move(value), kCloseTexts, kFrameTexts, kEndTexts);
    if (!put(kTexts, entry, path_, std::move(value))) note_odd(kNumbers, path_);
  }

  bool number(double value) {
    std::string_view rest = below("/_webSocketMessages");
    if (!rest.empty() && !entry.messages.empty()) {
      HarMessage& message = entry.messages.back();
      if (!put(kMessageNumbers, message, rest, value) &&
          !put(kMessageMaybes, message, rest, value)) {
        note_odd(kMessageTexts, rest);
      }
      return true;
    }
    rest = below_close();
    if (!rest.empty() && entry.close) {
      take_close(rest, value, kCloseNumbers, kFrameNumbers, kEndNumbers);
    } else if (!put(kNumbers, entry, path_, value)) {
      note_odd(kTexts, path_);
    }
    return true;
  }

  template <typename Value, typename Close, typename Frame, typename End>
  void take_close(std::string_view rest, Value&& value, const Close& close, const Frame& of_frame,
                  const End& of_end) {
    if (rest.starts_with("/stream_ends/") && !entry.close->ends.empty()) {
      rest.remove_prefix(std::string_view("/stream_ends").size());
      put(of_end, entry.close->ends.back(), rest, std::forward<Value>(value));
    } else if (HarCloseFrame* const seen = frame(rest); seen != nullptr) {
      put(of_frame, *seen, rest, std::forward<Value>(value));
    } else {
      put(close, *entry.close, rest, std::forward<Value>(value));
    }
  }

  void take_boolean(bool value) {
    const std::string_view rest = below_close();
    if ((rest == "/clean" || rest == "/wasClean") && entry.close) entry.close->is_clean = value;
    if (below("/_webSocketMessages") == "/_isNotKept" && !entry.messages.empty()) {
      entry.messages.back().is_not_kept = value;
    }
  }

  template <typename Places>
  void note_odd(const Places& places, std::string_view path) {
    for (const auto& place : places) {
      if (place.path == path) ++entry.odd;
    }
  }

  std::vector<Level> levels_;
  std::string path_;  // of the value in hand: "/request/url"
};

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// The number of the \uXXXX at `at`, or none.
std::optional<unsigned> escape_at(std::string_view text, std::size_t at) {
  if (text.size() < at + 6 || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  unsigned value = 0;
  for (const char c : text.substr(at + 2, 4)) {
    if (!is_hex(c)) return std::nullopt;
    value = value << 4 | static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return value;
}

// JSON that browsers write, with what no reader of JSON takes replaced: bytes that are not UTF-8,
// and halves of surrogate pairs.
std::string mended(std::string_view json_text) {
  std::string text = ws::with_replacements(json_text);
  for (std::size_t at = text.find('\\'); at != std::string::npos; at = text.find('\\', at)) {
    const auto first = escape_at(text, at);
    if (!first) {
      at += 2;
      continue;
    }
    const auto second = escape_at(text, at + 6);
    const bool is_pair =
        *first >= 0xD800 && *first < 0xDC00 && second && *second >= 0xDC00 && *second < 0xE000;
    if (!is_pair && *first >= 0xD800 && *first < 0xE000) text.replace(at, 6, "\\ufffd");
    at += is_pair ? 12 : 6;
  }
  return text;
}

}  // namespace

bool is_websocket(const HarEntry& entry) {
  const std::string scheme = in_lower_case(std::string_view(entry.url).substr(0, 6));
  if (scheme.starts_with("ws://") || scheme.starts_with("wss://")) return true;
  if (entry.has_messages || entry.resource_type == "websocket") return true;
  for (const HarHeader& header : entry.request_headers) {
    if (http::equal_ignoring_case(header.name, "Upgrade") &&
        contains_ignoring_case(header.value, "websocket")) {
      return true;
    }
  }
  return false;
}

std::expected<HarEntry, Error> read_har_entry(std::string_view json_text) {
  EntryReader reader;
  if (json::sax_parse(json_text, &reader)) return std::move(reader.entry);
  const std::string text = mended(json_text);
  EntryReader again;
  if (text != json_text && json::sax_parse(text, &again)) return std::move(again.entry);
  return std::unexpected(Error{.where = "byte " + std::to_string(reader.error_at) + " of the entry",
                               .what = "this is not JSON",
                               .remedy = "save the HAR again, or repair the file there"});
}

}  // namespace lastframe::capture
