#include "diff/stream_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>

#include "core/base/words.h"
#include "diff/alignment.h"

namespace lastframe::diff {
namespace {

constexpr std::size_t kLargestBlock = 64;  // items on each side of which the likest are sought
constexpr std::uint32_t kNearby = 16;      // items within which a second copy is a duplicate

// Items that are the same have the same one, where both contents are known.
std::uint64_t key_of(const Item& item) {
  if (item.kind == ItemKind::gap || !item.content) return 0;
  const auto what = static_cast<std::uint64_t>(item.opcode) << 8 |
                    static_cast<std::uint64_t>(item.kind) << 4 | (item.is_complete ? 1u : 0u);
  return (*item.content ^ (what * 0x9E3779B97F4A7C15ULL)) | 1;
}

// What stands on one side only, between two places that agree.
struct Block {
  std::vector<std::uint32_t> sent;
  std::vector<std::uint32_t> arrived;
};

class Comparison {
 public:
  Comparison(const Flow& flow, const Horizon& horizon) : flow_(flow), horizon_(horizon) {}

  StreamComparison run() {
    const Alignment alignment = align(sequences());
    result_.is_exhaustive = alignment.is_exhaustive;
    collect(alignment);
    drop_what_no_tap_can_tell();
    find_moved();
    for (const Block& block : blocks_) explain(block);
    return std::move(result_);
  }

 private:
  const Item& sent(std::size_t i) const { return flow_.sent.items[i]; }
  const Item& arrived(std::size_t i) const { return flow_.arrived.items[i]; }

  Sequences sequences() const {
    return {.sent = flow_.sent.items.size(),
            .arrived = flow_.arrived.items.size(),
            .same = [this](std::size_t i,
                           std::size_t j) { return is_same(flow_, sent(i), arrived(j)); },
            .sent_key = [this](std::size_t i) { return key_of(sent(i)); },
            .arrived_key = [this](std::size_t i) { return key_of(arrived(i)); }};
  }

  void collect(const Alignment& alignment) {
    bool is_open = false;
    for (const Step& step : alignment.steps) {
      if (step.sent && step.arrived) {
        is_open = false;
        match(*step.sent, *step.arrived);
        continue;
      }
      if (!is_open) blocks_.emplace_back();
      is_open = true;
      if (step.sent) blocks_.back().sent.push_back(*step.sent);
      if (step.arrived) blocks_.back().arrived.push_back(*step.arrived);
    }
  }

  void match(std::uint32_t i, std::uint32_t j) {
    result_.matched.push_back({i, j});
    if (!is_comparable(sent(i), arrived(j))) ++result_.not_compared;
    compare_frames(flow_, sent(i), arrived(j), result_.findings);
  }

  // Unseen bytes may be anything, and so may what lies beyond the capture.
  void drop_what_no_tap_can_tell() {
    const auto is_gap = [](const Item& item) { return item.kind == ItemKind::gap; };
    for (Block& block : blocks_) {
      const auto has_gap =
          std::ranges::any_of(block.sent, [&](std::uint32_t i) { return is_gap(sent(i)); }) ||
          std::ranges::any_of(block.arrived, [&](std::uint32_t j) { return is_gap(arrived(j)); });
      if (!has_gap) continue;
      result_.not_compared += block.sent.size() + block.arrived.size();
      block = {};
    }
    if (blocks_.empty()) return;
    Block& first = blocks_.front();
    const auto forget = [&](std::vector<std::uint32_t>& items) {
      result_.not_compared += items.size();
      items.clear();
    };
    const bool is_first_arrived_at_begin = !first.arrived.empty() && first.arrived.front() == 0;
    const bool is_first_sent_at_begin = !first.sent.empty() && first.sent.front() == 0;
    if (horizon_.sent_begins_late && is_first_arrived_at_begin) forget(first.arrived);
    if (horizon_.arrived_begins_late && is_first_sent_at_begin) forget(first.sent);
    Block& last = blocks_.back();
    const auto ends_with = [](const std::vector<std::uint32_t>& items, std::size_t size) {
      return !items.empty() && items.back() + 1 == size;
    };
    const bool is_arrived_at_end = ends_with(last.arrived, flow_.arrived.items.size());
    const bool is_sent_at_end = ends_with(last.sent, flow_.sent.items.size());
    if (horizon_.sent_goes_on && is_arrived_at_end && last.sent.empty()) forget(last.arrived);
    if (horizon_.arrived_goes_on && is_sent_at_end && last.arrived.empty()) forget(last.sent);
  }

  // What stands here at one tap and there at the other.
  void find_moved() {
    std::unordered_map<std::uint64_t, std::deque<std::uint32_t>> loose;
    for (const Block& block : blocks_) {
      for (const std::uint32_t j : block.arrived) {
        if (const std::uint64_t key = key_of(arrived(j)); key != 0) loose[key].push_back(j);
      }
    }
    std::vector<std::uint32_t> gone;
    for (Block& block : blocks_) {
      std::erase_if(block.sent, [&](std::uint32_t i) {
        const auto found = loose.find(key_of(sent(i)));
        if (found == loose.end() || found->second.empty()) return false;
        gone.push_back(found->second.front());
        found->second.pop_front();
        note_moved(i, gone.back());
        return true;
      });
    }
    std::ranges::sort(gone);
    for (Block& block : blocks_) {
      std::erase_if(block.arrived,
                    [&](std::uint32_t j) { return std::ranges::binary_search(gone, j); });
    }
  }

  void note_moved(std::uint32_t i, std::uint32_t j) {
    const bool is_control = sent(i).kind == ItemKind::control;
    Finding finding =
        finding_at(flow_, is_control ? Kind::control_frame_moved : Kind::message_reordered,
                   &sent(i), &arrived(j));
    if (is_control && sent(i).opcode == ws::Opcode::close) finding.severity = Severity::altered;
    if (is_control) finding.detail = fmt::format("a {}", name(sent(i).opcode));
    result_.findings.add(std::move(finding));
    compare_frames(flow_, sent(i), arrived(j), result_.findings);
  }

  // Pairs what stands for each other, and names the rest.
  void explain(const Block& block) {
    std::span<const std::uint32_t> left(block.sent);
    std::span<const std::uint32_t> right(block.arrived);
    if (left.size() > kLargestBlock || right.size() > kLargestBlock) {
      return explain_segment(left, right);
    }
    std::size_t from = 0;
    std::size_t done = 0;
    for (std::size_t j = 0; j < right.size(); ++j) {
      for (std::size_t i = from; i < left.size(); ++i) {
        if (!is_similar(flow_, sent(left[i]), arrived(right[j]))) continue;
        explain_segment(left.subspan(from, i - from), right.subspan(done, j - done));
        changed(left[i], right[j]);
        from = i + 1;
        done = j + 1;
        break;
      }
    }
    explain_segment(left.subspan(from), right.subspan(done));
  }

  void explain_segment(std::span<const std::uint32_t> left, std::span<const std::uint32_t> right) {
    if (note_joined(left, right)) return;
    std::size_t i = 0;
    std::size_t j = 0;
    // Of as many on each side, each stands for the one beside it.
    const bool is_even = left.size() == right.size();
    while (i < left.size() && j < right.size()) {
      const Item& was = sent(left[i]);
      const Item& is = arrived(right[j]);
      const bool is_cut = was.is_complete && !is.is_complete;
      if (was.kind == is.kind && was.opcode == is.opcode && (is_even || is_cut)) {
        changed(left[i++], right[j++]);
      } else if (left.size() - i >= right.size() - j) {
        dropped(left[i++]);
      } else {
        inserted(right[j++]);
      }
    }
    while (i < left.size()) dropped(left[i++]);
    while (j < right.size()) inserted(right[j++]);
  }

  // Several messages that became one, or one that became several: nothing but the borders differs.
  bool note_joined(std::span<const std::uint32_t> left, std::span<const std::uint32_t> right) {
    const bool is_merge = right.size() == 1 && left.size() > 1;
    const bool is_split = left.size() == 1 && right.size() > 1;
    if (!is_merge && !is_split) return false;
    const auto total = [](const DirectionTrace& trace, std::span<const std::uint32_t> places) {
      std::pair<std::uint64_t, std::string> result;
      for (const std::uint32_t place : places) {
        const Item& item = trace.items[place];
        result.first += item.kind == ItemKind::message ? item.size : 1'000'000'000'000;
        // A sample that is not the whole content cannot be continued.
        const bool is_whole = result.second.size() == result.first - item.size;
        if (is_whole) result.second += trace.sample(item);
      }
      return result;
    };
    const auto [size_sent, text_sent] = total(flow_.sent, left);
    const auto [size_arrived, text_arrived] = total(flow_.arrived, right);
    const std::size_t known = std::min(text_sent.size(), text_arrived.size());
    if (size_sent != size_arrived || size_sent == 0) return false;
    if (text_sent.compare(0, known, text_arrived, 0, known) != 0) return false;
    Finding finding = finding_at(flow_, is_merge ? Kind::messages_merged : Kind::message_split,
                                 &sent(left.front()), &arrived(right.front()));
    finding.detail = fmt::format("{} became {}", left.size(), right.size());
    result_.findings.add(std::move(finding));
    return true;
  }

  void changed(std::uint32_t i, std::uint32_t j) {
    result_.matched.push_back({i, j});
    Finding finding = change_of(flow_, sent(i), arrived(j));
    if (!sent(i).is_complete) finding.severity = Severity::reframed;
    const bool is_content = finding.kind != Kind::message_truncated;
    result_.findings.add(std::move(finding));
    if (is_content) compare_frames(flow_, sent(i), arrived(j), result_.findings);
  }

  void dropped(std::uint32_t i) {
    const Item& item = sent(i);
    const bool is_control = item.kind == ItemKind::control;
    if (is_control && item.opcode != ws::Opcode::close && !ws::is_reserved(item.opcode)) {
      result_.dropped_controls.push_back(i);
      return;
    }
    const Kind kind = item.kind == ItemKind::stray                     ? Kind::stray_bytes_removed
                      : is_control && item.opcode == ws::Opcode::close ? Kind::close_dropped
                      : i == 0 && item.is_complete                     ? Kind::first_frame_lost
                                                                       : Kind::message_dropped;
    Finding finding = finding_at(flow_, kind, &item, nullptr);
    if (!item.is_complete) {
      finding.severity = Severity::reframed;
      finding.detail = "it was never complete";
    }
    result_.findings.add(std::move(finding));
  }

  bool is_copy(std::uint32_t j) const {
    if (arrived(j).size == 0) return false;
    const std::uint32_t begin = j - std::min(j, kNearby);
    const auto end = static_cast<std::uint32_t>(
        std::min<std::size_t>(flow_.arrived.items.size(), std::size_t{j} + 2));
    for (std::uint32_t other = begin; other < end; ++other) {
      if (other != j && arrived(j).content && is_same(flow_, arrived(other), arrived(j))) {
        return true;
      }
    }
    return false;
  }

  void inserted(std::uint32_t j) {
    const Item& item = arrived(j);
    const bool is_control = item.kind == ItemKind::control;
    const bool is_close = is_control && item.opcode == ws::Opcode::close;
    const bool is_second = item.kind != ItemKind::stray && is_copy(j);
    if (is_control && !is_close && !is_second && !ws::is_reserved(item.opcode)) {
      result_.inserted_controls.push_back(j);
      return;
    }
    const Kind kind = item.kind == ItemKind::stray ? Kind::stray_bytes_inserted
                      : is_second                  ? Kind::message_duplicated
                      : is_close                   ? Kind::close_injected
                                                   : Kind::message_inserted;
    Finding finding = finding_at(flow_, kind, nullptr, &item);
    if (is_second && is_control) finding.detail = fmt::format("a {}", name(item.opcode));
    if (is_close && is_second) finding.severity = Severity::corrupted;
    if (item.kind == ItemKind::stray) finding.detail = flow_.arrived.stray_text(item);
    result_.findings.add(std::move(finding));
  }

  const Flow& flow_;
  const Horizon& horizon_;
  StreamComparison result_;
  std::vector<Block> blocks_;
};

}  // namespace

StreamComparison compare_stream(const Flow& flow, const Horizon& horizon) {
  return Comparison(flow, horizon).run();
}

}  // namespace lastframe::diff
