#include "probe/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "core/base/words.h"
#include "core/http/head.h"

namespace lastframe::probe {
namespace {

constexpr std::size_t kMostShown = 60;  // bytes of a value
constexpr std::size_t kMostFields = 64;

using Fields = std::vector<http::Field>;

// What may be a secret is not shown.
std::string shown(const http::Field& field) {
  const std::string name = printable(field.name, kMostShown);
  for (const std::string_view secret : {"Authorization", "Cookie", "Proxy-Authorization"}) {
    if (http::equal_ignoring_case(field.name, secret)) return name;
  }
  return fmt::format("{}: {}", name, printable(field.value, kMostShown));
}

Fields fields_of(std::string_view head) {
  if (const auto request = http::parse_request_head(head)) return request->fields.all();
  if (const auto response = http::parse_response_head(head)) return response->fields.all();
  return {};
}

std::string_view first_line(std::string_view head) {
  return head.substr(0, head.find_first_of("\r\n"));
}

// Takes the field that fits `wanted` best out of `fields`: the same value before another one.
std::optional<http::Field> taken(Fields& fields, const http::Field& wanted) {
  const auto has_name = [&](const http::Field& field) {
    return http::equal_ignoring_case(field.name, wanted.name);
  };
  auto found = std::ranges::find_if(fields, [&](const http::Field& field) {
    return has_name(field) && field.value == wanted.value;
  });
  if (found == fields.end()) found = std::ranges::find_if(fields, has_name);
  if (found == fields.end()) return std::nullopt;
  const http::Field field = *found;
  fields.erase(found);
  return field;
}

std::string count_text(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

using Forms = std::vector<FrameForm>;

Forms of_kind(const Forms& forms, bool wants_control) {
  Forms found;
  for (const FrameForm& form : forms) {
    if (ws::is_control(opcode_of(form)) == wants_control) found.push_back(form);
  }
  return found;
}

std::uint64_t bytes_of(const Forms& forms) {
  std::uint64_t sum = 0;
  for (const FrameForm& form : forms) sum += form.length;
  return sum;
}

// What sets two frames in the same place apart; empty: nothing.
std::string difference(const FrameForm& sent, const FrameForm& arrived) {
  if (opcode_of(sent) != opcode_of(arrived)) {
    return fmt::format("arrived as {}, not as {}", name(opcode_of(arrived)), name(opcode_of(sent)));
  }
  if (sent.length != arrived.length) {
    return fmt::format("arrived with {}, not {}", in_bytes(arrived.length), in_bytes(sent.length));
  }
  if (sent.digest != arrived.digest) return "arrived with another payload";
  if (sent.first_byte != arrived.first_byte) {
    return fmt::format("arrived with the first byte {:02x}, not {:02x}", arrived.first_byte,
                       sent.first_byte);
  }
  if (sent.length_bytes != arrived.length_bytes) return "arrived with its length in another form";
  return "";
}

bool is_masked_anew(const Forms& sent, const Forms& arrived) {
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (sent[i].masking_key != arrived[i].masking_key) return true;
  }
  return false;
}

void compare_in_place(const Forms& sent, const Forms& arrived, std::string_view way,
                      std::vector<std::string>& found) {
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const std::string text = difference(sent[i], arrived[i]);
    if (text.empty()) continue;
    found.push_back(fmt::format("{}: frame {} of {} ({}) {}", way, i + 1, sent.size(),
                                name(opcode_of(sent[i])), text));
    return;
  }
  if (is_masked_anew(sent, arrived)) {
    found.push_back(fmt::format(
        "{}: frames arrive under other masking keys: a hop reads and writes them anew", way));
  }
}

}  // namespace

std::vector<std::string> head_differences(std::string_view sent, std::string_view arrived,
                                          std::string_view way) {
  std::vector<std::string> found;
  if (first_line(sent) != first_line(arrived)) {
    found.push_back(fmt::format("{}: the first line {} arrived as {}", way,
                                in_quotes(first_line(sent).substr(0, kMostShown)),
                                in_quotes(first_line(arrived).substr(0, kMostShown))));
  }
  Fields rest = fields_of(arrived);
  std::vector<std::string> in_lower;  // names that had capitals
  bool is_all_in_lower = true;
  for (const http::Field& field : fields_of(sent)) {
    const auto other = taken(rest, field);
    const std::string name = printable(field.name, kMostShown);
    if (!other) {
      found.push_back(fmt::format("{}: the field {} was taken out", way, shown(field)));
    } else if (other->value != field.value) {
      found.push_back(
          fmt::format("{}: the field {} arrived as {}", way, shown(field), shown(*other)));
    } else if (other->name != field.name && other->name != in_lower_case(field.name)) {
      found.push_back(fmt::format("{}: the field name {} arrived as {}", way, name,
                                  printable(other->name, kMostShown)));
    }
    if (!other || field.name == in_lower_case(field.name)) continue;
    if (other->name != in_lower_case(field.name)) is_all_in_lower = false;
    if (other->name == in_lower_case(field.name)) in_lower.push_back(name);
  }
  if (!in_lower.empty() && is_all_in_lower) {
    found.push_back(fmt::format("{}: field names arrive in lower case", way));
  } else {
    for (const std::string& name : in_lower) {
      found.push_back(
          fmt::format("{}: the field name {} arrived as {}", way, name, in_lower_case(name)));
    }
  }
  for (const http::Field& field : rest) {
    found.push_back(fmt::format("{}: the field {} was added", way, shown(field)));
  }
  if (found.size() > kMostFields) found.resize(kMostFields);
  return found;
}

std::vector<std::string> frame_differences(const Forms& sent, const Forms& arrived,
                                           std::string_view way) {
  std::vector<std::string> found;
  if (sent == arrived) return found;
  if (sent.size() == arrived.size()) {
    compare_in_place(sent, arrived, way, found);
    return found;
  }
  const Forms sent_control = of_kind(sent, true);
  const Forms control = of_kind(arrived, true);
  const Forms sent_data = of_kind(sent, false);
  const Forms data = of_kind(arrived, false);
  if (sent_control.size() != control.size()) {
    found.push_back(fmt::format("{}: {} of {} arrived", way, control.size(),
                                count_text(sent_control.size(), "control frame")));
  }
  if (sent_data.size() != data.size() && bytes_of(sent_data) == bytes_of(data)) {
    found.push_back(fmt::format("{}: messages were cut into frames anew: {} sent, {} arrived", way,
                                count_text(sent_data.size(), "data frame"), data.size()));
  } else if (sent_data.size() != data.size() || bytes_of(sent_data) != bytes_of(data)) {
    found.push_back(fmt::format(
        "{}: {} with {} sent, {} with {} arrived", way, count_text(sent_data.size(), "data frame"),
        in_bytes(bytes_of(sent_data)), data.size(), in_bytes(bytes_of(data))));
  }
  return found;
}

std::vector<FrameForm> echo_of(const std::vector<Frame>& sent) {
  Forms echo;
  for (const Frame& frame : sent) {
    const ws::Opcode opcode = frame.header.opcode;
    if (opcode == ws::Opcode::pong || opcode == ws::Opcode::close) continue;
    FrameForm form = form_of(frame);
    form.masking_key.reset();
    if (opcode == ws::Opcode::ping) {
      form.first_byte = static_cast<std::uint8_t>(0x80u | static_cast<unsigned>(ws::Opcode::pong));
    }
    echo.push_back(form);
  }
  return echo;
}

}  // namespace lastframe::probe
