// For each rule the checkout overview with exactly what the rule is against, and what must be said of it.
import { expect } from 'vitest';
import { documents } from './lint.ts';

const all = documents();

// biome-ignore lint/suspicious/noExplicitAny: what is planted is not what the types allow
type Loose = any;

export const planted = (uid: string, plant: (document: Loose, panel: (id: number) => Loose) => void) => {
  const document = structuredClone(all.find((one) => one.uid === uid)) as Loose;
  plant(document, (id) => document.panels.find((one: Loose) => one.id === id));
  return document;
};
export const rewrite = (panel: Loose, from: string, to: string) => {
  expect(panel.targets[0].expr).toContain(from);
  panel.targets[0].expr = panel.targets[0].expr.replace(from, to);
};
const unitOf = (panel: Loose) => panel.fieldConfig.defaults;
const steps = (panel: Loose) => panel.fieldConfig.defaults.thresholds.steps;

/** Rule, what is planted in the checkout overview, and what must be said of it. */
export const twins: readonly [string, string, Parameters<typeof planted>[1], RegExp][] = [
  ['ids', 'an id used twice', (_, panel) => (panel(202).id = 201), /id 201 .* used twice/],
  ['ids', 'a panel without an id', (_, panel) => (panel(202).id = 0), /id 0 .* is none/],
  ['grid', 'a panel over another', (_, panel) => (panel(202).gridPos.x = 0), /panel 202 .* lies over .*201/],
  ['grid', 'a panel outside', (_, panel) => (panel(203).gridPos.x = 20), /outside the 24 columns/],
  ['grid', 'a row that does not divide', (_, panel) => (panel(201).gridPos.w = 4.8), /between two columns/],
  ['words', 'no title', (_, panel) => (panel(201).title = ''), /has no title/],
  [
    'words',
    'nothing to do',
    (_, panel) => (panel(201).description = 'ATP reads by answer, all of them.'),
    /what to do/,
  ],
  [
    'words',
    'a table that says nothing',
    (_, panel) => Object.assign(panel(201), { type: 'table', description: '' }),
    /does not say what it means/,
  ],
  ['units', 'no unit', (_, panel) => delete panel(201).fieldConfig.defaults.unit, /unit none/],
  [
    'units',
    'a share made a percentage',
    (_, panel) => (panel(102).targets[0].expr += ' * 100'),
    /shows a hundred times/,
  ],
  [
    'dimensions',
    'seconds drawn as bytes',
    (_, panel) => (unitOf(panel(203)).unit = 'bytes'),
    /shows seconds, under the unit bytes; take s/,
  ],
  [
    'dimensions',
    'a share drawn as calls',
    (_, panel) => (unitOf(panel(102)).unit = 'reqps'),
    /shows a share, under the unit reqps/,
  ],
  [
    'dimensions',
    'a rate drawn as seconds',
    (_, panel) => (unitOf(panel(601)).unit = 's'),
    /shows things per second, under the unit s/,
  ],
  [
    'dimensions',
    'a moment drawn as an age',
    (_, panel) => rewrite(panel(1002), 'time() - ', ''),
    /shows a moment/,
  ],
  [
    'dimensions',
    'milliseconds under the unit of seconds',
    (_, panel) => (panel(902).targets[0].expr += ' * 1000'),
    /shows seconds, converted, under the unit s/,
  ],
  [
    'thresholds',
    'a limit typed by hand',
    (_, panel) => (steps(panel(203))[1].value = 0.2),
    /no threshold at 0.1: inventory-read/,
  ],
  [
    'thresholds',
    'a share without its budget',
    (_, panel) => (steps(panel(302)).length = 1),
    /no threshold at 0.01: cart/,
  ],
  ['links', 'a way to nowhere', (_, panel) => (panel(102).links[0].url = '/d/slo?x'), /no dashboard of ours/],
  [
    'links',
    'a way that forgets the time',
    (_, panel) => (panel(102).links[0].url = '/d/payments?x'),
    /loses __url_time_range/,
  ],
  [
    'links',
    'a runbook that is not there',
    (_, panel) => (panel(602).description += ' See runbook NoSuchAlert.'),
    /NoSuchAlert/,
  ],
  ['links', 'no way to the others', (document) => (document.links = []), /no link to the other/],
  [
    'variables',
    'a choice nobody has',
    (_, panel) => rewrite(panel(601), '_total', '_total{provider=~"$provider"}'),
    /\$provider, which is no variable/,
  ],
  [
    'variables',
    'a choice that changes nothing',
    (document) => document.templating.list.push({ name: 'env', type: 'custom', allValue: '.*' }),
    /no query asks for \$env/,
  ],
  [
    'variables',
    'a line that does not follow the choice',
    (_, panel) => rewrite(panel(501), '{region=~"$region"}', ''),
    /does not follow the choice; match \$region/,
  ],
  [
    'variables',
    'no data source to choose',
    (document) => (document.templating.list = []),
    /no variable datasource/,
  ],
  [
    'variables',
    'values of another hour',
    (document) => document.templating.list.push({ name: 'sku', type: 'query', refresh: 1 }),
    /\$sku keeps/,
  ],
  [
    'variables',
    'values of a label that is not there',
    (document) =>
      document.templating.list.push({
        name: 'sku',
        type: 'query',
        query: 'label_values(outbox_pending, sku)',
      }),
    /\$sku asks for label_values\(outbox_pending, sku\)/,
  ],
  [
    'datasources',
    'a data source by uid',
    (_, panel) => (panel(201).targets[0].datasource.uid = 'prometheus'),
    /data source of its own/,
  ],
  [
    'datasources',
    'a query to Loki',
    (_, panel) => (panel(201).datasource.type = 'loki'),
    /data source of its own/,
  ],
  [
    'datasources',
    'an annotation by uid',
    (document) => (document.annotations.list[0].datasource.uid = 'p'),
    /annotation Deploys/,
  ],
  [
    'datasources',
    'a choice by uid',
    (document) => document.templating.list.push({ name: 'sku', type: 'query', datasource: { uid: 'p' } }),
    /variable sku asks a data source of its own/,
  ],
  ['queries', 'a panel that asks nothing', (_, panel) => (panel(201).targets = []), /asks nothing/],
  ['queries', 'a bracket left open', (_, panel) => (panel(901).targets[0].expr += ')'), /\) has no partner/],
  ['queries', 'one letter twice', (_, panel) => (panel(103).targets[1].refId = 'A'), /letter for two/],
  ['rates', 'a fixed window', (_, panel) => rewrite(panel(201), '$__rate_interval', '5m'), /rate over 5m/],
  [
    'quantiles',
    'buckets that lost their edges',
    (_, panel) => rewrite(panel(203), 'sum by (le) ', 'sum'),
    /loses le before the quantile is taken/,
  ],
  [
    'quantiles',
    'a quantile in percent',
    (_, panel) => rewrite(panel(203), 'quantile(0.5', 'quantile(50'),
    /not within 0 and 1/,
  ],
  [
    'quantiles',
    'a mean of buckets',
    (_, panel) => rewrite(panel(203), 'sum by', 'avg by'),
    /takes the avg of buckets/,
  ],
  [
    'quantiles',
    'a quantile of a count',
    (_, panel) => rewrite(panel(203), '_bucket', '_count'),
    /of what has no buckets/,
  ],
  [
    'quantiles',
    'a p99 that is none',
    (_, panel) => (panel(203).targets[2].legendFormat = 'p95'),
    /named p95 and asks for 0.99/,
  ],
  [
    'counters',
    'a counter as it is',
    (_, panel) => (panel(601).targets[0].expr = 'sum by (provider, outcome) (payment_attempts_total)'),
    /counts up/,
  ],
  [
    'kinds',
    'a rate of what goes up and down',
    (_, panel) => rewrite(panel(604), 'payment_unknown_attempts', 'rate(payment_unknown_attempts[1m])'),
    /rate of payment_unknown_attempts, which goes up and down/,
  ],
  [
    'kinds',
    'a rate of what is recorded',
    (_, panel) => (panel(103).targets[0].expr = 'rate(slo:error_ratio:rate1h{slo="cart"}[5m])'),
    /rate of slo:error_ratio:rate1h/,
  ],
  [
    'kinds',
    'a difference of a counter',
    (_, panel) => rewrite(panel(601), 'rate(', 'delta('),
    /delta of payment_attempts_total, which counts up and restarts/,
  ],
  [
    'kinds',
    'the highest of a counter',
    (_, panel) => rewrite(panel(601), 'rate(', 'max_over_time('),
    /max_over_time of payment_attempts_total, which only counts up/,
  ],
  [
    'answers',
    'a comparison that never holds',
    (_, panel) => (panel(901).targets[0].expr += ' < 0'),
    /its comparison < can never hold/,
  ],
  [
    'answers',
    'a state above one',
    (_, panel) => (panel(603).targets[0].expr += ' > 1'),
    /its comparison > can never hold/,
  ],
  [
    'answers',
    'a count of nothing',
    (_, panel) => (panel(901).targets[0].expr = 'count(outbox_pending_events) == 0'),
    /its comparison == can never hold/,
  ],
  [
    'answers',
    'a series without itself',
    (_, panel) => (panel(901).targets[0].expr += ' unless max( outbox_pending_events )'),
    /away from itself/,
  ],
  [
    'answers',
    'a constant for a panel',
    (_, panel) => (panel(901).targets[0].expr = 'vector(1)'),
    /panel 901 .* shows a constant/,
  ],
  [
    'answers',
    'nothing times a metric',
    (_, panel) => (panel(901).targets[0].expr += ' * 0'),
    /panel 901 .* shows a constant/,
  ],
  [
    'matches',
    'every value left out',
    (_, panel) => rewrite(panel(602), 'operation="authorize"', 'operation!~".+"'),
    /operation!~"\.\+"} matches nothing/,
  ],
  [
    'matches',
    'two values at once',
    (_, panel) => rewrite(panel(602), 'operation="authorize"', 'operation="authorize",operation="void"'),
    /matches nothing; operation is one of/,
  ],
  [
    'matches',
    'an edge that is no bucket',
    (_, panel) => rewrite(panel(202), 'le="0.1"', 'le="0.15"'),
    /le="0.15"} matches nothing/,
  ],
  [
    'matches',
    'a value left out that nobody emits',
    (_, panel) => rewrite(panel(602), 'operation=', 'operation!="authorise",operation='),
    /never has operation authorise/,
  ],
  [
    'matches',
    'an objective nobody has',
    (_, panel) => rewrite(panel(102), 'checkout-availability', 'checkout-uptime'),
    /slo="checkout-uptime"} matches nothing/,
  ],
  [
    'matches',
    'an alert in a state that is none',
    (_, panel) => rewrite(panel(104), 'firing', 'active'),
    /alertstate="active"} matches nothing/,
  ],
  [
    'matches',
    'an alert nobody raises',
    (_, panel) => rewrite(panel(104), 'alertname!="Watchdog"', 'alertname="CheckoutBurn"'),
    /alertname="CheckoutBurn"} matches nothing/,
  ],
  ['hidden', 'a query nobody sees', (_, panel) => (panel(103).targets[1].hide = true), /B is hidden/],
  [
    'names',
    'a metric of another name',
    (_, panel) => rewrite(panel(901), 'outbox_pending', 'outbox_waiting'),
    /nobody emits or records outbox_waiting/,
  ],
  [
    'names',
    'a series nobody records',
    (_, panel) => rewrite(panel(102), 'ratio30d', 'ratio28d'),
    /nobody emits or records slo:/,
  ],
  [
    'names',
    'a label of another name',
    (_, panel) => rewrite(panel(602), 'operation=', 'call='),
    /has no label call/,
  ],
  [
    'names',
    'a value nobody emits',
    (_, panel) => rewrite(panel(602), 'authorize', 'authorise'),
    /operation="authorise"/,
  ],
  [
    'names',
    'a grouping by what is not there',
    (_, panel) => rewrite(panel(603), 'provider', 'psp'),
    /groups by psp/,
  ],
  [
    'legends',
    'a name that is empty',
    (_, panel) => (panel(603).targets[0].legendFormat = '{{psp}}'),
    /says psp/,
  ],
  [
    'legends',
    'lines that cannot be told apart',
    (_, panel) => (panel(601).targets[0].legendFormat = '{{provider}}'),
    /differ by outcome/,
  ],
  [
    'apart',
    'every process under one name',
    (_, panel) => rewrite(panel(604), 'max(payment_unknown_attempts)', 'payment_unknown_attempts'),
    /a series for each instance under one name/,
  ],
  [
    'apart',
    'every provider under one name',
    (_, panel) => {
      rewrite(panel(603), 'max by (provider) ', 'max without (instance, job) ');
      panel(603).targets[0].legendFormat = 'open';
    },
    /a series for each provider under one name/,
  ],
  [
    'apart',
    'two queries of one name',
    (_, panel) => (panel(203).targets[1].legendFormat = 'p50'),
    /names two queries “p50”/,
  ],
  [
    'exemplars',
    'traces that are not asked for',
    (_, panel) => delete panel(203).targets[2].exemplar,
    /does not ask for its exemplars/,
  ],
  [
    'exemplars',
    'traces that nobody keeps',
    (_, panel) => (panel(904).targets[0].exemplar = true),
    /nobody keeps/,
  ],
  [
    'annotations',
    'deploys that are not marked',
    (document) => document.annotations.list.shift(),
    /deploys and restarts/,
  ],
  [
    'annotations',
    'a game day under a tag that nobody posts',
    (document) => (document.annotations.list[1].target.tags = ['chaos']),
    /nobody posts under its tags/,
  ],
  [
    'annotations',
    'a mark that says a label it has not',
    (document) => (document.annotations.list[2].titleFormat = 'kill switch on: {{value}}'),
    /says value/,
  ],
  [
    'annotations',
    'a mark without words',
    (document) => (document.annotations.list[2].titleFormat = ''),
    /has no title/,
  ],
  [
    'names',
    'a mark of what nobody emits',
    (document) => (document.annotations.list[2].expr = 'max by (dimension) (switches_on) > 0'),
    /annotation Kill switches: nobody emits or records switches_on/,
  ],
  [
    'generated',
    'a title edited by hand',
    (_, panel) => (panel(201).title = 'ATP'),
    /^checkout-overview.json is not what the code says: .*panel 201 .*title changed/,
  ],
  ['fixed', 'a dashboard to scribble on', (document) => (document.editable = true), /may be edited/],
  ['fixed', 'a uid no alert knows', (document) => (document.uid = 'checkout-2'), /no uid of/],
  ['fixed', 'a page that stands still', (document) => (document.refresh = ''), /not refreshed/],
];
