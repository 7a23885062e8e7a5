#include "settings/settings.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include "settings/admin.h"
#include "settings/captures.h"
#include "settings/catalogue_file.h"
#include "settings/certificates.h"
#include "settings/listeners.h"
#include "settings/sections.h"
#include "settings/text_file.h"
#include "settings/value.h"
#include "settings/yaml_document.h"

namespace lastframe::settings {
namespace {

constexpr const char* kListenersExample =
    "write listeners: [{listen: 127.0.0.1:8080, upstream: ws://127.0.0.1:9000}]";

// What could be read, and what is wrong.
struct Reading {
  Settings settings;
  std::vector<Error> mistakes;
};

Settings read_top(const Value& top, const std::filesystem::path& folder) {
  Settings settings;
  const auto section = top.section("", "keys, such as listeners:");
  if (!section) return settings;
  if (const Value* listeners = section->find("listeners")) {
    settings.relay.listeners = read_listeners(*listeners, folder);
  } else {
    top.missing("listeners", kListenersExample);
  }
  if (const Value* workers = section->find("workers"))
    read_workers(*workers, settings.relay.workers);
  if (const Value* key_log = section->find("tls_key_log"))
    read_tls_key_log(*key_log, folder, settings.relay);
  if (const Value* drain = section->find("drain_timeout"))
    read_drain_timeout(*drain, settings.relay);
  if (const Value* limits = section->find("limits")) read_limits(*limits, settings.relay.limits);
  if (const Value* analysis = section->find("analysis")) read_analysis(*analysis, settings.relay);
  if (const Value* dns = section->find("dns")) read_dns(*dns, settings.relay);
  if (const Value* log = section->find("log")) read_log(*log, folder, settings.log, settings.sinks);
  if (const Value* privacy = section->find("privacy")) read_privacy(*privacy, settings.privacy);
  if (const Value* capture = section->find("capture"))
    read_capture(*capture, folder, settings.capture);
  if (const Value* tap = section->find("tap")) {
    read_tap(*tap, folder, settings.capture);
    check_capture(*tap, settings.capture);
  }
  settings.capture.flight.redaction.query_allow = settings.privacy.query_allow;
  settings.relay.tap = settings.capture.tap;
  if (const Value* metrics = section->find("metrics")) read_metrics(*metrics, settings.metrics);
  if (const Value* admin = section->find("admin")) {
    read_admin(*admin, folder, settings.relay.listeners, settings.admin);
  }
  if (const Value* catalogue = section->find("catalogue")) {
    read_catalogue_files(*catalogue, folder, settings.catalogue_files);
  }
  return settings;
}

Reading read(std::string_view text, const std::string& file) {
  Mistakes mistakes(file);
  const YamlDocument document = parse_yaml(text);
  for (const YamlFault& fault : document.faults) {
    mistakes.add(fault.line, "yaml", {"", fault.what, fault.remedy});
  }
  if (!mistakes.is_empty()) return {{}, mistakes.in_order()};
  if (document.nodes.empty() || document.nodes[document.root].kind == YamlKind::null) {
    mistakes.add(1, "listeners", {"", "the file is empty", kListenersExample});
    return {{}, mistakes.in_order()};
  }
  Settings settings = read_top(Value(document, mistakes, document.root, 1, ""),
                               std::filesystem::path(file).parent_path());
  return {std::move(settings), mistakes.in_order()};
}

}  // namespace

std::expected<Settings, std::vector<Error>> read_settings(std::string_view text,
                                                          const std::string& file) {
  Reading reading = read(text, file);
  if (!reading.mistakes.empty()) return std::unexpected(std::move(reading.mistakes));
  return std::move(reading.settings);
}

std::expected<Settings, std::vector<Error>> load_settings(const std::string& path,
                                                          std::span<const CatalogueText> built_in) {
  auto text = read_text_file(path, kLargestYaml);
  if (!text) {
    text.error().where = path;
    return std::unexpected(std::vector{std::move(text.error())});
  }
  auto [settings, mistakes] = read(*text, path);
  auto certificates = check_certificates(settings.relay);
  std::ranges::move(certificates.mistakes, std::back_inserter(mistakes));
  settings.notes = std::move(certificates.notes);
  auto catalogue = load_catalogue(settings.catalogue_files, built_in);
  if (catalogue) {
    settings.relay.catalogue = *std::move(catalogue);
  } else {
    std::ranges::move(catalogue.error(), std::back_inserter(mistakes));
  }
  if (!mistakes.empty()) return std::unexpected(std::move(mistakes));
  return std::move(settings);
}

}  // namespace lastframe::settings
