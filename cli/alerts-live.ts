// The subcommands of `headroom alerts` that talk to a running Prometheus and Alertmanager.
import { UsageError } from '../stack/usage-error.ts';
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

interface ApplyOptions extends Options {
  rulesFile: string;
  alertmanagerFile?: string;
  webhook?: string;
}

export function addApply(cli: Cli): void {
  verb(
    cli,
    'apply',
    'Writes rules and routing where the servers read them and reloads them; what a server refuses is put back.',
    'headroom alerts apply --rules-file /etc/prometheus/rules/rules.yml',
  )
    .option(...prometheusFlag)
    .option(...alertmanagerFlag)
    .requiredOption('--rules-file <path>', 'the file that Prometheus reads')
    .option('--alertmanager-file <path>', 'the file that Alertmanager reads')
    .option('--webhook <url>', 'who is told')
    .action(async (options: ApplyOptions) => {
      const { applyAlerts, appliedText } = await import('../alerts/live/apply.ts');
      const applied = await applyAlerts({
        prometheus: { url: options.prometheus, file: options.rulesFile },
        alertmanager: routingPlace(options),
      });
      print(cli, options.json, applied, appliedText(applied));
      cli.finish(applied.kind === 'applied' ? 0 : 1);
    });
}

function routingPlace({ alertmanager, alertmanagerFile, webhook }: ApplyOptions) {
  if (alertmanager === undefined && alertmanagerFile === undefined && webhook === undefined) return undefined;
  if (alertmanager === undefined || alertmanagerFile === undefined || webhook === undefined)
    throw new UsageError('routing needs --alertmanager, --alertmanager-file and --webhook together');
  return { url: alertmanager, file: alertmanagerFile, webhookUrl: webhook };
}

export function addDrift(cli: Cli): void {
  verb(
    cli,
    'drift',
    'Compares what Prometheus evaluates and Alertmanager routes with what the code says; 1 when they differ.',
    'headroom alerts drift --prometheus http://127.0.0.1:9090 --alertmanager http://127.0.0.1:9093',
  )
    .option(...prometheusFlag)
    .option(...alertmanagerFlag)
    .action(async ({ json, prometheus, alertmanager }: Options) => {
      const { alertDrift, driftText } = await import('../alerts/live/drift.ts');
      const drift = await alertDrift(prometheus, alertmanager);
      print(cli, json, drift, driftText(drift));
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
    .option('--alert <names...>', 'these alerts')
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
      const expected = experiment?.expectAlerts.map(({ name }) => name) ?? [];
      const planned = {
        alerts: [...new Set([...expected, ...(options.alert ?? [])])],
        forSeconds: options.for * 60,
        by: decider(options),
        why: options.why,
      };
      const refusals = refuseSilence(planned);
      if (refusals.length > 0) throw new UsageError(refusals.join('; '));
      const made = await silence(options.alertmanager, planned);
      const text = `${planned.alerts.join(', ')}: silent until ${made.until}\nend it sooner: amtool silence expire ${made.id} --alertmanager.url ${options.alertmanager}`;
      print(cli, options.json, { ...made, alerts: planned.alerts }, text);
    });
}
