// `headroom alerts check` when something is wrong; cli/alerts.test.ts has the twin where nothing is.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { alertmanager } from '../stack/alertmanager.ts';
import { prometheus } from '../stack/prometheus.ts';
import { resolvePart } from '../stack/parts.ts';
import { quiet } from '../stack/progress.ts';
import { checkAlerts, checkedText } from './check.ts';
import { generate } from './generate.ts';
import { lintRules } from './prometheus-tools.ts';
import { renderRules } from './render.ts';

const promtool = (await resolvePart(prometheus, { progress: quiet })).binaries.promtool!;
const amtool = (await resolvePart(alertmanager, { progress: quiet })).binaries.amtool!;

test('every check finds what it is there for, and says it in the words of whoever found it', async () => {
  const place = mkdtempSync(join(tmpdir(), 'headroom-pint-'));
  const pint = join(place, 'pint');
  writeFileSync(
    pint,
    '#!/bin/sh\nfor file; do :; done\ngrep -q "vector($" "$file" && echo "Bug: syntax" && exit 1\n',
  );
  chmodSync(pint, 0o755);
  const planted = new Map(
    [...generate()].map(([file, content]) => [
      file,
      content
        .replace('vector(1)', 'vector(')
        .replace('- name: dead-mans-switch', '- name: nobody')
        .replace('isRolling: true', 'isRolling: false'),
    ]),
  );
  const manifest = planted.get('generated/prometheus-rule.yml')!;
  planted.set('generated/prometheus-rule.yml', manifest.replace('expr:', 'exprs:'));
  try {
    const checks = await checkAlerts({ promtool, amtool, pint }, planted);
    expect(checks.filter(({ held }) => held)).toEqual([]);
    const text = checkedText(checks);
    expect(text.match(/^FAIL {2}/gm)).toHaveLength(6);
    for (const said of [
      'alerts/generated/rules.yml',
      'could not parse',
      'dead-mans-switch',
      'Bug: syntax',
      'isRolling',
      'expr',
    ])
      expect(text).toContain(said);
  } finally {
    rmSync(place, { recursive: true });
  }
});

test('pint that is not there is asked nothing', async () => {
  expect(await lintRules('/no/such/pint', 'groups: []')).toEqual({ kind: 'missing' });
});

// It answers as pint does: what it finds is a warning, and only who asks for that is told by its exit code.
const stub = `#!/bin/sh
for file; do :; done
grep -q 'vector(1)' "$file" || exit 0
echo 'Warning: always firing'
case "$*" in *--min-severity=warning*--fail-on=warning*) exit 1 ;; esac
`;

test('pint on the PATH is asked, and a warning of it is a failure', async () => {
  const place = mkdtempSync(join(tmpdir(), 'headroom-pint-'));
  writeFileSync(join(place, 'pint'), stub);
  chmodSync(join(place, 'pint'), 0o755);
  const rules = renderRules();
  try {
    vi.stubEnv('PATH', `${place}-not-yet`);
    expect(await lintRules('pint', rules)).toEqual({ kind: 'missing' });
    // The stub is a script, and its shell is asked for by its path.
    vi.stubEnv('PATH', `${place}:/usr/bin:/bin`);
    expect(await lintRules('pint', rules)).toEqual({ kind: 'refused', output: 'Warning: always firing\n' });
    expect(await lintRules('pint', 'groups: []')).toEqual({ kind: 'ok', output: '' });
  } finally {
    vi.unstubAllEnvs();
    rmSync(place, { recursive: true });
  }
});
