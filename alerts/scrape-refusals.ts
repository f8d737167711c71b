// A rule that looks at fewer samples than it needs: right in one environment and blind in another that scrapes more slowly.
import { secondsIn } from './live/durations.ts';
import { selectorsOf } from './promql-reader.ts';
import { isAlert, type RuleGroup } from './rules.ts';
import { scrapesInFor, scrapesInRange, slowestScrapeSeconds } from './scrape.ts';

export function refuseScrapes(
  groups: readonly RuleGroup[],
  scrapeSeconds: number = slowestScrapeSeconds,
): string[] {
  const shortestRange = scrapesInRange * scrapeSeconds;
  const shortestFor = scrapesInFor * scrapeSeconds;
  const found = groups.flatMap(({ name, rules }) =>
    rules.flatMap((rule) => {
      const place = `rule ${isAlert(rule) ? rule.alert : rule.record} in group ${name}`;
      const short = selectorsOf(rule.expr).filter(
        ({ range, metric }) => range !== null && !metric.includes(':') && secondsIn(range) < shortestRange,
      );
      return [
        ...short.map(
          ({ metric, range }) =>
            `${place}: ${metric}[${range}] holds fewer than ${scrapesInRange} scrapes of ${scrapeSeconds} s; look back ${shortestRange} s at least`,
        ),
        ...(isAlert(rule) && rule.forSeconds > 0 && rule.forSeconds < shortestFor
          ? [
              `${place}: in a \`for\` of ${rule.forSeconds} s the same sample is looked at twice; wait ${shortestFor} s (${scrapesInFor} scrapes) or not at all`,
            ]
          : []),
      ];
    }),
  );
  return [...new Set(found)];
}
