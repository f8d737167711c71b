// A label was renamed in the shop and one panel still asks for the old name: it draws nothing, and nobody notices.
import type { Sabotage } from './sabotage.ts';

const label = /\b(outcome|provider)(=~?\\")/;
const renamed = 'former_$1$2';

/** Renames the label in the first query that matches on it. */
export function withDeadPanel(dashboard: string): string {
  if (!label.test(dashboard))
    throw new Error('the dashboard has no query that matches on outcome or provider');
  return dashboard.replace(label, renamed);
}

export const deadPanel: Sabotage = {
  name: 'dead-panel',
  breaks: 'one panel of the dashboard matches on a label that no series has',
  firstReason: 'dashboard-live',
  exitCode: 1,
  editDashboard: withDeadPanel,
};
