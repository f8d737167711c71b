// `headroom signals`: what the services tell, what it costs, how long everything made of it takes, and whether every link
// leads somewhere. Nothing is started.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceNames } from '../../core/telemetry/metrics/metric.ts';
import { maxSeriesPerProcess, type ProcessSeries, seriesOfProcess } from '../../core/telemetry/series.ts';
import { type Generated, generationLimitSeconds, timeGeneration } from './generation.ts';
import { followLinks, type Links } from './links.ts';
import { logsOf, metricsOf, spansOf } from './matrix.ts';

export interface Catalogue {
  readonly processes: readonly (ProcessSeries & {
    /** What a drill must have seen of it. */
    readonly told: { readonly metrics: number; readonly spans: number; readonly logs: number };
  })[];
  readonly generated: readonly Generated[];
  readonly generation_seconds: number;
  readonly links: Links;
  /** What is above its limit or leads nowhere; nothing when all is well. */
  readonly problems: readonly string[];
}

const root = join(import.meta.dirname, '..', '..');
const rooms = ['', 'alerts', 'alerts/generated', 'alerts/runbooks', 'chaos', 'docs', 'loadtests', 'workers'];

const textsIn = (folder: string, ending: string): [string, string][] =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file))
    .map((file) => [file, readFileSync(join(root, file), 'utf8')]);

export const committedLinks = (): Links =>
  followLinks(
    {
      rules: readFileSync(join(root, 'alerts/generated/rules.yml'), 'utf8'),
      dashboards: new Map(textsIn('dashboards/generated', '.json')),
      documents: new Map(rooms.flatMap((room) => textsIn(room, '.md'))),
    },
    (file) => existsSync(join(root, file)),
  );

export async function catalogue(): Promise<Catalogue> {
  const processes = await Promise.all(
    serviceNames.map(async (service) => ({
      ...(await seriesOfProcess(service)),
      told: {
        metrics: metricsOf(service).length,
        spans: spansOf[service].length,
        logs: logsOf[service].length,
      },
    })),
  );
  const generated = timeGeneration();
  const generation_seconds = generated.reduce((sum, { seconds }) => sum + seconds, 0);
  const links = committedLinks();
  const problems = [
    ...processes
      .filter(({ series }) => series > maxSeriesPerProcess)
      .map(
        ({ service, series, largest }) =>
          `${service} can become ${series} series, most of them ${largest.name}`,
      ),
    ...(generation_seconds > generationLimitSeconds
      ? [`generating everything takes ${generation_seconds.toFixed(2)} s of a processor`]
      : []),
    ...links.dead.map((link) => `dead link: ${link}`),
  ];
  return { processes, generated, generation_seconds, links, problems };
}

export function catalogueText({
  processes,
  generated,
  generation_seconds,
  links,
  problems,
}: Catalogue): string {
  return [
    ...processes.map(
      ({ service, metrics, series, largest, told }) =>
        `${service.padEnd(9)} ${metrics} metrics, at most ${series} series of ${maxSeriesPerProcess} (${largest.name}: ${largest.series}); a drill must see ${told.metrics} metrics, ${told.spans} spans, ${told.logs} log events`,
    ),
    `processor ${generated.map(({ what, files, seconds }) => `${what}: ${files} files in ${seconds.toFixed(2)} s`).join(', ')}; together ${generation_seconds.toFixed(2)} s of at most ${generationLimitSeconds}`,
    `links     ${links.followed} followed, ${links.dead.length} dead`,
    ...problems.map((problem) => `FAIL      ${problem}`),
  ].join('\n');
}
