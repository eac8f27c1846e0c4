import { expectInvariants } from '@kehou/functions/testing/invariants';
import { expectPayoutInvariants } from '@kehou/functions/testing/payout-invariants';
import { FIRST_OF_JANUARY, type PayoutWorld, payoutWorld } from '@kehou/functions/testing/payout-world';
import { actorOf } from '@kehou/functions/testing/teaching-world';
import type { LedgerTransaction } from '@kehou/shared/billing/ledger';
import { fen } from '@kehou/shared/kernel/fen';
import { newId } from '@kehou/shared/kernel/id';
import { addMinutes, type ChinaMonth, type Instant } from '@kehou/shared/kernel/time';
import { defaultSettings } from '@kehou/shared/school/settings';
import { decideException } from '../attendance/decide-exception.ts';
import { recordWrite, StoredRecord } from '../attendance/record.repository.ts';
import { requestException } from '../attendance/request-exception.ts';
import { ledgerOfMonth } from '../billing/ledger.repository.ts';
import { correctInstructor } from '../library/correct-instructor.ts';
import { AuditEntry } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import { put, set } from '../platform/table.ts';
import { settingsWrite } from '../school/settings.repository.ts';
import { decidePayout } from './decide-payout.ts';
import { listMyStatements } from './list-my-statements.ts';
import { getRun } from './run.repository.ts';
import { getPayout, listPayouts } from './show-payouts.ts';
import { startPayout } from './start-payout.ts';
import { payoutTasks } from './tasks.ts';

const month = (text: string) => text as ChinaMonth;
const DECEMBER = ['2026-12-02', '2026-12-09'];

/** Two instructors, two sessions each in December, all taught: 240 yuan and 100 yuan. */
async function december(): Promise<PayoutWorld> {
  const town = await payoutWorld({ classes: [{ dates: DECEMBER }, { dates: DECEMBER, payPerSessionFen: 5000 }] });
  for (const { sessions } of town.world.classes) for (const session of sessions) await town.teach(session);
  return town;
}

async function paid(town: PayoutWorld, of: string, verdict: (name: string) => string | undefined = () => undefined): Promise<void> {
  await town.start(of);
  expect(await town.play(of)).toBe('approval');
  await town.decide(of, 'school');
  await town.decide(of, 'operator');
  expect(await town.play(of)).toBe('bank');
  town.bank.decide(verdict);
  expect(await town.play(of)).toBe('end');
}

/** What the payouts have moved over the months of the test; debit positive. */
async function balances(town: PayoutWorld): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  const months = ['2026-12', '2027-01', '2027-02', '2027-03', '2027-04'];
  const pages = await Promise.all(months.map((of) => ledgerOfMonth(town.world.table, town.schoolId, month(of), { limit: 100 })));
  const transactions = pages
    .flatMap(({ items }: { items: LedgerTransaction[] }) => items)
    .filter(({ reason }) => reason.startsWith('pay-'));
  for (const entry of transactions.flatMap(({ entries }) => entries)) {
    sums[entry.account] = (sums[entry.account] ?? 0) + entry.amountFen;
  }
  return sums;
}

async function sound(town: PayoutWorld): Promise<void> {
  await expectPayoutInvariants(town.world.table, { atRest: true });
  await expectInvariants(town.world.table);
}

test('a month is counted, approved by school and operator, paid by the bank, and the books say so', async () => {
  const town = await december();
  await paid(town, '2026-12');
  expect(await town.run('2026-12')).toMatchObject({
    status: 'done',
    statements: 2,
    sessions: 4,
    totalFen: 34_000,
    paidFen: 34_000,
    rejectedFen: 0,
  });
  expect([...town.bank.paidFen.values()].sort()).toEqual([10_000, 24_000]);
  expect(await balances(town)).toEqual({ fund: 34_000, payees: 0, bank: -34_000 });
  expect([...town.objects.files.keys()]).toEqual([expect.stringMatching(/^payouts\/org_\w+\/2026-12\/run_\w+\.csv$/)]);
  await sound(town);
});

test('only sessions signed in to, with a roll and not cancelled are paid', async () => {
  const town = await payoutWorld({ classes: [{ dates: ['2026-12-02', '2026-12-09', '2026-12-16', '2026-12-23'] }] });
  const [taught, noRoll, noSignIn, cancelled] = town.world.classes[0]?.sessions ?? [];
  if (!taught || !noRoll || !noSignIn || !cancelled) throw new Error('the world is empty');
  await town.teach(taught);
  await town.teach(cancelled);
  const signedIn = { at: noRoll.startsAt, late: false, by: 'qr' };
  await town.world.table.write([
    recordWrite(noRoll, { set: { signedIn } }),
    recordWrite(noSignIn, { set: { rollCalledAt: noSignIn.startsAt } }),
    set(keys.session(cancelled.offeringId, cancelled.sessionId), { status: 'cancelled' }),
  ]);
  await town.start('2026-12');
  await town.play('2026-12');
  expect((await town.statements('2026-12')).flatMap(({ lines }) => lines.map(({ sessionId }) => sessionId))).toEqual([taught.sessionId]);
});

test('a session signed for late is on the next month’s statement, and none is on two', async () => {
  const town = await payoutWorld({ classes: [{ dates: [...DECEMBER, '2027-01-06'] }] });
  const [first, late, january] = town.world.classes[0]?.sessions ?? [];
  if (!first || !late || !january) throw new Error('the world is empty');
  await town.teach(first);
  await paid(town, '2026-12');
  await town.teach(late);
  await town.teach(january);
  town.world.clock.set('2027-01-31T18:00:00.000Z' as Instant);
  await paid(town, '2027-01');
  expect((await town.statements('2027-01'))[0]?.lines.map(({ sessionId }) => sessionId)).toEqual([late.sessionId, january.sessionId]);
  expect([...town.bank.paidFen.values()]).toEqual([36_000]);
  await sound(town);
});

/** Taught on the 2nd of December with its roll called; the sign-in was asked for then, and is granted now. */
async function askedInDecember() {
  const town = await payoutWorld({ classes: [{ dates: DECEMBER }] });
  const session = town.world.classes[0]?.sessions[0];
  const teacher = town.world.instructors[0]?.actor;
  if (!session || !teacher) throw new Error('the world is empty');
  await town.world.table.write([recordWrite(session, { set: { rollCalledAt: session.startsAt, due: 10, present: 10, rollRevision: 1 } })]);
  const attendanceExceptionId = newId('attendanceException');
  town.world.clock.set(addMinutes(session.endsAt, 30));
  const { offeringId, sessionId } = session;
  await requestException(town.deps())({ attendanceExceptionId, offeringId, sessionId, mark: 'sign-in', reason: '手机没电' }, teacher);
  town.world.clock.set(FIRST_OF_JANUARY);
  const grant = () => decideException(town.deps())({ schoolId: town.schoolId, attendanceExceptionId, approve: true }, town.officers.school);
  const waiting = async () => {
    const { GSI2PK } = keys.recordsUnpaid(town.schoolId, session.date, '');
    return (await town.world.table.query({ index: 'GSI2', pk: GSI2PK, limit: 10 }, StoredRecord)).items.map((record) => record.sessionId);
  };
  return { town, session, grant, waiting };
}

test('an exception granted long after reaches the next run, whatever that run looks back over, and no other', async () => {
  const { town, session, grant, waiting } = await askedInDecember();
  town.world.clock.set('2027-04-20T02:00:00.000Z' as Instant);
  await grant();
  expect(await waiting()).toEqual([session.sessionId]);
  town.world.clock.set('2027-04-30T18:00:00.000Z' as Instant);
  await paid(town, '2027-04');
  expect((await town.statements('2027-04')).flatMap(({ lines }) => lines)).toMatchObject([{ sessionId: session.sessionId }]);
  expect([...town.bank.paidFen.values()]).toEqual([12_000]);
  expect(await waiting()).toEqual([]);
  town.world.clock.set('2027-05-31T18:00:00.000Z' as Instant);
  await town.start('2027-05');
  expect(await town.play('2027-05')).toBe('end');
  await sound(town);
});

test('an exception whose run was refused waits for the next that is approved, and is on one statement only', async () => {
  const { town, session, grant, waiting } = await askedInDecember();
  await grant();
  await town.start('2026-12');
  await town.play('2026-12');
  expect((await town.statements('2026-12')).flatMap(({ lines }) => lines)).toHaveLength(1);
  await town.decide('2026-12', 'school', false);
  await town.play('2026-12');
  expect(await waiting()).toEqual([session.sessionId]);
  town.world.clock.set('2027-06-30T18:00:00.000Z' as Instant);
  await paid(town, '2027-06');
  expect([...town.bank.paidFen.values()]).toEqual([12_000]);
  expect(await waiting()).toEqual([]);
  await sound(town);
});

test('a session signed in on time whose payouts are refused until long after is paid by the one that is approved, once', async () => {
  const town = await december();
  const records = async () => {
    const { GSI2PK } = keys.recordsUnpaid(town.schoolId, '2026-12-02' as never, '');
    return (await town.world.table.query({ index: 'GSI2', pk: GSI2PK, limit: 10 }, StoredRecord)).items.length;
  };
  expect(await records()).toBe(4);
  const refusedMonths = [
    ['2026-12', '2026-12-31T18:00:00.000Z'],
    ['2027-01', '2027-01-31T18:00:00.000Z'],
    ['2027-02', '2027-02-28T18:00:00.000Z'],
  ] as const;
  for (const [of, at] of refusedMonths) {
    town.world.clock.set(at as Instant);
    await town.start(of);
    expect(await town.play(of)).toBe('approval');
    await town.decide(of, 'school', false);
    await town.play(of);
    expect(await records()).toBe(4);
  }
  // March looks back to January: the look-back alone would not have found them.
  town.world.clock.set('2027-03-31T18:00:00.000Z' as Instant);
  await town.start('2027-03');
  expect(await town.play('2027-03')).toBe('approval');
  expect(await records()).toBe(4);
  await paid(town, '2027-03');
  expect([...town.bank.paidFen.values()].sort()).toEqual([10_000, 24_000]);
  expect(await records()).toBe(0);
  for (const [of, at] of [
    ['2027-04', '2027-04-30T18:00:00.000Z'],
    ['2027-05', '2027-05-31T18:00:00.000Z'],
  ] as const) {
    town.world.clock.set(at as Instant);
    await town.start(of);
    expect(await town.play(of)).toBe('end');
  }
  // Nor does a refused month that is started again find them.
  await town.start('2026-12');
  expect(await town.play('2026-12')).toBe('end');
  expect(await balances(town)).toEqual({ fund: 34_000, payees: 0, bank: -34_000 });
  await sound(town);
});

test('a volunteer gets a statement of nothing, and the bank gets no line', async () => {
  const town = await payoutWorld({ classes: [{ dates: DECEMBER, payPerSessionFen: 0 }] });
  for (const session of town.world.classes[0]?.sessions ?? []) await town.teach(session);
  await town.start('2026-12');
  await town.play('2026-12');
  await town.decide('2026-12', 'school');
  await town.decide('2026-12', 'operator');
  expect(await town.play('2026-12')).toBe('end');
  expect(await town.statements('2026-12')).toEqual([expect.objectContaining({ status: 'paid', totalFen: 0 })]);
  expect(town.bank.files.size).toBe(0);
  expect((await town.run('2026-12')).status).toBe('done');
  await sound(town);
});

test('a month without a session is done at once', async () => {
  const town = await payoutWorld({ classes: [{ dates: DECEMBER }] });
  await town.start('2026-12');
  expect(await town.play('2026-12')).toBe('end');
  expect(await town.run('2026-12')).toMatchObject({ status: 'done', statements: 0 });
});

test('what the bank rejects stays owed, with its reason, and is paid with the next month, once', async () => {
  const town = await december();
  await paid(town, '2026-12', (name) => (name === '教师0' ? '户名不符' : undefined));
  expect(await town.run('2026-12')).toMatchObject({ status: 'done', paidFen: 10_000, rejectedFen: 24_000 });
  expect(await balances(town)).toEqual({ fund: 34_000, payees: -24_000, bank: -10_000 });
  town.world.clock.set('2027-01-31T18:00:00.000Z' as Instant);
  await paid(town, '2027-01');
  const [rejected] = (await town.statements('2026-12')).filter(({ status }) => status === 'rejected');
  expect(rejected).toMatchObject({ rejectReason: '户名不符' });
  expect(await town.statements('2027-01')).toEqual([
    expect.objectContaining({ lines: [], carriedFen: 24_000, totalFen: 24_000, carriedFrom: [rejected?.statementId], status: 'paid' }),
  ]);
  expect(await balances(town)).toEqual({ fund: 34_000, payees: 0, bank: -34_000 });
  town.world.clock.set('2027-02-28T18:00:00.000Z' as Instant);
  await town.start('2027-02');
  expect(await town.play('2027-02')).toBe('end');
  expect([...town.bank.paidFen.values()].sort()).toEqual([10_000, 24_000]);
  await sound(town);
});

test('rejected twice, it is carried as one sum', async () => {
  const town = await december();
  const refuse = (name: string) => (name === '教师0' ? '户名不符' : undefined);
  await paid(town, '2026-12', refuse);
  town.world.clock.set('2027-01-31T18:00:00.000Z' as Instant);
  await paid(town, '2027-01', refuse);
  town.world.clock.set('2027-02-28T18:00:00.000Z' as Instant);
  await paid(town, '2027-02');
  expect(await town.statements('2027-02')).toEqual([expect.objectContaining({ totalFen: 24_000, status: 'paid' })]);
  expect(await balances(town)).toEqual({ fund: 34_000, payees: 0, bank: -34_000 });
  await sound(town);
});

test('who has no bank account is rejected before anything is sent, and paid once they have one', async () => {
  const town = await payoutWorld({ classes: [{ dates: DECEMBER, account: false }, { dates: DECEMBER }] });
  for (const { sessions } of town.world.classes) for (const session of sessions) await town.teach(session);
  await paid(town, '2026-12');
  const missing = town.world.instructors[0]?.instructorId ?? '';
  expect((await town.statements('2026-12')).find(({ instructorId }) => instructorId === missing)).toMatchObject({
    status: 'rejected',
    rejectReason: '没有登记收款账户',
  });
  await town.world.table.write([
    set(keys.instructor(missing), { account: { holder: '教师0', bank: '江西银行', number: '6222020000009999' } }),
  ]);
  town.world.clock.set('2027-01-31T18:00:00.000Z' as Instant);
  await paid(town, '2027-01');
  expect(town.bank.paidFen.get('6222020000009999')).toBe(24_000);
  await sound(town);
});

test('a line that the bank sent back for a wrong account is paid the next month to the account that the bureau has corrected', async () => {
  const town = await december();
  await paid(town, '2026-12', (name) => (name === '教师0' ? '账号不存在' : undefined));
  const instructorId = town.world.instructors[0]?.instructorId;
  if (!instructorId) throw new Error('the world is empty');
  await correctInstructor(town.deps())(
    {
      bureauId: town.world.bureauId,
      instructorId,
      account: { holder: '教师0', bank: '江西银行', number: '6222020000008888' } as never,
      reason: '账号登记有误',
    },
    town.officers.bureau,
  );
  town.world.clock.set('2027-01-31T18:00:00.000Z' as Instant);
  await paid(town, '2027-01');
  expect(await town.statements('2027-01')).toEqual([
    expect.objectContaining({ status: 'paid', carriedFen: 24_000, totalFen: 24_000, accountEnding: '8888' }),
  ]);
  expect(town.bank.paidFen.get('6222020000008888')).toBe(24_000);
  expect(town.bank.paidFen.get('6222020000000000')).toBeUndefined();
  expect(await balances(town)).toEqual({ fund: 34_000, payees: 0, bank: -34_000 });
  await sound(town);
});

test('the chain is kept: school, then operator, never out of turn', async () => {
  const town = await december();
  await town.start('2026-12');
  await town.play('2026-12');
  expect(await town.run('2026-12')).toMatchObject({ status: 'approving', next: 'school' });
  await expect(town.decide('2026-12', 'operator')).rejects.toThrow('payout.not_your_turn');
  await expect(town.decide('2026-12', 'bureau')).rejects.toThrow('payout.not_your_turn');
  expect(await town.decide('2026-12', 'school')).toMatchObject({ next: 'operator', status: 'approving' });
  const approved = await town.decide('2026-12', 'operator');
  expect(approved).toMatchObject({ status: 'paying' });
  expect(approved.next).toBeUndefined();
  await expect(town.decide('2026-12', 'bureau')).rejects.toThrow('payout.not_approving');
});

test('one person with both roles cannot approve twice, and a second tap changes nothing', async () => {
  const town = await december();
  await town.start('2026-12');
  await town.play('2026-12');
  const both = actorOf([
    { organisationId: town.schoolId, role: 'school' },
    { organisationId: town.world.operatorId, role: 'operator' },
  ]);
  const decide = decidePayout(town.deps());
  const { version, totalFen } = await town.run('2026-12');
  const input = { schoolId: town.schoolId, month: month('2026-12'), approve: true, version, totalFen };
  await decide(input, both);
  await expect(decide(input, both)).rejects.toThrow('payout.approved_by_you');
  await decide(input, town.officers.operator);
  expect(await decide(input, town.officers.operator)).toMatchObject({ status: 'paying' });
  expect((await town.run('2026-12')).approvals).toHaveLength(2);
});

test('what was counted afresh since it was seen is not approved unseen, nor refused', async () => {
  const town = await payoutWorld({ classes: [{ dates: DECEMBER }] });
  const [first, second] = town.world.classes[0]?.sessions ?? [];
  if (!first || !second) throw new Error('the world is empty');
  await town.teach(first);
  await town.start('2026-12');
  await town.play('2026-12');
  const seen = await town.run('2026-12');
  const decide = (approve: boolean, of: { version: number; totalFen: number }) =>
    decidePayout(town.deps())(
      { schoolId: town.schoolId, month: month('2026-12'), approve, note: '请核对', version: of.version, totalFen: fen(of.totalFen) },
      actorOf([{ organisationId: town.schoolId, role: 'school' }]),
    );
  await expect(decide(true, { ...seen, totalFen: seen.totalFen - 1 })).rejects.toThrow('request.changed');
  await town.decide('2026-12', 'school', false);
  await town.play('2026-12');
  await town.teach(second);
  await town.start('2026-12');
  await town.play('2026-12');
  for (const approve of [true, false]) await expect(decide(approve, seen)).rejects.toThrow('request.changed');
  const now = await town.run('2026-12');
  expect(now).toMatchObject({ status: 'approving', next: 'school', approvals: [], version: 2, totalFen: 24_000 });
  expect(await decide(true, now)).toMatchObject({ next: 'operator' });
});

test('two taps and two officers at once make one approval', async () => {
  const town = await december();
  await town.start('2026-12');
  await town.play('2026-12');
  const decide = decidePayout(town.deps());
  const { version, totalFen } = await town.run('2026-12');
  const input = { schoolId: town.schoolId, month: month('2026-12'), approve: true, version, totalFen };
  const colleague = actorOf([{ organisationId: town.schoolId, role: 'school' }]);
  await Promise.allSettled([decide(input, town.officers.school), decide(input, town.officers.school), decide(input, colleague)]);
  expect((await town.run('2026-12')).approvals).toHaveLength(1);
  const trail = await town.world.table.queryAll({ ...keys.auditOf(town.schoolId, month('2027-01')), most: 50 }, AuditEntry);
  expect(trail.filter(({ action }) => action === 'payout.step-approved')).toHaveLength(1);
});

test('refused, the sessions are free again: started anew, they are counted afresh and paid once', async () => {
  const town = await december();
  await town.start('2026-12');
  await town.play('2026-12');
  expect(await town.decide('2026-12', 'school', false)).toMatchObject({ status: 'refused', refusedNote: '请核对课时' });
  expect(await town.play('2026-12')).toBe('end');
  expect(await town.statements('2026-12')).toEqual([]);
  expect(await balances(town)).toEqual({});
  const again = await town.start('2026-12');
  expect(again).toMatchObject({ status: 'counting', version: 2, approvals: [] });
  expect(again.refusedNote).toBeUndefined();
  await paid(town, '2026-12');
  expect([...town.bank.paidFen.values()].sort()).toEqual([10_000, 24_000]);
  await sound(town);
});

test('refused and never started again, the sessions and what was carried go to the next month', async () => {
  const town = await december();
  await paid(town, '2026-12', (name) => (name === '教师0' ? '户名不符' : undefined));
  town.world.clock.set('2027-01-31T18:00:00.000Z' as Instant);
  await town.start('2027-01');
  await town.play('2027-01');
  await town.decide('2027-01', 'school', false);
  await town.play('2027-01');
  town.world.clock.set('2027-02-28T18:00:00.000Z' as Instant);
  await paid(town, '2027-02');
  expect(await town.statements('2027-02')).toEqual([expect.objectContaining({ carriedFen: 24_000, status: 'paid' })]);
  await sound(town);
});

test('a refused run started anew at once does not lose a session to the old version’s clean-up', async () => {
  const town = await december();
  await town.start('2026-12');
  await town.play('2026-12');
  await town.decide('2026-12', 'school', false);
  await town.start('2026-12');
  expect(await town.play('2026-12')).toBe('approval');
  await payoutTasks(town.deps())['payout.release']?.({ schoolId: town.schoolId, month: '2026-12', version: 1 });
  expect(await town.run('2026-12')).toMatchObject({ status: 'approving', sessions: 4 });
  expect(await town.statements('2026-12')).toHaveLength(2);
  await sound(town);
});

test('starting the same month again shows the same run; a month ahead and a school that is none are refused', async () => {
  const town = await december();
  const first = await town.start('2026-12');
  expect(await town.start('2026-12')).toEqual(first);
  await paid(town, '2026-12');
  expect(await town.start('2026-12')).toMatchObject({ status: 'done', version: 1 });
  const start = startPayout(town.deps());
  await expect(start({ schoolId: town.schoolId, month: month('2027-02') }, town.officers.school)).rejects.toThrow('payout.month_not_over');
  await expect(start({ schoolId: town.world.bureauId, month: month('2026-12') }, town.officers.school)).rejects.toThrow(
    'request.not_found',
  );
});

test('a month that is not over is not started by hand, so that no half of it is frozen; on the 1st it is', async () => {
  const town = await payoutWorld({ classes: [{ dates: DECEMBER }] });
  const [first, second] = town.world.classes[0]?.sessions ?? [];
  if (!first || !second) throw new Error('the world is empty');
  await town.teach(first);
  town.world.clock.set('2026-12-31T15:59:59.999Z' as Instant);
  await expect(town.start('2026-12')).rejects.toThrow('payout.month_not_over');
  await expect(town.start('2027-01')).rejects.toThrow('payout.month_not_over');
  await town.teach(second);
  town.world.clock.set('2026-12-31T16:00:00.000Z' as Instant);
  await paid(town, '2026-12');
  expect([...town.bank.paidFen.values()]).toEqual([24_000]);
});

test('a run of the running month from before that rule goes on, and is not counted afresh before the month is over', async () => {
  const town = await december();
  await town.start('2026-12');
  await town.play('2026-12');
  town.world.clock.set('2026-12-20T00:00:00.000Z' as Instant);
  expect(await town.start('2026-12')).toMatchObject({ status: 'approving', version: 1 });
  await town.decide('2026-12', 'school', false);
  await expect(town.start('2026-12')).rejects.toThrow('payout.month_not_over');
});

test('two months started at once never share a session', async () => {
  const town = await december();
  town.world.clock.set('2027-01-31T18:00:00.000Z' as Instant);
  await town.start('2026-12');
  await town.start('2027-01');
  await Promise.all([town.play('2026-12'), town.play('2027-01')]);
  const statements = [...(await town.statements('2026-12')), ...(await town.statements('2027-01'))];
  expect(statements.flatMap(({ lines }) => lines)).toHaveLength(4);
  await sound(town);
});

test('on the first of the month every school of every city gets its run, once, and refused ones are left to people', async () => {
  const town = await december();
  const { table, school } = town.world;
  await table.write([
    put(keys.city(town.world.bureauId), { organisationId: town.world.bureauId }),
    put(keys.schoolUnder(town.world.bureauId, town.schoolId), school),
  ]);
  const startAll = payoutTasks(town.deps())['payout.startAll'];
  expect(await startAll?.({})).toEqual({ month: '2026-12', schools: 1 });
  await town.play('2026-12');
  await town.decide('2026-12', 'school', false);
  await startAll?.({});
  expect(await town.run('2026-12')).toMatchObject({ status: 'refused', version: 1 });
});

test('a school that cannot be started stops no other: it is named in the log, the whole fails, and called again once it is mended it starts what is missing', async () => {
  const town = await december();
  const { table, school, bureauId } = town.world;
  // Before and behind it in the city's list, whatever the order is: three whose settings nobody can read.
  const broken = ['org_00000000000000000000000000', 'org_0000000000000000000000000A', 'org_7ZZZZZZZZZZZZZZZZZZZZZZZZZ'].map(
    (organisationId) => ({
      ...school,
      organisationId: organisationId as typeof school.organisationId,
    }),
  );
  await table.write([
    put(keys.city(bureauId), { organisationId: bureauId }),
    put(keys.schoolUnder(bureauId, town.schoolId), school),
    ...broken.map((each) => put(keys.schoolUnder(bureauId, each.organisationId), each)),
    ...broken.map((each) => put(keys.settings(each.organisationId), { payoutApproval: 'nobody' })),
  ]);
  const errors: unknown[] = [];
  const deps = { ...town.deps(), log: { ...town.deps().log, error: (...line: unknown[]) => errors.push(line) } };
  const startAll = payoutTasks(deps)['payout.startAll'];
  await expect(startAll?.({})).rejects.toThrow('3 payouts were not started');
  expect(await town.run('2026-12')).toMatchObject({ status: 'counting', version: 1 });
  for (const { organisationId } of broken) {
    expect(errors).toContainEqual(['payout not started', expect.objectContaining({ schoolId: organisationId, month: '2026-12' })]);
  }
  await table.write(broken.map((each) => settingsWrite(each.organisationId, defaultSettings)));
  expect(await startAll?.({})).toEqual({ month: '2026-12', schools: 4 });
  for (const { organisationId } of broken) expect(await getRun(table, organisationId, month('2026-12'))).toMatchObject({ version: 1 });
  expect(await town.run('2026-12')).toMatchObject({ version: 1 });
});

test('a month that was missed is started by the next run, oldest first, where something was taught, and paid once', async () => {
  const town = await december();
  const { table, school, bureauId } = town.world;
  await table.write([put(keys.city(bureauId), { organisationId: bureauId }), put(keys.schoolUnder(bureauId, town.schoolId), school)]);
  town.world.clock.set('2027-01-31T18:00:00.000Z' as Instant);
  const startAll = payoutTasks(town.deps())['payout.startAll'];
  expect(await startAll?.({})).toEqual({ month: '2027-01', schools: 1 });
  // November, in which nobody taught, has none.
  const months = async () => (await listPayouts(town.deps())({ schoolId: town.schoolId, limit: 10 })).items.map((run) => run.month);
  expect(await months()).toEqual(['2027-01', '2026-12']);
  await startAll?.({});
  expect((await town.run('2026-12')).version).toBe(1);
  await paid(town, '2026-12');
  expect(await town.play('2027-01')).toBe('end');
  expect([...town.bank.paidFen.values()].sort()).toEqual([10_000, 24_000]);
  await sound(town);
});

test('a school without an operator is approved by the bureau in its stead', async () => {
  const town = await december();
  await town.world.table.write([set(keys.organisation(town.schoolId), { operatorId: undefined })]);
  expect((await town.start('2026-12')).chain).toEqual(['school', 'bureau']);
});

test('a payout that waits for an operator whom the school has no more is the bureau’s to decide, and nobody approves twice', async () => {
  const town = await december();
  const { table } = town.world;
  await town.start('2026-12');
  await town.play('2026-12');
  const both = actorOf([
    { organisationId: town.schoolId, role: 'school' },
    { organisationId: town.world.bureauId, role: 'bureau' },
  ]);
  const { version, totalFen } = await town.run('2026-12');
  const approve = { schoolId: town.schoolId, month: month('2026-12'), approve: true, version, totalFen };
  await decidePayout(town.deps())(approve, both);
  const shown = async () => (await getPayout(town.deps())({ schoolId: town.schoolId, month: month('2026-12') })).run;
  const listed = async () => (await listPayouts(town.deps())({ schoolId: town.schoolId, limit: 10 })).items;
  expect(await shown()).toMatchObject({ chain: ['school', 'operator'], next: 'operator' });
  const operatorIs = (operatorId: string | undefined) => table.write([set(keys.organisation(town.schoolId), { operatorId })]);
  await operatorIs(undefined);
  expect(await shown()).toMatchObject({ chain: ['school', 'bureau'], next: 'bureau', status: 'approving' });
  expect(await listed()).toMatchObject([{ next: 'bureau' }]);
  await expect(town.decide('2026-12', 'operator')).rejects.toThrow('payout.not_your_turn');
  await expect(decidePayout(town.deps())(approve, both)).rejects.toThrow('payout.approved_by_you');
  // Another operator in time: it is theirs again.
  await operatorIs(town.world.operatorId);
  await expect(town.decide('2026-12', 'bureau')).rejects.toThrow('payout.not_your_turn');
  await operatorIs(undefined);
  expect(await town.decide('2026-12', 'bureau')).toMatchObject({
    status: 'paying',
    chain: ['school', 'bureau'],
    approvals: [{ role: 'school' }, { role: 'bureau', personId: town.officers.bureau.personId }],
  });
  expect(await town.play('2026-12')).toBe('bank');
  town.bank.decide(() => undefined);
  expect(await town.play('2026-12')).toBe('end');
  // What was decided is shown as it was decided, whoever runs the school since.
  await operatorIs(town.world.operatorId);
  expect(await shown()).toMatchObject({ status: 'done', chain: ['school', 'bureau'] });
  await sound(town);
});

test('where operator and bureau were both to approve, the bureau of a school that has no operator any more approves once', async () => {
  const town = await december();
  await town.world.table.write([settingsWrite(town.schoolId, { ...defaultSettings, payoutApproval: ['school', 'operator', 'bureau'] })]);
  await town.start('2026-12');
  await town.play('2026-12');
  await town.decide('2026-12', 'school');
  await town.world.table.write([set(keys.organisation(town.schoolId), { operatorId: undefined })]);
  expect(await town.decide('2026-12', 'bureau')).toMatchObject({ status: 'paying', chain: ['school', 'bureau'] });
});

test('a school that was set to decide alone before that was refused still needs its operator', async () => {
  const town = await december();
  await town.world.table.write([settingsWrite(town.schoolId, { ...defaultSettings, payoutApproval: ['school'] })]);
  expect((await town.start('2026-12')).chain).toEqual(['school', 'operator']);
});

test('an instructor sees the running month as it stands, then the statement, newest first', async () => {
  const town = await december();
  const teacher = town.world.instructors[0]?.actor ?? actorOf();
  town.world.clock.set('2026-12-20T00:00:00.000Z' as Instant);
  const before = await listMyStatements(town.deps())({ limit: 10 }, teacher);
  expect(before.items).toEqual([
    expect.objectContaining({ status: 'counting', month: '2026-12', totalFen: 24_000, schoolName: '青山湖实验小学' }),
  ]);
  town.world.clock.set(FIRST_OF_JANUARY);
  await paid(town, '2026-12');
  const after = await listMyStatements(town.deps())({ limit: 10 }, teacher);
  expect(after.items).toEqual([expect.objectContaining({ status: 'paid', totalFen: 24_000, accountEnding: '0000' })]);
  expect(await listMyStatements(town.deps())({ limit: 10 }, actorOf())).toEqual({ items: [] });
});

test('a run is shown with its statements, and nothing of the bank account but its end', async () => {
  const town = await december();
  await paid(town, '2026-12');
  const shown = await getPayout(town.deps())({ schoolId: town.schoolId, month: month('2026-12') });
  expect(shown.statements).toHaveLength(2);
  const { payoutRoutes } = await import('@kehou/shared/payout/routes');
  expect(JSON.stringify(payoutRoutes.getPayout.output.parse(shown))).not.toContain('6222020000');
  expect((await listPayouts(town.deps())({ schoolId: town.schoolId, limit: 10 })).items).toHaveLength(1);
  await expect(getPayout(town.deps())({ schoolId: town.schoolId, month: month('2026-11') })).rejects.toThrow('request.not_found');
});

test('a bank that cannot be reached is asked again, and a file that never arrived is sent again', async () => {
  const town = await december();
  await town.start('2026-12');
  await town.play('2026-12');
  await town.decide('2026-12', 'school');
  await town.decide('2026-12', 'operator');
  town.bank.fail('before', 2);
  expect(await town.play('2026-12')).toBe('bank');
  expect(town.bank.files.size).toBe(0);
  const checkBank = payoutTasks(town.deps())['payout.checkBank'];
  const check = () => checkBank?.({ schoolId: town.schoolId, month: '2026-12', version: 1, checks: 0 });
  expect(await check()).toMatchObject({ done: false, checks: 1 });
  expect(town.bank.files.size).toBe(1);
  town.bank.decide(() => undefined);
  town.bank.fail('after');
  expect(await check()).toMatchObject({ done: false });
  expect(await check()).toMatchObject({ done: true });
  await sound(town);
});

test('a run that is stuck is taken up where it stands; its old execution ends without effect', async () => {
  const town = await december();
  await town.start('2026-12');
  await town.play('2026-12');
  await town.decide('2026-12', 'school');
  await town.decide('2026-12', 'operator');
  const flag = payoutTasks(town.deps())['payout.flag'];
  await flag?.({ schoolId: town.schoolId, month: '2026-12', version: 1, error: 'Error' });
  expect((await town.run('2026-12')).stuckAt).toBe(town.world.clock.now());
  const resumed = await town.start('2026-12');
  expect(resumed).toMatchObject({ status: 'paying', version: 2 });
  expect(resumed.stuckAt).toBeUndefined();
  expect(await town.play('2026-12', { version: 1 })).toBe('end');
  expect(town.bank.files.size).toBe(0);
  expect(await town.play('2026-12')).toBe('bank');
  town.bank.decide(() => undefined);
  expect(await town.play('2026-12')).toBe('end');
  await sound(town);
});

test('a count that failed for good is marked once, is taken up by hand, and counted by itself it is marked no more', async () => {
  const town = await december();
  await town.start('2026-12');
  const tasks = payoutTasks(town.deps());
  const flag = (version: number) => tasks['payout.flag']?.({ schoolId: town.schoolId, month: '2026-12', version, error: 'Error' });
  await flag(1);
  const since = town.world.clock.now();
  town.world.clock.set(addMinutes(since, 360));
  await flag(1);
  expect(await town.run('2026-12')).toMatchObject({ status: 'counting', stuckAt: since });
  const resumed = await town.start('2026-12');
  expect(resumed).toMatchObject({ status: 'counting', version: 2 });
  expect(resumed.stuckAt).toBeUndefined();
  await flag(2);
  expect(await town.play('2026-12')).toBe('approval');
  expect((await town.run('2026-12')).stuckAt).toBeUndefined();
  await sound(town);
});

test('reminders are no progress: what nobody has decided for four days can be taken up by hand, with what was approved', async () => {
  const town = await december();
  await town.start('2026-12');
  await town.play('2026-12');
  await town.decide('2026-12', 'school');
  const remind = payoutTasks(town.deps())['payout.remind'];
  town.world.clock.set(addMinutes(FIRST_OF_JANUARY, 3 * 1440));
  await remind?.({ schoolId: town.schoolId, month: '2026-12', version: 1 });
  expect(await town.start('2026-12')).toMatchObject({ version: 1, reminders: 1 });
  town.world.clock.set(addMinutes(FIRST_OF_JANUARY, 4 * 1440));
  await town.world.table.write([set(keys.organisation(town.schoolId), { operatorId: undefined })]);
  expect(await town.start('2026-12')).toMatchObject({
    status: 'approving',
    version: 2,
    chain: ['school', 'bureau'],
    next: 'bureau',
    approvals: [{ role: 'school' }],
  });
  expect(await town.play('2026-12', { version: 1 })).toBe('end');
  expect(await town.play('2026-12')).toBe('approval');
  await town.decide('2026-12', 'bureau');
  expect(await town.play('2026-12')).toBe('bank');
  await expectPayoutInvariants(town.world.table);
});

test('a decision made before its execution could wait for it is answered at once, and a reminder leaves its mark', async () => {
  const town = await december();
  await town.start('2026-12');
  await town.play('2026-12');
  const answered: unknown[] = [];
  const succeed = async (token: string, output: unknown) => {
    answered.push([token, output]);
    return true;
  };
  const deps = { ...town.deps(), workflows: { start: async () => undefined, succeed } };
  const tasks = payoutTasks(deps);
  const input = { schoolId: town.schoolId, month: '2026-12', version: 1 };
  await tasks['payout.askApproval']?.({ ...input, approvals: 0, taskToken: 'one' });
  expect(answered).toEqual([]);
  expect((await town.run('2026-12')).taskToken).toBe('one');
  town.world.clock.set(addMinutes(FIRST_OF_JANUARY, 3 * 1440));
  await tasks['payout.remind']?.(input);
  expect(await town.run('2026-12')).toMatchObject({ remindedAt: town.world.clock.now(), reminders: 1 });
  await town.decide('2026-12', 'school');
  await tasks['payout.askApproval']?.({ ...input, approvals: 0, taskToken: 'two' });
  expect(answered).toEqual([['two', { stale: false, status: 'approving', approvals: 1 }]]);
});
