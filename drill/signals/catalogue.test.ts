// What the services tell and what it costs, and that every link leads somewhere; beside links that lead nowhere.
import { expect, test } from 'vitest';
import { main } from '../../cli/main.ts';
import { maxSeriesPerProcess } from '../../core/telemetry/series.ts';
import { type Catalogue, catalogue, catalogueText, committedLinks } from './catalogue.ts';
import { followLinks, type Texts } from './links.ts';

const texts = (plant: Partial<Texts> = {}): Texts => ({
  rules: JSON.stringify({
    groups: [
      {
        rules: [
          { record: 'a:b' },
          {
            alert: 'CartBurn',
            annotations: {
              runbook_url: 'alerts/runbooks/CartBurn.md#meaning',
              dashboard_url: 'http://127.0.0.1:3000/d/checkout-overview?var-x=y',
            },
          },
        ],
      },
    ],
  }),
  dashboards: new Map([['dashboards/generated/verdict.json', '{"url":"/d/checkout-overview?x"}']]),
  documents: new Map([
    [
      'alerts/runbooks/CartBurn.md',
      '# CartBurn\n## Meaning\n[board](../../dashboards/generated/verdict.json), [above](#meaning), [them](https://example.org/x)',
    ],
  ]),
  ...plant,
});
const there = new Set([
  'alerts/runbooks/CartBurn.md',
  'dashboards/generated/verdict.json',
  'dashboards/generated/checkout-overview.json',
]);
const follow = (plant?: Partial<Texts>) => followLinks(texts(plant), (file) => there.has(file));

test('every link of the alerts, the dashboards and the documents leads to a file and a heading that are there', () => {
  const { followed, dead } = committedLinks();
  expect(dead).toEqual([]);
  expect(followed).toBeGreaterThan(300);
});

test('a link that leads nowhere is named with where it stands, whoever it belongs to', () => {
  expect(follow()).toEqual({ followed: 5, dead: [] });
  const { rules } = texts();
  expect(follow({ rules: rules.replace('#meaning', '#means') }).dead).toEqual([
    'CartBurn → alerts/runbooks/CartBurn.md#means',
  ]);
  expect(follow({ rules: rules.replace('/d/checkout-overview', '/d/checkout') }).dead).toEqual([
    'CartBurn → dashboards/generated/checkout.json',
  ]);
  const elsewhere = new Map([['dashboards/generated/verdict.json', '/d/gone']]);
  expect(follow({ dashboards: elsewhere }).dead).toEqual([
    'dashboards/generated/verdict.json → dashboards/generated/gone.json',
  ]);
  const documents = new Map([['alerts/runbooks/CartBurn.md', '## Meaning\n[a](Gone.md) [b](#impact)']]);
  expect(follow({ documents }).dead).toEqual([
    'alerts/runbooks/CartBurn.md → alerts/runbooks/Gone.md',
    'alerts/runbooks/CartBurn.md → alerts/runbooks/CartBurn.md#impact',
  ]);
});

test('the catalogue prints what each process may cost and what is wrong', async () => {
  const found = await catalogue();
  const text = catalogueText(found);
  for (const { service, series } of found.processes) {
    expect(series).toBeLessThanOrEqual(maxSeriesPerProcess);
    expect(text).toMatch(new RegExp(`^${service} .* at most ${series} series of 3000`, 'm'));
  }
  expect(text).toMatch(/proofs: \d+ files in \d/);
  expect(text).toMatch(/^links {5}\d+ followed, 0 dead$/m);
  const worse: Catalogue = { ...found, problems: ['checkout can become 4000 series'] };
  expect(catalogueText(worse)).toMatch(/^FAIL +checkout can become 4000 series$/m);
});

test('headroom signals --without: who falls silent, and 2 for a metric that nobody emits', async () => {
  let [out, err] = ['', ''];
  const io = { out: (text: string) => (out += text), err: (text: string) => (err += text), terminal: false };
  expect(await main(['signals', '--without', 'payment_breaker_open'], io)).toBe(0);
  expect(out).toContain('alerts: PaymentBreakerOpen');
  expect(await main(['signals', '--without', 'payment_wishes_total'], io)).toBe(2);
  expect(err).toContain('there are');
});
