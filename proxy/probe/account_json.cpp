// Accounts as JSON, both ways.
#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/words.h"
#include "output/json.h"
#include "probe/account.h"
#include "probe/instruction.h"

namespace lastframe::probe {
namespace {

using Value = nlohmann::json;

std::string digits(std::uint64_t number) { return fmt::format("{:016x}", number); }

std::optional<std::uint64_t> number_of(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, fault] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  if (fault != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

// One frame in an array, for they are many: first byte, masking key (or null), bytes of length,
// length, digest.
void append_frame(output::JsonWriter& json, const FrameForm& frame) {
  json.begin_array().value(frame.first_byte);
  frame.masking_key ? json.value(hex_text(as_text(*frame.masking_key))) : json.null();
  json.value(frame.length_bytes).value(frame.length).value(digits(frame.digest)).end_array();
}

std::optional<std::string> text_at(const Value& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<std::uint64_t> number_at(const Value& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

std::optional<FrameForm> frame_of(const Value& row) {
  if (!row.is_array() || row.size() != 5) return std::nullopt;
  if (!row[0].is_number_unsigned() || !row[2].is_number_unsigned() ||
      !row[3].is_number_unsigned() || !row[4].is_string()) {
    return std::nullopt;
  }
  FrameForm form;
  form.first_byte = static_cast<std::uint8_t>(row[0].get<std::uint64_t>());
  form.length_bytes = static_cast<unsigned>(row[2].get<std::uint64_t>());
  form.length = row[3].get<std::uint64_t>();
  const auto digest = number_of(row[4].get<std::string>());
  if (!digest) return std::nullopt;
  form.digest = *digest;
  if (row[1].is_null()) return form;
  const auto key = row[1].is_string() ? from_hex(row[1].get<std::string>()) : std::nullopt;
  if (!key || key->size() != 4) return std::nullopt;
  std::memcpy(form.masking_key.emplace().data(), key->data(), 4);
  return form;
}

bool read_frames(const Value& object, Account& account) {
  const auto frames = object.find("frames");
  if (frames == object.end() || !frames->is_array()) return false;
  if (frames->size() > kMostListedFrames) return false;
  for (const Value& row : *frames) {
    const auto frame = frame_of(row);
    if (!frame) return false;
    account.frames.push_back(*frame);
  }
  return true;
}

}  // namespace

std::string account_json(const Account& account) {
  std::string text;
  output::JsonWriter json(text);
  json.begin_object().key("account").begin_object();
  // The head may hold any byte.
  json.field("connection", account.connection).field("head_hex", hex_text(account.head));
  json.field("answer_hex", hex_text(account.answer));
  json.field("early", account.early).field("tls", account.tls).key("frames").begin_array();
  for (const FrameForm& frame : account.frames) append_frame(json, frame);
  json.end_array().field("frame_count", account.frame_count);
  json.field("digest", digits(account.digest)).key("close_hex");
  account.close ? json.value(hex_text(*account.close)) : json.null();
  json.field("ended", account.ended).field("mid_frame", account.mid_frame);
  json.end_object().end_object();
  return text;
}

std::optional<Account> parse_account(std::string_view text) {
  const Value whole = Value::parse(text, nullptr, false);
  if (!whole.is_object() || !whole.contains("account")) return std::nullopt;
  const Value& object = whole["account"];
  if (!object.is_object()) return std::nullopt;
  Account account;
  const auto connection = text_at(object, "connection");
  const auto head = from_hex(text_at(object, "head_hex").value_or("?"));
  const auto digest = number_of(text_at(object, "digest").value_or("?"));
  const auto count = number_at(object, "frame_count");
  if (!connection || !head || !digest || !count || !read_frames(object, account)) {
    return std::nullopt;
  }
  account.connection = *connection;
  account.head = *head;
  account.digest = *digest;
  account.frame_count = *count;
  account.answer = from_hex(text_at(object, "answer_hex").value_or("")).value_or("");
  account.early = text_at(object, "early").value_or("");
  account.tls = text_at(object, "tls").value_or("");
  account.ended = text_at(object, "ended").value_or("");
  account.mid_frame = number_at(object, "mid_frame");
  if (const auto close = text_at(object, "close_hex")) account.close = from_hex(*close);
  return account;
}

}  // namespace lastframe::probe
