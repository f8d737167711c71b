// What can be wrong with how a panel shows what it asks.
import { type Loose, rewrite, type Twin } from './planted.fixture.ts';

const unitOf = (panel: Loose) => panel.fieldConfig.defaults;
const steps = (panel: Loose) => panel.fieldConfig.defaults.thresholds.steps;

export const twinsOfPanel: readonly Twin[] = [
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
    'figures',
    'a figure that is a mean',
    (_, panel) => (panel(102).options.reduceOptions.calcs = ['mean']),
    /shows mean of its range/,
  ],
  [
    'copies',
    'a title that stands twice',
    (_, panel) => (panel(202).title = panel(201).title),
    /panel 202 .* has the title of panel 201/,
  ],
  [
    'copies',
    'words of another panel',
    (_, panel) => (panel(202).description = panel(201).description),
    /panel 202 .* has the description of panel 201/,
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
];
