// headroom alerts: the rules as code, and whether each has been seen to work. One function a subcommand.
import type { Command } from 'commander';
import type { AlertProof } from '../alerts/proofs/suite.ts';
import type { Progress } from '../stack/progress.ts';
import { UsageError } from '../stack/usage-error.ts';
import { type LinkOptions, linksOf, receiversOf, withLinks, withReceivers } from './alert-settings.ts';
import { addApply, addDrift, addSilence } from './alerts-live.ts';
import { type Cli, print, verb } from './cli.ts';
import { watched } from './watched.ts';

interface Options {
  json?: boolean;
  only?: string;
}

const only = ['--only <text>', 'the alerts whose name holds this text, such as CartBurn.page-fast'] as const;

export function addAlerts(cli: Cli): void {
  const program = cli.program
    .command('alerts')
    .description(
      'Rules as code: generated, checked, proven case by case, and the proofs proven mutant by mutant.',
    )
    .addHelpText(
      'after',
      '\nExample:\n  headroom alerts prove --only CheckoutAvailabilityBurn\n  headroom alerts mutate --json',
    );
  for (const add of [addGenerate, addCheck, addProve, addMutate, addApply, addDrift, addSilence])
    add({ ...cli, program });
}

function addGenerate(cli: Cli): void {
  const command = verb(
    cli,
    'generate',
    'Writes rules, routing, exports and the generated parts of runbooks; refuses what could never fire.',
    'headroom alerts generate\n  headroom alerts generate --to rules --runbooks https://example.com/runbooks --receivers receivers.yml',
  ).option('--to <directory>', 'write rules and routing there, with links and receivers of your own');
  withReceivers(withLinks(command)).action(async (options: Options & LinkOptions & { to?: string }) => {
    const { generatedText, generateElsewhere, regenerate } = await import('../alerts/generate.ts');
    if (options.to === undefined) refuseWithoutPlace(command);
    const generated =
      options.to === undefined
        ? regenerate()
        : generateElsewhere({
            directory: options.to,
            links: linksOf(options),
            receivers: receiversOf(command),
          });
    print(cli, options.json, generated, generatedText(generated));
  });
}

/** What is committed is the same for everybody; the environment of one does not change it. */
function refuseWithoutPlace(command: Command): void {
  const own = ['runbooks', 'dashboards', 'receivers', 'webhook'] as const;
  const given = own.filter((name) => command.getOptionValueSource(name) === 'cli');
  if (given.length > 0)
    throw new UsageError(
      `--${given.join(', --')}: the committed files keep their defaults; say where yours go, with --to`,
    );
}

function addCheck(cli: Cli): void {
  verb(
    cli,
    'check',
    'Whether the generated files are what the code says, and what promtool, amtool, pint and the published schemas say of them.',
    'headroom alerts check',
  ).action(async ({ json }: Options) => {
    const { checkAlerts, checkedText } = await import('../alerts/check.ts');
    const checked = await watched(cli, async (progress, signal) => {
      const [promtool, amtool] = await Promise.all([
        findPromtool(progress, signal),
        findAmtool(progress, signal),
      ]);
      progress.phase('check');
      return checkAlerts({ promtool, amtool, pint: 'pint' });
    });
    print(cli, json, checked, checkedText(checked));
    cli.finish(checked.every(({ held }) => held) ? 0 : 1);
  });
}

function addProve(cli: Cli): void {
  verb(
    cli,
    'prove',
    'Plays to promtool, for every alert: just below, just above, recovery, no traffic, a lone failure, a restart, its metric gone.',
    'headroom alerts prove --only CartBurn',
  )
    .option(...only)
    .action(async (options: Options) => {
      const [{ prove, provenText }, { readRunbooks, refusedText }, { provedByPromtool, recordProof }] =
        await Promise.all([
          import('../alerts/proofs/prove.ts'),
          import('../drill/proof/read-runbooks.ts'),
          import('../drill/proof/record.ts'),
        ]);
      const { proven, runbooks } = await onProofs(cli, options, 'prove', async (promtool, proofs, how) => {
        const named = proofs.map(({ alert }) => alert.alert);
        return {
          proven: await prove(promtool, proofs, how),
          runbooks: await readRunbooks(promtool, named),
        };
      });
      const refused = runbooks.filter((runbook) => runbook.refused !== null);
      const text = [provenText(proven), ...refused.map(refusedText)].join('\n');
      print(cli, options.json, { ...proven, runbooks_refused: refused }, text);
      await recordProof('alerts prove', provedByPromtool(proven, runbooks));
      cli.finish(proven.failures.length === 0 && refused.length === 0 ? 0 : 1);
    });
}

function addMutate(cli: Cli): void {
  verb(
    cli,
    'mutate',
    'Changes every factor, window, matcher, threshold and wait in turn; a proof must fail each time.',
    'headroom alerts mutate --only ErrorBudgetExhausted.cart',
  )
    .option(...only)
    .action(async (options: Options) => {
      const [{ hunt, huntText }, { provedByMutants, recordProof }] = await Promise.all([
        import('../alerts/mutants/hunt.ts'),
        import('../drill/proof/record.ts'),
      ]);
      const { hunted, alerts } = await onProofs(
        cli,
        options,
        'hunt the mutants of',
        async (promtool, proofs, how) => ({ hunted: await hunt(promtool, proofs, how), alerts: proofs }),
      );
      print(cli, options.json, hunted, huntText(hunted));
      await recordProof('alerts mutate', provedByMutants(alerts, hunted));
      cli.finish(hunted.survivors.length === 0 ? 0 : 1);
    });
}

type OnProofs<T> = (
  promtool: string,
  proofs: readonly AlertProof[],
  options: { onProgress: (done: number, of: number) => void; signal: AbortSignal },
) => Promise<T>;

function onProofs<T>(cli: Cli, options: Options, what: string, act: OnProofs<T>): Promise<T> {
  return watched(cli, async (progress, signal) => {
    const promtool = await findPromtool(progress, signal);
    const proofs = await proofsNamed(options.only ?? '', promtool);
    progress.phase(`${what} ${proofs.length} alerts`);
    const onProgress = (done: number, of: number) => progress.status(`${done} of ${of}`);
    return act(promtool, proofs, { onProgress, signal }).catch((error: unknown) => {
      // Ctrl-C goes to promtool as well: what it was asked is then no answer and no error of ours.
      signal.throwIfAborted();
      throw error;
    });
  });
}

async function proofsNamed(text: string, promtool: string): Promise<AlertProof[]> {
  const [{ allProofs }, { proofName }, { rangeEdgeOf }] = await Promise.all([
    import('../alerts/proofs/all-proofs.ts'),
    import('../alerts/proofs/suite.ts'),
    import('../alerts/prometheus-tools.ts'),
  ]);
  const proofs = allProofs(await rangeEdgeOf(promtool));
  const named = proofs.filter((proof) => proofName(proof).includes(text));
  if (named.length > 0) return named;
  throw new UsageError(
    `--only ${text}: no alert has that in its name; there are ${proofs.map(proofName).join(', ')}`,
  );
}

async function findPromtool(progress: Progress, signal: AbortSignal): Promise<string> {
  const [{ resolvePart }, { prometheus }] = await Promise.all([
    import('../stack/parts.ts'),
    import('../stack/prometheus.ts'),
  ]);
  return (await resolvePart(prometheus, { progress, signal })).binaries.promtool!;
}

async function findAmtool(progress: Progress, signal: AbortSignal): Promise<string> {
  const [{ resolvePart }, { alertmanager }] = await Promise.all([
    import('../stack/parts.ts'),
    import('../stack/alertmanager.ts'),
  ]);
  return (await resolvePart(alertmanager, { progress, signal })).binaries.amtool!;
}
