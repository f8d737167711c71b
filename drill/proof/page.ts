// The page of proof: one file that opens offline, what was never proven first.
import { html, raw } from '../report/html.ts';
import { style } from '../report/style.ts';
import { table } from '../report/table.ts';
import { type Proof, unproven } from './proof.ts';
import { date, kinds, type State, type Subject } from './subject.ts';
import { countSentence, kindWords, lookSentence, stateWords } from './words.ts';

const colour: Readonly<Record<State, string>> = {
  ...{
    never: 'unknown',
    failed: 'fail',
    changed: 'unknown',
    half: 'unknown',
    idle: 'unknown',
    proven: 'pass',
  },
};

const stateCell = ({ state }: Subject) =>
  html`<span class="status ${colour[state]}">${stateWords[state]}</span>`;

const said = ({ looks, notes }: Subject) =>
  html`${looks.map((look) => html`${lookSentence(look)}<br>`)}<small>${notes.join('; ')}</small>`;

const what = ({ kind, name }: Subject) => html`<code>${name}</code><br><small>${kind}</small>`;

const next = ({ next: command }: Subject) =>
  command === null ? null : html`<span class="next">Next: <code>${command}</code></span>`;

export function renderProof(proof: Proof): string {
  const open = unproven(proof);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>What was proven, and when</title><style>${raw(style)}</style></head><body><main>
<p class="soft">Headroom · <span class="mono">${proof.git.sha.slice(0, 12)}${proof.git.dirty ? ' with changes' : ''}</span> · ${date(Date.parse(proof.at))} UTC</p>
<h1>${open.length === 0 ? 'All proven' : `${open.length} not proven`}</h1>
<p class="lead">Proven: ${countSentence(proof)}.</p>
<p class="lead">From ${proof.runs.length} drills that may be believed, and from what the commands left on record. What has changed since its proof is not proven.</p>
<h2>Not proven</h2>
${
  open.length === 0
    ? html`<p>Nothing.</p>`
    : table(
        'What to type to prove each',
        ['', 'what', 'last looked at'],
        open.map((one) => [stateCell(one), what(one), html`${said(one)}${next(one)}`]),
      )
}
${kinds.map((kind) => {
  const own = proof.subjects.filter((one) => one.kind === kind && one.state === 'proven');
  return html`<h2>Proven ${kindWords[kind]}, ${own.length}</h2>
${
  own.length === 0
    ? html`<p>None.</p>`
    : table(
        'How, and when last',
        ['name', 'proof'],
        own.map((one) => [html`<code>${one.name}</code>`, said(one)]),
      )
}`;
})}
<h2>Evidence</h2>
<p>Believed: ${proof.runs.length === 0 ? 'none' : proof.runs.join(', ')}</p>
${
  proof.ignored.length === 0
    ? null
    : table(
        'These prove nothing',
        ['folder', 'why'],
        proof.ignored.map(({ folder, why }) => [folder, why]),
      )
}
</main></body></html>
`.text;
}
