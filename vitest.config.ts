import { defineConfig } from 'vitest/config';
import type { Reporter, TestModule } from 'vitest/node';

/** Ends every run with one plain line that people and CI can read: `N passed, N failed`. */
const counts: Reporter = {
  onTestRunEnd(modules: readonly TestModule[], unhandled) {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    // A file that did not load, or an error outside any test, has no test to fail; it counts as one.
    const broken = modules.filter((module) => module.errors().length > 0).length + unhandled.length;
    const skipped = count('skipped');
    console.log(
      `${count('passed')} passed, ${count('failed') + broken} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
    );
  },
};

// A drill judges the machine it runs on: it has the machine to itself, after everything else.
const alone = ['drill/drill.test.ts', 'drill/crash/crash.test.ts'];

const everywhere = {
  exclude: ['node_modules/**', '.headroom/**', 'evidence/**'],
  testTimeout: 30_000,
  hookTimeout: 120_000,
};

export default defineConfig({
  test: {
    reporters: ['default', counts],
    projects: [
      {
        test: {
          ...everywhere,
          name: 'parts',
          include: ['**/*.test.ts'],
          exclude: [...everywhere.exclude, ...alone],
          // Each file has parts of its own on free ports. They wait more than they compute: three keep two cores busy.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...everywhere,
          name: 'alone',
          include: alone,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
