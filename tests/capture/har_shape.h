// What HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/) wants of a file, and what
// browsers' network panels want of the entry of a WebSocket: fields and their types, written out.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace lastframe::test {

struct HarField {
  std::string_view name;
  std::string_view type;  // nlohmann's, or "integer"
};

inline void require_fields(const nlohmann::json& object, const std::vector<HarField>& fields,
                           const std::string& where, std::vector<std::string>& faults) {
  if (!object.is_object()) return faults.push_back(where + " is no object");
  for (const HarField& field : fields) {
    const auto found = object.find(field.name);
    const std::string path = where + "." + std::string(field.name);
    if (found == object.end()) {
      faults.push_back(path + " is missing");
    } else if (field.type == "integer" ? !found->is_number_integer()
                                       : found->type_name() != field.type) {
      faults.push_back(path + " is no " + std::string(field.type));
    }
  }
}

inline void require_pairs(const nlohmann::json& list, const std::string& where,
                          std::vector<std::string>& faults) {
  for (const nlohmann::json& pair : list) {
    require_fields(pair, {{"name", "string"}, {"value", "string"}}, where, faults);
  }
}

inline void require_entry(const nlohmann::json& entry, std::vector<std::string>& faults) {
  require_fields(entry,
                 {{"startedDateTime", "string"},
                  {"time", "number"},
                  {"request", "object"},
                  {"response", "object"},
                  {"cache", "object"},
                  {"timings", "object"},
                  {"connection", "string"},
                  {"_resourceType", "string"},
                  {"_webSocketMessages", "array"}},
                 "entry", faults);
  if (!faults.empty()) return;
  require_fields(entry["request"],
                 {{"method", "string"},
                  {"url", "string"},
                  {"httpVersion", "string"},
                  {"cookies", "array"},
                  {"headers", "array"},
                  {"queryString", "array"},
                  {"headersSize", "integer"},
                  {"bodySize", "integer"}},
                 "request", faults);
  require_fields(entry["response"],
                 {{"status", "integer"},
                  {"statusText", "string"},
                  {"httpVersion", "string"},
                  {"cookies", "array"},
                  {"headers", "array"},
                  {"content", "object"},
                  {"redirectURL", "string"},
                  {"headersSize", "integer"},
                  {"bodySize", "integer"}},
                 "response", faults);
  require_fields(entry["timings"], {{"send", "number"}, {"wait", "number"}, {"receive", "number"}},
                 "timings", faults);
  if (!faults.empty()) return;
  require_fields(entry["response"]["content"], {{"size", "integer"}, {"mimeType", "string"}},
                 "content", faults);
  require_pairs(entry["request"]["headers"], "request.headers", faults);
  require_pairs(entry["request"]["queryString"], "queryString", faults);
  require_pairs(entry["response"]["headers"], "response.headers", faults);
  for (const nlohmann::json& message : entry["_webSocketMessages"]) {
    require_fields(
        message,
        {{"type", "string"}, {"time", "number"}, {"opcode", "integer"}, {"data", "string"}},
        "message", faults);
  }
}

// Nothing: it is one.
inline std::vector<std::string> har_faults(const nlohmann::json& har) {
  std::vector<std::string> faults;
  require_fields(har, {{"log", "object"}}, "har", faults);
  if (!faults.empty()) return faults;
  const nlohmann::json& log = har["log"];
  require_fields(
      log, {{"version", "string"}, {"creator", "object"}, {"pages", "array"}, {"entries", "array"}},
      "log", faults);
  if (!faults.empty()) return faults;
  require_fields(log["creator"], {{"name", "string"}, {"version", "string"}}, "creator", faults);
  for (const nlohmann::json& entry : log["entries"]) require_entry(entry, faults);
  return faults;
}

}  // namespace lastframe::test
