/** The gate before the money: what blocks an approved payout, and what lets it go on. */
import { expectInvariants } from '@kehou/functions/testing/invariants';
import { expectPayoutInvariants } from '@kehou/functions/testing/payout-invariants';
import { type PayoutWorld, payoutWorld } from '@kehou/functions/testing/payout-world';
import { newId } from '@kehou/shared/kernel/id';
import type { ChinaMonth, Instant } from '@kehou/shared/kernel/time';
import { balancesOf, countTransaction, ledgerOfMonth, ledgerWrites } from '../billing/ledger.repository.ts';
import { recomputeLedger } from '../billing/recompute-ledger.ts';
import { AuditEntry } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import type { Write } from '../platform/table.ts';
import { decidePayout } from './decide-payout.ts';
import { payoutTasks } from './tasks.ts';

const MONTH = '2026-12';
const month = (text: string) => text as ChinaMonth;

/** Two sessions taught, 240 yuan; approved by the school and the operator. `feesFen`: what came in, all in the bank. */
async function approved(feesFen?: number): Promise<PayoutWorld> {
  const town = await payoutWorld({
    classes: [{ dates: ['2026-12-02', '2026-12-09'] }],
    ...(feesFen === undefined ? {} : { feesFen }),
  });
  for (const { sessions } of town.world.classes) for (const session of sessions) await town.teach(session);
  await town.start(MONTH);
  await town.play(MONTH);
  await town.decide(MONTH, 'school');
  await town.decide(MONTH, 'operator');
  return town;
}

async function bankPays(town: PayoutWorld): Promise<void> {
  town.bank.decide(() => undefined);
  expect(await town.play(MONTH)).toBe('end');
  expect(await town.run(MONTH)).toMatchObject({ status: 'done', paidFen: 24_000 });
  expect((await town.run(MONTH)).block).toBeUndefined();
  expect([...town.bank.paidFen.values()]).toEqual([24_000]);
  await expectPayoutInvariants(town.world.table, { atRest: true });
  await expectInvariants(town.world.table);
}

async function nothingLeft(town: PayoutWorld): Promise<void> {
  expect(await town.play(MONTH)).toBe('blocked');
  expect((await town.statements(MONTH)).map(({ status }) => status)).toEqual(['frozen']);
  expect(town.bank.files.size).toBe(0);
  const { items } = await ledgerOfMonth(town.world.table, town.schoolId, month('2027-01'), { limit: 100 });
  expect(items.filter(({ reason }) => reason.startsWith('pay-'))).toEqual([]);
}

const actions = async ({ world, schoolId }: PayoutWorld) => {
  const trail = await world.table.queryAll({ ...keys.auditOf(schoolId, month('2027-01')), most: 100 }, AuditEntry);
  return trail.filter(({ action }) => action.endsWith('blocked')).map(({ action }) => action);
};

test('an open break that names no school, or this one, holds the payout back; closed, it is paid, by itself', async () => {
  for (const own of [true, false]) {
    const town = await approved();
    const found = await town.breakOpens(own ? town.schoolId : undefined);
    await nothingLeft(town);
    expect(await town.run(MONTH)).toMatchObject({
      status: 'blocked',
      block: { reason: 'open-break', breaks: 1 },
      blockedAt: expect.any(String),
    });
    // Looking again and again changes nothing, and is told once.
    await nothingLeft(town);
    expect(await actions(town)).toEqual(['payout.blocked']);
    await town.breakCloses(found);
    expect(await town.play(MONTH)).toBe('bank');
    expect(await actions(town)).toEqual(['payout.blocked', 'payout.unblocked']);
    await bankPays(town);
  }
});

test('another school’s break holds nobody else back', async () => {
  const town = await approved();
  await town.breakOpens(newId('organisation'));
  expect(await town.play(MONTH)).toBe('bank');
  await bankPays(town);
});

test('a fund that does not cover what would be owed blocks, to the fen; more fees, and it is paid', async () => {
  const town = await approved(23_999);
  await nothingLeft(town);
  expect(await town.run(MONTH)).toMatchObject({ status: 'blocked', block: { reason: 'fund-short', missingFen: 1 } });
  await town.feesCameIn(1);
  expect(await town.play(MONTH)).toBe('bank');
  await bankPays(town);
  expect(await balancesOf(town.world.table, [town.schoolId])).toMatchObject([{ fund: 0 }]);
});

test('fees that are still with the provider are not in the bank: it waits for the settlement', async () => {
  const town = await approved(20_000);
  await town.feesCameIn(50_000, { settled: false });
  await nothingLeft(town);
  expect((await town.run(MONTH)).block).toEqual({ reason: 'bank-short', missingFen: 4000 });
  await town.settled(50_000);
  expect(await town.play(MONTH)).toBe('bank');
  await bankPays(town);
});

test('a refund that was just granted is not paid out, though no balance has counted it yet', async () => {
  const town = await approved(30_000);
  const { world, schoolId } = town;
  const entries = [
    { account: 'fund' as const, amountFen: 7000 },
    { account: 'parents' as const, amountFen: -7000 },
  ];
  await world.table.write(
    ledgerWrites({ id: 'refund-owed#late', schoolId, at: world.clock.now(), reason: 'refund-owed', subject: 'late', entries }),
  );
  await nothingLeft(town);
  expect((await town.run(MONTH)).block).toEqual({ reason: 'fund-short', missingFen: 1000 });
});

test('one school without cover holds no other back', async () => {
  const poor = await approved(0);
  const rich = await approved();
  expect(await poor.play(MONTH)).toBe('blocked');
  expect(await rich.play(MONTH)).toBe('bank');
  await bankPays(rich);
});

test('volunteers alone owe nothing: no break and no empty fund holds them back', async () => {
  const town = await payoutWorld({ classes: [{ dates: ['2026-12-02'], payPerSessionFen: 0 }], feesFen: 0 });
  for (const session of town.world.classes[0]?.sessions ?? []) await town.teach(session);
  await town.breakOpens();
  await town.start(MONTH);
  await town.play(MONTH);
  await town.decide(MONTH, 'school');
  await town.decide(MONTH, 'operator');
  expect(await town.play(MONTH)).toBe('end');
});

test('a break that opens between the approval and the file holds the file back; what was owed stays owed, once', async () => {
  const town = await approved();
  const tasks = payoutTasks(town.deps());
  const input = { schoolId: town.schoolId, month: MONTH, version: 1 };
  expect(await tasks['payout.approve']?.(input)).toMatchObject({ status: 'paying', stale: false });
  const found = await town.breakOpens();
  expect(await tasks['payout.send']?.(input)).toMatchObject({ done: false, blocked: true });
  expect((await town.statements(MONTH)).map(({ status }) => status)).toEqual(['approved']);
  expect(town.bank.files.size).toBe(0);
  expect(await tasks['payout.checkBank']?.({ ...input, checks: 0 })).toMatchObject({ done: false, blocked: true });
  await town.breakCloses(found);
  expect(await town.play(MONTH)).toBe('bank');
  await bankPays(town);
});

test('a file that never arrived is not handed in again while a break is open, and one that did is booked all the same', async () => {
  const town = await approved();
  const tasks = payoutTasks(town.deps());
  const input = { schoolId: town.schoolId, month: MONTH, version: 1 };
  // Neither the file nor the question gets through.
  town.bank.fail('before', 2);
  expect(await town.play(MONTH)).toBe('bank');
  expect(town.bank.files.size).toBe(0);
  const found = await town.breakOpens();
  expect(await tasks['payout.checkBank']?.({ ...input, checks: 0 })).toMatchObject({ done: false, blocked: true });
  expect(town.bank.files.size).toBe(0);
  await town.breakCloses(found);
  expect(await town.play(MONTH)).toBe('bank');
  expect(town.bank.files.size).toBe(1);
  await town.breakOpens();
  town.bank.decide(() => undefined);
  expect(await tasks['payout.checkBank']?.({ ...input, checks: 0 })).toMatchObject({ done: true, blocked: false });
  await expectPayoutInvariants(town.world.table, { atRest: true });
});

test('a person who tries again starts the next version, which is blocked for the same reason until it is mended', async () => {
  const town = await approved(0);
  await nothingLeft(town);
  const again = await town.start(MONTH);
  expect(again).toMatchObject({ status: 'paying', version: 2 });
  expect(again.block).toBeUndefined();
  expect(await town.play(MONTH, { version: 1 })).toBe('end');
  await nothingLeft(town);
  await expect(
    decidePayout(town.deps())(
      { schoolId: town.schoolId, month: month(MONTH), approve: false, version: again.version, totalFen: again.totalFen },
      town.officers.bureau,
    ),
  ).rejects.toThrow('payout.not_approving');
  await town.feesCameIn(24_000);
  await town.start(MONTH);
  expect(await town.play(MONTH)).toBe('bank');
  await bankPays(town);
});

test('what an approval owes is counted at once: the stream adds nothing, and the balances are what the entries say', async () => {
  const town = await approved();
  expect(await town.play(MONTH)).toBe('bank');
  const { table } = town.world;
  const { items } = await ledgerOfMonth(table, town.schoolId, month('2027-01'), { limit: 100, consistent: true });
  expect(items.map(({ reason }) => reason)).toEqual(['pay-owed']);
  for (const transaction of items) expect(await countTransaction(table, transaction)).toBe(false);
  const months = { from: month('2026-11'), to: month('2027-01') };
  expect(await recomputeLedger(table, town.schoolId, months)).toMatchObject({
    holds: true,
    shown: { bank: 1_000_000, payees: -24_000, fund: -976_000 },
  });
});

test('two payouts that find the same money there at the same moment do not both owe it', async () => {
  const town = await payoutWorld({ classes: [{ dates: ['2026-12-02'] }, { dates: ['2027-01-06'] }], feesFen: 12_000 });
  for (const { sessions } of town.world.classes) for (const session of sessions) await town.teach(session);
  town.world.clock.set('2027-01-31T18:00:00.000Z' as Instant);
  for (const each of ['2026-12', '2027-01']) {
    await town.start(each);
    await town.play(each);
    await town.decide(each, 'school');
    await town.decide(each, 'operator');
  }
  // December has passed the gate and read the balances, and is about to owe: then January is quicker.
  let between = 0;
  const table = new Proxy(town.world.table, {
    get: (real, name) => {
      const value = Reflect.get(real, name, real) as unknown;
      if (name === 'tryWrite') {
        return async (writes: readonly Write[]) => {
          const owes = writes.some(({ key }) => key.PK.startsWith('BOOKED#pay-owed'));
          if (owes && between++ === 0) expect(await town.play('2027-01')).toBe('bank');
          return real.tryWrite(writes);
        };
      }
      return typeof value === 'function' ? (value.bind(real) as unknown) : value;
    },
  });
  expect(await town.play('2026-12', { table })).toBe('blocked');
  expect(between).toBe(1);
  expect((await town.run('2026-12')).block).toEqual({ reason: 'fund-short', missingFen: 12_000 });
  expect(await balancesOf(town.world.table, [town.schoolId])).toMatchObject([{ fund: 0, bank: 12_000, payees: -12_000 }]);
  await expectPayoutInvariants(town.world.table, { atRest: true });
});
