// The subcommands of `headroom alerts` that talk to a running Prometheus and Alertmanager.
import type { Command } from 'commander';
import { UsageError } from '../stack/usage-error.ts';
import {
  type LinkOptions,
  linksOf,
  type ReceiverOptions,
  receiversOf,
  withLinks,
  withReceivers,
} from './alert-settings.ts';
import { type Cli, decider, positive, print, verb } from './cli.ts';

const prometheusFlag = ['--prometheus <url>', 'the running Prometheus', 'http://127.0.0.1:9090'] as const;
const alertmanagerFlag = [
  '--alertmanager <url>',
  'the running Alertmanager; without it routing is left alone',
] as const;

interface Options {
  json?: boolean;
  prometheus: string;
  alertmanager?: string;
}

interface ApplyOptions extends Options, LinkOptions {
  rulesFile: string;
  alertmanagerFile?: string;
}

export function addApply(cli: Cli): void {
  const command = verb(
    cli,
    'apply',
    'Writes rules and routing where the servers read them and reloads them; what a server refuses is put back.',
    'headroom alerts apply --rules-file /etc/prometheus/rules/rules.yml --runbooks https://example.com/runbooks',
  )
    .option(...prometheusFlag)
    .option(...alertmanagerFlag)
    .requiredOption('--rules-file <path>', 'the file that Prometheus reads')
    .option('--alertmanager-file <path>', 'the file that Alertmanager reads');
  withReceivers(withLinks(command)).action(async (options: ApplyOptions) => {
    const { applyAlerts, appliedText } = await import('../alerts/live/apply.ts');
    const applied = await applyAlerts({
      prometheus: { url: options.prometheus, file: options.rulesFile },
      alertmanager: routingPlace(command),
      links: linksOf(options),
    });
    print(cli, options.json, applied, appliedText(applied));
    cli.finish(applied.kind === 'applied' ? 0 : 1);
  });
}

function routingPlace(command: Command) {
  const { alertmanager, alertmanagerFile, webhook } = command.opts<ApplyOptions & ReceiverOptions>();
  const named = webhook !== undefined || command.getOptionValueSource('receivers') === 'cli';
  if (alertmanager === undefined && alertmanagerFile === undefined && !named) return undefined;
  const receivers = receiversOf(command);
  if (alertmanager === undefined || alertmanagerFile === undefined || receivers === undefined)
    throw new UsageError(
      'routing needs --alertmanager, --alertmanager-file and --receivers (or --webhook) together',
    );
  return { url: alertmanager, file: alertmanagerFile, receivers };
}

interface DriftOptions extends Options, LinkOptions {
  rulesFile?: string;
}

export function addDrift(cli: Cli): void {
  const command = verb(
    cli,
    'drift',
    'Compares what Prometheus evaluates and Alertmanager routes with what the code says; 1 when they differ.',
    'headroom alerts drift --prometheus http://127.0.0.1:9090 --alertmanager http://127.0.0.1:9093',
  )
    .option(...prometheusFlag)
    .option(...alertmanagerFlag)
    .option('--rules-file <path>', 'the file that Prometheus reads, for what it does not tell');
  withReceivers(withLinks(command)).action(async (options: DriftOptions) => {
    const { alertDrift, driftText } = await import('../alerts/live/drift.ts');
    const drift = await alertDrift({
      prometheusUrl: options.prometheus,
      alertmanagerUrl: options.alertmanager,
      links: linksOf(options),
      receivers: receiversOf(command),
      rulesFile: options.rulesFile,
    });
    print(cli, options.json, drift, driftText(drift));
    cli.finish(drift.differences.length === 0 ? 0 : 1);
  });
}

interface SilenceOptions {
  json?: boolean;
  alertmanager: string;
  experiment?: string;
  alert?: string[];
  for: number;
  why: string;
  by?: string;
}

export function addSilence(cli: Cli): void {
  verb(
    cli,
    'silence',
    'Keeps what a planned game day sets off from waking anybody. Ends by itself; invariants and the dead-man’s switch still speak.',
    'headroom alerts silence --experiment provider-timeout --for 30 --why "game day"',
  )
    .option('--alertmanager <url>', 'the running Alertmanager', 'http://127.0.0.1:9093')
    .option('--experiment <id>', 'the alerts that this experiment expects')
    .option(
      '--alert <names...>',
      'these alerts, each with its labels, such as PaymentProviderTimeouts,provider=psp-primary',
    )
    .option('--for <minutes>', 'how long', positive(240), 30)
    .requiredOption('--why <text>', 'the reason, for the record')
    .option('--by <name>', 'who decides (default: $USER)')
    .action(async (options: SilenceOptions) => {
      const [{ refuseSilence, silence }, { experiments }] = await Promise.all([
        import('../alerts/live/silences.ts'),
        import('../chaos/experiments/experiments.ts'),
      ]);
      const experiment = experiments.find(({ id }) => id === options.experiment);
      if (options.experiment !== undefined && experiment === undefined)
        throw new UsageError(
          `--experiment ${options.experiment}: there are ${experiments.map(({ id }) => id).join(', ')}`,
        );
      const expected = experiment?.expectAlerts.map(({ name, labels }) => ({ name, labels })) ?? [];
      const planned = {
        alerts: [...expected, ...(options.alert ?? []).map(labelled)],
        forSeconds: options.for * 60,
        by: decider(options),
        why: options.why,
      };
      const refusals = refuseSilence(planned);
      if (refusals.length > 0) throw new UsageError(refusals.join('; '));
      const made = await silence(options.alertmanager, planned);
      const names = planned.alerts.map(({ name, labels = {} }) =>
        [name, ...Object.entries(labels).map(([label, value]) => `${label}=${value}`)].join(' '),
      );
      const text = `${names.join(', ')}: silent until ${made.until}\nend it sooner: amtool silence expire ${made.ids.join(' ')} --alertmanager.url ${options.alertmanager}`;
      print(cli, options.json, { ...made, alerts: names }, text);
    });
}

/** `Name,label=value,…` */
function labelled(text: string) {
  const [name = '', ...pairs] = text.split(',');
  const labels = pairs.map((pair) => /^([a-zA-Z_]\w*)=(.+)$/.exec(pair));
  if (labels.includes(null))
    throw new UsageError(`--alert ${text}: write labels as Name,label=value,label=value`);
  return { name, labels: Object.fromEntries(labels.map((match) => [match![1]!, match![2]!])) };
}
