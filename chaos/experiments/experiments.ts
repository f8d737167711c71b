// The explicit list: adding an experiment is adding it here.
import { bothPspsDown } from './both-psps-down.ts';
import type { Experiment } from './experiment.ts';
import { providerTimeout } from './provider-timeout.ts';

export const experiments: readonly Experiment[] = [providerTimeout, bothPspsDown];
