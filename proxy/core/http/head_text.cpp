#include "core/http/head_text.h"

namespace lastframe::http {

std::string version_text(unsigned version) {
  const std::string major = std::to_string(version / 10);
  return is_http2(version) ? major : major + "." + std::to_string(version % 10);
}

std::string head_text(std::string_view start_line, const Fields& fields) {
  std::string text(start_line);
  text += "\r\n";
  for (const Field& field : fields.all()) {
    text.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  return text + "\r\n";
}

}  // namespace lastframe::http
