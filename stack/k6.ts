// k6 plays the shoppers. loadtests/run-k6.ts starts it; here it is only found.
import type { Part } from './part.ts';

export const k6: Part = {
  name: 'k6',
  title: 'k6',
  binaries: ['k6'],
  minimumVersion: '1.8',
  versionArguments: ['version'],
  pathVariable: 'HEADROOM_K6',
  sources: [
    { kind: 'brew', formula: 'k6' },
    { kind: 'go', module: 'go.k6.io/k6', version: 'v1.8.1', binary: 'k6' },
  ],
  containerImage: 'grafana/k6:1.8.1',
};
