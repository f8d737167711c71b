// What can be wrong with a page: its grid, its choices, its marks, the ways out of it.
import { type Loose, rewrite, type Twin } from './planted.fixture.ts';

const choiceOf = (document: Loose) => document.templating.list.find((one: Loose) => one.name === 'region');

export const twinsOfPage: readonly Twin[] = [
  ['ids', 'an id used twice', (_, panel) => (panel(202).id = 201), /id 201 .* used twice/],
  ['ids', 'a panel without an id', (_, panel) => (panel(202).id = 0), /id 0 .* is none/],
  ['grid', 'a panel over another', (_, panel) => (panel(202).gridPos.x = 0), /panel 202 .* lies over .*201/],
  ['grid', 'a panel outside', (_, panel) => (panel(203).gridPos.x = 20), /outside the 24 columns/],
  ['grid', 'a row that does not divide', (_, panel) => (panel(201).gridPos.w = 4.8), /between two columns/],
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
  [
    'choices',
    'a choice that opens at a part',
    (document) => (choiceOf(document).current = { text: 'GB', value: 'GB' }),
    /\$region does not open at All/,
  ],
  [
    'choices',
    'a value that went',
    (document) => (choiceOf(document).query += ',EU'),
    /\$region offers EU, which nobody emits/,
  ],
  [
    'choices',
    'a value that is left out',
    (document) => (choiceOf(document).query = choiceOf(document).query.replace('GB,', '')),
    /\$region does not offer GB/,
  ],
  [
    'choices',
    'several matched as one',
    (_, panel) => rewrite(panel(501), 'region=~', 'region='),
    /matches \$region with =/,
  ],
  [
    'minutes',
    'a range that ended',
    (document) => (document.time = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' }),
    /shows 2026-01-01T00:00:00Z to/,
  ],
  [
    'minutes',
    'a range that runs backwards',
    (document) => (document.time = { from: 'now', to: 'now-1h' }),
    /shows now to now-1h/,
  ],
  [
    'holes',
    'a panel that is lost',
    (document, panel) => document.panels.splice(document.panels.indexOf(panel(202)), 1),
    /nothing on 8 columns of line/,
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
    'generated',
    'a title edited by hand',
    (_, panel) => (panel(201).title = 'ATP'),
    /^checkout-overview.json is not what the code says: .*panel 201 .*title changed/,
  ],
  ['fixed', 'a dashboard to scribble on', (document) => (document.editable = true), /may be edited/],
  ['fixed', 'a uid no alert knows', (document) => (document.uid = 'checkout-2'), /no uid of/],
  ['fixed', 'a page that stands still', (document) => (document.refresh = ''), /not refreshed/],
];
