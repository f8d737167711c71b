// Rows about one payment, found by any of the ids they share: one altered id must not tear them apart unseen.
import { groupBy, type Joined } from './joined.ts';
import { type ProviderRow, type RowOf, tableOf } from './rows.ts';

export interface PaymentCluster {
  readonly charges: ProviderRow[];
  readonly attempts: RowOf<'attempt'>[];
  readonly payments: RowOf<'payment'>[];
  readonly records: RowOf<'psp_record'>[];
}

type Member =
  | { readonly kind: 'charges'; readonly row: ProviderRow }
  | { readonly kind: 'attempts'; readonly row: RowOf<'attempt'> }
  | { readonly kind: 'payments'; readonly row: RowOf<'payment'> }
  | { readonly kind: 'records'; readonly row: RowOf<'psp_record'> };

function linksOf({ kind, row }: Member): string[] {
  if (kind === 'charges') return [`a ${row.reference}`, `a ${row.key}`, `c ${row.id}`];
  if (kind === 'payments') return [`a ${row.attempt_id}`];
  if (kind === 'records') return [`a ${row.attempt_id}`, `c ${row.charge_id}`];
  return [`a ${row.attempt_id}`, ...(row.provider_reference === null ? [] : [`c ${row.provider_reference}`])];
}

/** Union of members that share a link. */
function connect(members: readonly Member[]): Member[][] {
  const parent = members.map((_, at) => at);
  const rootOf = (at: number): number => {
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  };
  const firstWith = new Map<string, number>();
  for (const [at, member] of members.entries())
    for (const link of linksOf(member)) {
      const known = firstWith.get(link);
      if (known === undefined) firstWith.set(link, at);
      else parent[rootOf(at)] = rootOf(known);
    }
  const groups = groupBy([...members.entries()], ([at]) => rootOf(at));
  return [...groups.values()].map((group) => group.map(([, member]) => member));
}

function clusterOf(members: readonly Member[]): PaymentCluster {
  const cluster: PaymentCluster = { charges: [], attempts: [], payments: [], records: [] };
  for (const member of members) (cluster[member.kind] as Member['row'][]).push(member.row);
  return cluster;
}

export function orderOf(cluster: PaymentCluster): string {
  const charge = cluster.charges[0];
  const row = cluster.attempts[0] ?? cluster.payments[0] ?? cluster.records[0];
  return row?.order_id ?? charge?.order ?? '';
}

const needsCharge = ({ attempts }: PaymentCluster) =>
  attempts.some(({ state }) => state === 'approved' || state === 'declined');

/** A fragment without its attempt joins the one cluster of its order that misses just what the fragment has. */
function joinFragments(clusters: readonly PaymentCluster[]): PaymentCluster[] {
  const merged = new Set<PaymentCluster>();
  for (const ofOrder of groupBy(clusters, orderOf).values()) {
    for (const fragment of ofOrder.filter(({ attempts }) => attempts.length === 0)) {
      const home = ofOrder.find(
        (cluster) =>
          needsCharge(cluster) &&
          (fragment.charges.length === 0 || cluster.charges.length === 0) &&
          (fragment.payments.length === 0 || cluster.payments.length === 0),
      );
      if (home === undefined) continue;
      home.charges.push(...fragment.charges);
      home.payments.push(...fragment.payments);
      home.records.push(...fragment.records);
      merged.add(fragment);
    }
  }
  return clusters.filter((cluster) => !merged.has(cluster));
}

export function paymentClusters(joined: Joined): PaymentCluster[] {
  const members: Member[] = [
    ...joined.providers.map((row) => ({ kind: 'charges', row }) as const),
    ...joined.attempts.map((row) => ({ kind: 'attempts', row }) as const),
    ...tableOf(joined.database, 'payment').map((row) => ({ kind: 'payments', row }) as const),
    ...tableOf(joined.database, 'psp_record').map((row) => ({ kind: 'records', row }) as const),
  ];
  return joinFragments(connect(members).map(clusterOf));
}
