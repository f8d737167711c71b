// junit.xml: one test case a check. A failed check fails, a check without data is skipped with its reason, and a run
// that is not to be trusted is an error: CI then says "broken run", never "broken shop".
import type { CheckResult } from '../../loadtests/gate/verdict.ts';
import type { VerdictFile } from '../verdict-file.ts';
import { escapeText } from './html.ts';

// XML 1.0 knows no such characters, escaped or not.
const legal = (text: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to be removed
  escapeText(text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '�'));

function outcome(check: CheckResult): string {
  const message = `message="${legal(check.detail)}"`;
  if (check.status === 'pass') return '';
  if (check.status === 'unknown') return `<skipped ${message}/>`;
  if (check.kind === 'validity') return `<error ${message}/>`;
  return check.kind === 'evidence' || check.kind === 'game-day'
    ? `<skipped ${message}/>`
    : `<failure ${message}/>`;
}

export function renderJunit(verdict: VerdictFile, seconds: number): string {
  const outcomes = verdict.checks.map((check) => ({ check, text: outcome(check) }));
  const count = (tag: string) => outcomes.filter(({ text }) => text.startsWith(`<${tag} `)).length;
  const cases = outcomes.map(
    ({ check, text }) =>
      `    <testcase classname="headroom.${legal(check.kind)}" name="${legal(check.check)}"${text === '' ? '/>' : `>${text}</testcase>`}`,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite name="headroom drill" tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}" time="${seconds.toFixed(1)}">`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}
