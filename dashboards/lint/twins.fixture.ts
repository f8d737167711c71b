// For each rule the checkout overview with exactly what the rule is against, and what must be said of it.
import type { Twin } from './planted.fixture.ts';
import { twinsOfPage } from './twins-of-page.fixture.ts';
import { twinsOfPanel } from './twins-of-panel.fixture.ts';
import { twinsOfQuery } from './twins-of-query.fixture.ts';

export const twins: readonly Twin[] = [...twinsOfPage, ...twinsOfPanel, ...twinsOfQuery];
