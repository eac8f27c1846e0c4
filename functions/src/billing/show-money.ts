/** What schools, operators and bureaus see of the money. */
import { addBalances, ledgerHolds } from '@kehou/shared/billing/ledger';
import type { billingRoutes } from '@kehou/shared/billing/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import { Fen, fen } from '@kehou/shared/kernel/fen';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { addDays, ChinaDate, daysBetween, type Instant } from '@kehou/shared/kernel/time';
import type { Organisation } from '@kehou/shared/organisation/organisation';
import * as z from 'zod';
import { mustGetOrganisation, schoolsUnder } from '../organisation/organisation.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import type { Table } from '../platform/table.ts';
import { balancesOf, ledgerOfMonth } from './ledger.repository.ts';
import { StoredOrder, StoredPayment } from './order.repository.ts';

type Routes = typeof billingRoutes;
type Deps = Pick<Platform, 'table' | 'clock'>;

const DAYS_MAX = 92;
/** Schools that one proof takes in: a large city. */
const SCHOOLS_MAX = 2000;
/** Only the partition's key is wanted: any instant makes it. */
const START = '1970-01-01T00:00:00.000Z' as Instant;

/** A school's payments, newest first, with what each was for. Two round trips. */
export function listPayments({ table }: Deps) {
  return async (input: ParsedOf<Routes['listPayments']>, _actor: Actor): Promise<ReplyOf<Routes['listPayments']>> => {
    const { GSI1PK } = keys.paymentsOfSchool(input.schoolId, START, '');
    const page = await table.query(
      { index: 'GSI1', pk: GSI1PK, limit: input.limit, cursor: input.cursor, newestFirst: true },
      StoredPayment,
    );
    const orders = await table.getMany(
      page.items.map((payment) => keys.order(payment.orderId)),
      StoredOrder,
    );
    return { items: page.items.map((payment, index) => ({ ...payment, lines: orders[index]?.lines ?? [] })), cursor: page.cursor };
  };
}

/** A month's ledger, oldest first. One query. */
export function listLedger({ table }: Deps) {
  return async (input: ParsedOf<Routes['listLedger']>, _actor: Actor): Promise<ReplyOf<Routes['listLedger']>> => {
    return ledgerOfMonth(table, input.schoolId, input.month, { limit: input.limit, cursor: input.cursor });
  };
}

/** H2's sum for a school or everything under an organisation, from the balances. One read, and two a hundred schools. */
export function proveLedger(deps: Deps) {
  return async (input: ParsedOf<Routes['proveLedger']>, _actor: Actor): Promise<ReplyOf<Routes['proveLedger']>> => {
    const organisation = await mustGetOrganisation(deps.table, input.organisationId);
    const schools = organisation.kind === 'school' ? [organisation] : await allSchoolsUnder(deps.table, organisation);
    const balances = await balancesOf(
      deps.table,
      schools.map((school) => school.organisationId),
    );
    const rows = schools.map((school, index) => {
      const own = balances[index] ?? addBalances([]);
      return { schoolId: school.organisationId, schoolName: school.name, balances: own, holds: ledgerHolds(own) };
    });
    return { balances: addBalances(balances), holds: rows.every((row) => row.holds), schools: rows, asOf: deps.clock.now() };
  };
}

/** Every school under an organisation; a hundred a query. */
export async function allSchoolsUnder(table: Table, organisation: Organisation): Promise<Organisation[]> {
  const schools: Organisation[] = [];
  let cursor: string | undefined;
  do {
    const page = await schoolsUnder(table, organisation.organisationId, { limit: 100, cursor });
    schools.push(...page.items);
    cursor = page.cursor;
  } while (cursor && schools.length < SCHOOLS_MAX);
  return schools;
}

const MoneyDay = z.object({ date: ChinaDate, paidFen: Fen.default(fen(0)), refundedFen: Fen.default(fen(0)) });

/** Paid and refunded by day, days of nothing included. One query. */
export function moneyByDay({ table }: Deps) {
  return async (input: ParsedOf<Routes['moneyByDay']>, _actor: Actor): Promise<ReplyOf<Routes['moneyByDay']>> => {
    const { schoolId, from, to } = input;
    if (to < from || to >= addDays(from, DAYS_MAX)) {
      throw new DomainError('request.invalid', { fields: [{ path: 'to', message: `at most ${DAYS_MAX} days, and not before from` }] });
    }
    const found = await table.queryAll({ ...keys.moneyDays(schoolId, from, to), most: DAYS_MAX }, MoneyDay);
    const byDate = new Map(found.map((day) => [day.date, day]));
    const days = [...daysBetween(from, to)].map((date) => byDate.get(date) ?? { date, paidFen: fen(0), refundedFen: fen(0) });
    return { days };
  };
}
