#include "settings/yaml_document.h"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <spanstream>
#include <unordered_map>

#include "core/base/words.h"

namespace lastframe::settings {
namespace {

constexpr std::size_t kMostFaults = 100;
constexpr const char* kNotYaml = "this is not valid YAML: ";
constexpr const char* kMendYaml = "mend the YAML first; its settings are checked after that";

int line_of(const YAML::Mark& mark) { return std::max(mark.line + 1, 1); }

// Builds the tree from the parser's events.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(YamlDocument& document) : document_(document) {}

  int document_line() const { return document_line_; }

  // Of the complete document, each alias counted as what it stands for; capped.
  std::uint64_t values_written_out() const { return sizes_[document_.root]; }

  void OnDocumentStart(const YAML::Mark& mark) override { document_line_ = line_of(mark); }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add_leaf(mark, anchor, {YamlKind::null, {}, {}, line_of(mark)});
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark, tag);
    const YamlKind kind = tag == "?" ? YamlKind::plain : YamlKind::quoted;
    add_leaf(mark, anchor, {kind, value, {}, line_of(mark)});
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto named = anchors_.find(anchor);
    if (named != anchors_.end() && sizes_[named->second] != 0) {
      attach(mark, named->second);
      return;
    }
    fault(mark, "an alias stands within its own anchor", "write the value out");
    add_leaf(mark, YAML::NullAnchor, {YamlKind::null, {}, {}, line_of(mark)});
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlKind::list);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlKind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  // A list or map whose end has not come; in a map, the key that waits for its value.
  struct Open {
    std::size_t node;
    std::optional<std::size_t> key;
    int key_line = 1;
    std::uint64_t size = 1;  // so far, in values
  };

  void fault(const YAML::Mark& mark, std::string what, std::string remedy) {
    if (document_.faults.size() >= kMostFaults) return;
    document_.faults.push_back({line_of(mark), std::move(what), std::move(remedy)});
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    fault(mark, "the tag " + in_quotes(tag) + " has no meaning here", "leave it out");
  }

  std::size_t add_node(YAML::anchor_t anchor, YamlNode node) {
    const std::size_t index = document_.nodes.size();
    document_.nodes.push_back(std::move(node));
    sizes_.push_back(0);
    if (anchor != YAML::NullAnchor) anchors_[anchor] = index;
    return index;
  }

  void add_leaf(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode node) {
    const std::size_t index = add_node(anchor, std::move(node));
    sizes_[index] = 1;
    attach(mark, index);
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlKind kind) {
    refuse_tag(mark, tag);
    open_.push_back({add_node(anchor, {kind, {}, {}, line_of(mark)}), std::nullopt});
  }

  // Attached only when complete, so no node can hold itself.
  void close() {
    const auto [node, _, __, size] = open_.back();
    open_.pop_back();
    sizes_[node] = size;
    YAML::Mark mark;
    mark.line = document_.nodes[node].line - 1;
    attach(mark, node);
  }

  void attach(const YAML::Mark& mark, std::size_t value) {
    if (open_.empty()) {
      document_.root = value;
      return;
    }
    Open& parent = open_.back();
    YamlNode& node = document_.nodes[parent.node];
    parent.size = std::min(parent.size + sizes_[value], kMostYamlValues + 1);
    if (node.kind == YamlKind::list) {
      node.entries.push_back({{}, line_of(mark), value});
    } else if (!parent.key) {
      parent.key = value;
      parent.key_line = line_of(mark);
    } else {
      const YamlNode& key = document_.nodes[*parent.key];
      if (key.kind == YamlKind::plain || key.kind == YamlKind::quoted) {
        node.entries.push_back({key.text, parent.key_line, value});
      } else {
        fault(mark, "a key is not plain text", "write `key: value`");
      }
      parent.key.reset();
    }
  }

  YamlDocument& document_;
  std::unordered_map<YAML::anchor_t, std::size_t> anchors_;
  std::vector<Open> open_;
  std::vector<std::uint64_t> sizes_;  // of each node, in values; 0 while it is open
  int document_line_ = 1;
};

// `[::1]:8080` without quotes is a list and something behind it: the one address that YAML spoils.
bool has_bare_ipv6_address(std::string_view text, int line) {
  for (; line > 1; --line) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  text = text.substr(0, text.find('\n'));
  const std::size_t bracket = text.find('[');
  return bracket != std::string_view::npos && text.substr(bracket).contains("]:");
}

}  // namespace

YamlDocument parse_yaml(std::string_view text) {
  YamlDocument document;
  if (text.size() > kLargestYaml) {
    document.faults.push_back({1, "the file has more than 4 MiB", "a configuration has less"});
    return document;
  }
  TreeBuilder builder(document);
  try {
    std::ispanstream stream(text);
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    YamlDocument second;
    TreeBuilder surplus(second);
    if (document.faults.empty() && parser.HandleNextDocument(surplus)) {
      document.faults.push_back({surplus.document_line(), "a second document starts here",
                                 "keep one document in the file"});
    }
  } catch (const YAML::DeepRecursion& fault) {
    document.faults.push_back({line_of(fault.mark), "lists and maps are nested too deep",
                               "a configuration nests five levels"});
  } catch (const YAML::ParserException& fault) {
    const int line = line_of(fault.mark);
    const char* remedy = has_bare_ipv6_address(text, line)
                             ? "an address in brackets needs quotes: \"[::1]:8080\""
                             : kMendYaml;
    document.faults.push_back({line, kNotYaml + printable(fault.msg), remedy});
  } catch (const std::exception& fault) {
    document.faults.push_back({1, kNotYaml + printable(fault.what()), kMendYaml});
  }
  if (!document.nodes.empty() && builder.values_written_out() > kMostYamlValues) {
    document.faults.push_back(
        {1, "there are more than 100000 values, aliases written out", "a configuration has less"});
  }
  return document;
}

}  // namespace lastframe::settings
