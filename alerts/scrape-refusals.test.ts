import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { plans } from '../drill/plan.ts';
import { refuseScrapes } from './scrape-refusals.ts';
import { ruleGroups } from './rules.ts';
import { scrapeSeconds, slowestScrapeSeconds } from './scrape.ts';

test('every rule sees four scrapes in a range and two in a `for`, in every environment', () => {
  expect(refuseScrapes(ruleGroups())).toEqual([]);
});

test('who scrapes more slowly is told which rules would be blind, and which would look at one sample twice', () => {
  const refused = refuseScrapes(ruleGroups(), 15);
  expect(refused).toContain(
    'rule PaymentProviderTimeouts in group causes: payment_attempts_total[30s] holds fewer than 4 scrapes of 15 s; look back 60 s at least',
  );
  expect(refused.join('\n')).toMatch(/in a `for` of \d+ s the same sample is looked at twice; wait 30 s/);
});

test('each environment scrapes as often as is said in one place', () => {
  const compose = parse(
    readFileSync(join(import.meta.dirname, '..', 'deploy/prometheus/prometheus.yml'), 'utf8'),
  ) as { global: Record<string, string> };
  expect(compose.global.scrape_interval).toBe(`${scrapeSeconds.compose}s`);
  expect(plans.default.scrapeSeconds).toBe(scrapeSeconds.drill);
  expect(plans.short.scrapeSeconds).toBeLessThanOrEqual(slowestScrapeSeconds);
});
