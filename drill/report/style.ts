// The report's style sheet. System fonts and two palettes; nothing is fetched.

export const style = `
:root{color-scheme:light dark;--bg:#fbfaf8;--card:#fff;--ink:#1c1b19;--soft:#5f5b54;--line:#e2ded6;--go:#14713f;--no:#b3261e;--maybe:#8a5a00;--void:#5b4a9e;--s1:#1f6feb;--s2:#c2410c;--fault:#c2410c1f;--c0:#1f6feb;--c1:#c2410c;--c2:#15803d;--c3:#9333ea;--c4:#0e7490;--c5:#be185d;--c6:#8a6d00;--c7:#64748b}
@media (prefers-color-scheme:dark){:root{--bg:#141311;--card:#1d1b18;--ink:#ece8e1;--soft:#a8a297;--line:#35312b;--go:#5cc98b;--no:#ff8a80;--maybe:#f0b454;--void:#b3a4f5;--s1:#6ea8fe;--s2:#ff9a5c;--fault:#ff9a5c26;--c0:#6ea8fe;--c1:#ff9a5c;--c2:#5cc98b;--c3:#c79bff;--c4:#4cc3dd;--c5:#ff8fbf;--c6:#d8b93f;--c7:#a3b0c2}}
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
.panels{display:grid;grid-template-columns:repeat(24,1fr);gap:10px}.panel{margin:0;padding:10px;min-width:0;display:flex;flex-direction:column}.panel figcaption{font-size:.86rem}.panel svg{min-width:0}.panel details{margin-top:auto;padding-top:6px}.w4 figcaption,.w6 figcaption{min-height:2.8em}
h3{margin:1.6em 0 .2em}h4{margin:1em 0 .5em;color:var(--soft);font-size:.9rem}details{color:var(--soft);font-size:.82rem;margin-top:6px}summary{cursor:pointer}
.w4{grid-column:span 4}.w6{grid-column:span 6}.w8{grid-column:span 8}.w12{grid-column:span 12}.w24{grid-column:span 24}
.keys,.rows{list-style:none;margin:4px 0 0;padding:0;font-size:.78rem;line-height:1.35}.keys li{display:inline-block;margin-right:.8em}.keys b{color:var(--ink);font-weight:500}.keys li::before{content:"";display:inline-block;width:9px;height:3px;border-radius:2px;margin-right:4px;vertical-align:middle;background:currentColor}
.rows li{border-bottom:1px solid var(--line);padding:3px 0}.figure{font-size:2rem;font-weight:600;margin:.4em 0}
path.c0{stroke:var(--c0)}.keys .c0{color:var(--c0)}path.c1{stroke:var(--c1)}.keys .c1{color:var(--c1)}path.c2{stroke:var(--c2)}.keys .c2{color:var(--c2)}path.c3{stroke:var(--c3)}.keys .c3{color:var(--c3)}path.c4{stroke:var(--c4)}.keys .c4{color:var(--c4)}path.c5{stroke:var(--c5)}.keys .c5{color:var(--c5)}path.c6{stroke:var(--c6)}.keys .c6{color:var(--c6)}path.c7{stroke:var(--c7)}.keys .c7{color:var(--c7)}
path.flat-line{stroke:var(--soft)}.flat{color:var(--soft);font-size:.78rem;margin:4px 0 0}.halo{paint-order:stroke;stroke:var(--card);stroke-width:3px}
.band.green{fill:#2f9e57}.band.yellow{fill:#d9a400}.band.orange{fill:#e06c00}.band.red{fill:#cf2e2e}.figure.green{color:var(--go)}.figure.red{color:var(--no)}
@media (max-width:800px){.panels .panel{grid-column:span 12}}@media (max-width:560px){.panels .panel{grid-column:span 24}.panels figcaption{min-height:0}.panels .w4 svg,.panels .w6 svg,.panels .w8 svg{max-width:340px}}
@media (max-width:560px){main{padding:18px 14px 48px}dl{grid-template-columns:1fr}dd{margin-bottom:6px}th,td{padding-right:10px;font-size:.92rem}}
@media print{body{background:#fff}figure{break-inside:avoid}}
`;
