// How a report's page looks, in light and in dark surroundings and on paper.
#pragma once

#include <string_view>

namespace lastframe::report {

inline constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1c2024; --soft: #5c6570; --line: #dfe3e8;
  --panel: #f6f7f9; --in_order: #2f9e6b; --other_code: #e0a100; --unclean: #d64545;
  --not_opened: #8a5cd6; --sealed: #8d99a6; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171a; --ink: #e6e9ec; --soft: #9aa5b1; --line: #2c3239; --panel: #1c2025;
    --in_order: #3fb57f; --other_code: #e8b530; --unclean: #ef6a6a; --not_opened: #a884ea;
    --sealed: #78838f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1100px; padding: 24px 20px 60px; background: var(--paper);
  color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 26px; line-height: 1.25; margin: 4px 0 8px; }
h2 { font-size: 18px; margin: 36px 0 10px; }
p { margin: 6px 0; max-width: 75ch; }
.top { border-left: 6px solid var(--sealed); padding-left: 16px; }
.normal { border-color: var(--in_order); } .mostly_normal { border-color: var(--other_code); }
.not_normal { border-color: var(--unclean); }
.name, .soft, footer { color: var(--soft); font-size: 13px; }
.tiles { display: flex; flex-wrap: wrap; gap: 10px; margin: 20px 0 14px; }
.tile { background: var(--panel); border: 1px solid var(--line); border-radius: 8px;
  padding: 8px 14px; min-width: 130px; }
.tile b { display: block; font-size: 20px; font-variant-numeric: tabular-nums; }
.tile i { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 6px; }
.tile span { color: var(--soft); font-size: 13px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 600; font-size: 13px; color: var(--soft); }
th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td { overflow-wrap: anywhere; }
.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
code { font: 13px/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
svg { display: block; width: 100%; height: auto; }
svg text { font: 11px system-ui, sans-serif; fill: var(--soft); }
svg text.end { text-anchor: end; } .grid { stroke: var(--line); stroke-width: 1; }
svg.bar { width: 120px; height: 10px; margin-top: 7px; } svg.kinds { height: 16px; border-radius: 4px; }
rect.in_order { fill: var(--in_order); } rect.other_code { fill: var(--other_code); }
rect.unclean { fill: var(--unclean); } rect.not_opened { fill: var(--not_opened); }
rect.sealed { fill: var(--sealed); }
i.in_order { background: var(--in_order); } i.other_code { background: var(--other_code); }
i.unclean { background: var(--unclean); } i.not_opened { background: var(--not_opened); }
i.sealed { background: var(--sealed); }
.fix { max-width: 80ch; }
footer { margin-top: 44px; border-top: 1px solid var(--line); padding-top: 10px; }
@media print { body { max-width: none; padding: 0; } h2 { break-after: avoid; } tr { break-inside: avoid; } }
)";

}  // namespace lastframe::report
