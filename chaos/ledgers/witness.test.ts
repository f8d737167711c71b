// Who is odd among witnesses of one fact.
import { describe, expect, test } from 'vitest';
import { hear, type Witness } from './witness.ts';

const says = (ledger: Witness['ledger'], value: string, source = 'row'): Witness => ({
  ledger,
  source,
  value,
});

describe('witnesses', () => {
  test('who all say the same, or of whom there is one, agree', () => {
    expect(hear([says('shoppers', '5'), says('providers', '5')]).kind).toBe('agreed');
    expect(hear([says('shoppers', '5')]).kind).toBe('agreed');
    expect(hear([]).kind).toBe('agreed');
  });
  test('are outvoted by ledgers, not by rows of one hand', () => {
    const database = ['a', 'b', 'c'].map((source) => says('database', '6', source));
    const heard = hear([says('shoppers', '5'), says('providers', '5'), ...database]);
    expect(heard).toMatchObject({ kind: 'odd', majority: '5' });
    if (heard.kind === 'odd') expect(new Set(heard.odd.map((w) => w.ledger))).toEqual(new Set(['database']));
  });
  test('are divided when two ledgers stand against the rest: no single one is to blame', () => {
    const heard = hear([
      ...[says('shoppers', '5'), says('providers', '5'), says('database', '6'), says('mailbox', '6')],
      says('database', '6', 'attempt'),
    ]);
    expect(heard.kind).toBe('tied');
  });
  test('of one ledger that contradicts itself are told apart by the others', () => {
    const heard = hear([
      says('database', '5', 'order'),
      says('database', '6', 'attempt'),
      says('providers', '5'),
    ]);
    expect(heard).toMatchObject({ kind: 'odd', odd: [{ ledger: 'database', source: 'attempt' }] });
  });
  test('are decided by rows when as many ledgers stand on either side, and by nobody when the rows are equal too', () => {
    const rows = [says('database', '5', 'order'), says('database', '5', 'attempt'), says('providers', '6')];
    expect(hear(rows)).toMatchObject({ kind: 'odd', odd: [{ ledger: 'providers' }] });
    expect(hear(rows.slice(1)).kind).toBe('tied');
  });
});
