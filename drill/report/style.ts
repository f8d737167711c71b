// The report's style sheet. System fonts and two palettes; nothing is fetched.

export const style = `
:root{color-scheme:light dark;--bg:#fbfaf8;--card:#fff;--ink:#1c1b19;--soft:#5f5b54;--line:#e2ded6;--go:#14713f;--no:#b3261e;--maybe:#8a5a00;--void:#5b4a9e;--s1:#1f6feb;--s2:#c2410c;--fault:#c2410c1f}
@media (prefers-color-scheme:dark){:root{--bg:#141311;--card:#1d1b18;--ink:#ece8e1;--soft:#a8a297;--line:#35312b;--go:#5cc98b;--no:#ff8a80;--maybe:#f0b454;--void:#b3a4f5;--s1:#6ea8fe;--s2:#ff9a5c;--fault:#ff9a5c26}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1040px;margin:0 auto;padding:28px 20px 64px}
h1{font-size:clamp(2.2rem,7vw,3.6rem);line-height:1.05;margin:.1em 0 .2em;letter-spacing:-.02em}
h2{font-size:1.2rem;margin:2.4em 0 .6em;padding-top:.7em;border-top:1px solid var(--line)}
p{margin:.4em 0}.lead{font-size:1.15rem;max-width:62ch}.soft,small,figcaption small{color:var(--soft)}
.go{color:var(--go)}.no-go{color:var(--no)}.inconclusive{color:var(--maybe)}.invalid{color:var(--void)}
.banner{border:1px solid var(--maybe);color:var(--maybe);border-radius:8px;padding:8px 12px;margin:0 0 14px}
ol.reasons{padding-left:1.2em;margin:.8em 0}ol.reasons li{margin:.7em 0;padding-left:.2em}
code,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9em;overflow-wrap:anywhere}
.next{display:block;color:var(--soft)}
figure{margin:0 0 14px;background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px}
figcaption{font-weight:600;margin-bottom:6px}.key{font-weight:400;white-space:nowrap;display:inline-block;font-size:.85rem;margin-left:.9em}
.key::before{content:"";display:inline-block;width:14px;height:3px;border-radius:2px;margin-right:6px;vertical-align:middle;background:currentColor}
.scroll{overflow-x:auto}svg{display:block;width:100%;min-width:560px;height:auto}
.line{fill:none;stroke-width:1.8;stroke-linejoin:round}path.s1{stroke:var(--s1)}path.s2{stroke:var(--s2)}.key.s1{color:var(--s1)}.key.s2{color:var(--s2)}
.grid{stroke:var(--line)}.tick,.limit-label,.bar-label{font:12px system-ui,sans-serif;fill:var(--soft)}.bar-label{fill:var(--ink)}
.bar-label.over { fill: #fff; }
.limit{stroke:var(--no);stroke-dasharray:5 4}.limit-label{fill:var(--no)}.fault{fill:var(--fault)}
.bar.is-fault{fill:var(--s2)}.bar.is-alert{fill:var(--s1)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}caption{text-align:left;color:var(--soft);padding-bottom:6px}
th,td{text-align:left;padding:7px 14px 7px 0;border-bottom:1px solid var(--line);vertical-align:top}th{font-weight:600;white-space:nowrap}
td.n,th.n{text-align:right}td.nowrap{white-space:nowrap}
.status{font-weight:600;white-space:nowrap}.pass{color:var(--go)}.fail{color:var(--no)}.unknown{color:var(--maybe)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px;margin:0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
@media (max-width:560px){main{padding:18px 14px 48px}dl{grid-template-columns:1fr}dd{margin-bottom:6px}th,td{padding-right:10px;font-size:.92rem}}
@media print{body{background:#fff}figure{break-inside:avoid}}
`;
