"""The style sheet of the report, for light and dark screens, narrow ones, and paper."""

LIGHT = """
  --paper: #ffffff; --ink: #1d2530; --pale: #5c6773; --rule: #dde2e8; --soft: #f4f6f9;
  --accent: #1f6fb2; --mark: #e8f1fa; --truth: #8a94a0; --warm: #c8501e; --rival: #8b5a9f;
"""
DARK = """
  --paper: #14181d; --ink: #e4e8ed; --pale: #9aa5b1; --rule: #2f3741; --soft: #1c2229;
  --accent: #62aeea; --mark: #1d3348; --truth: #7d8894; --warm: #f08a55; --rival: #c49ad6;
"""

STYLE = (
    ":root { color-scheme: light dark;" + LIGHT + "}\n"
    "@media screen and (prefers-color-scheme: dark) { :root {" + DARK + "} }\n"
    """
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif;
}
main { max-width: 1040px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 6px; overflow-wrap: anywhere; }
h2 { font-size: 21px; margin: 44px 0 10px; padding-top: 14px; border-top: 1px solid var(--rule); }
h3 { font-size: 16px; margin: 22px 0 6px; overflow-wrap: anywhere; }
p { margin: 6px 0 10px; overflow-wrap: anywhere; }
nav { margin: 14px 0 0; font-size: 14px; }
nav a { margin-right: 12px; white-space: nowrap; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
.pale, .remark, footer { color: var(--pale); font-size: 14px; }
.verdict {
  font-size: 18px; margin: 18px 0; padding: 12px 16px; background: var(--mark);
  border-left: 4px solid var(--accent); border-radius: 0 6px 6px 0;
}
.verdict.lost { border-left-color: var(--warm); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; }
.card { background: var(--soft); border-radius: 8px; padding: 12px 14px; }
.card b { display: block; font-size: 23px; line-height: 1.25; font-variant-numeric: tabular-nums; }
.card span { color: var(--pale); font-size: 13px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 14.5px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 6px 16px 6px 0; border-bottom: 1px solid var(--rule); }
th, td { white-space: nowrap; }
th { color: var(--pale); font-weight: 500; }
.number { text-align: right; }
tr.marked td { background: var(--mark); font-weight: 600; }
.bar { display: inline-block; width: 130px; height: 10px; vertical-align: middle; }
.bar i { display: block; height: 100%; border-radius: 3px; background: var(--truth); }
tr.marked .bar i { background: var(--accent); }
dl {
  display: grid; grid-template-columns: minmax(90px, max-content) 1fr; gap: 4px 20px; margin: 8px 0;
}
dt { color: var(--pale); }
dd { margin: 0; overflow-wrap: anywhere; min-width: 0; }
pre {
  background: var(--soft); border-radius: 8px; padding: 12px 16px; margin: 4px 0 14px;
  overflow-x: auto; line-height: 1.6;
  font: 15px/1.65 "DejaVu Sans Mono", Menlo, Consolas, "Liberation Mono", monospace;
}
details { margin: 10px 0; }
summary { cursor: pointer; color: var(--accent); }
.drawing {
  overflow-x: auto; background: #ffffff; border-radius: 8px; border: 1px solid var(--rule);
}
.drawing svg { display: block; margin: 0 auto; max-width: 100%; min-width: 680px; height: auto; }
.chart { width: 100%; height: auto; margin-top: 8px; }
.chart.narrow { display: none; }
.chart text { font-size: 12px; fill: var(--pale); font-family: inherit; }
.chart text.title { font-size: 13px; }
.chart .grid { stroke: var(--rule); stroke-width: 1; }
.chart polyline { fill: none; stroke-width: 1.7; stroke-linejoin: round; }
.chart .truth { stroke: var(--truth); stroke-width: 2.6; }
.chart .predicted { stroke: var(--accent); stroke-width: 1.4; }
.chart .best { stroke: var(--accent); stroke-width: 2; }
.chart .entropy { stroke: var(--rival); stroke-width: 1.8; }
.chart .front { stroke: var(--accent); stroke-opacity: .45; stroke-dasharray: 3 3; }
.chart .error { fill: var(--warm); fill-opacity: .55; }
.chart .level { stroke: var(--rival); stroke-dasharray: 6 4; }
.chart .dot { fill: var(--truth); fill-opacity: .7; }
.chart .chosen, .chart .member { fill: var(--accent); }
.chart .member { fill-opacity: .5; }
.chart .rival { fill: var(--rival); }
.legend { font-size: 14px; color: var(--pale); margin: 0 0 8px; }
.key { display: inline-block; margin: 0 7px 0 14px; vertical-align: middle; }
.key:first-child { margin-left: 0; }
.key { width: 22px; height: 3px; }
.key.truth { background: var(--truth); }
.key.predicted, .key.best { background: var(--accent); }
.key.entropy { background: var(--rival); }
.key.error { background: var(--warm); height: 10px; width: 14px; opacity: .55; }
.key.dot, .key.chosen, .key.member, .key.rival { width: 9px; height: 9px; border-radius: 50%; }
.key.dot { background: var(--truth); }
.key.chosen, .key.member { background: var(--accent); }
.key.member { opacity: .5; }
.key.rival { background: var(--rival); }
footer { margin-top: 48px; border-top: 1px solid var(--rule); padding-top: 12px; }
@media (max-width: 640px) {
  main { padding: 20px 14px 40px; }
  h1 { font-size: 24px; }
  .chart.wide { display: none; }
  .chart.narrow { display: block; }
  .bar { display: none; }
  .drawing svg { min-width: 920px; max-width: none; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: 8px; }
}
@media print {
  main { max-width: none; padding: 0; }
  nav { display: none; }
  h2 { break-after: avoid; }
  .chart, tr, .card, .verdict { break-inside: avoid; }
}
"""
)
