/** The sheets that a school keeps: enrolments, payments and refunds of a term (C5). */
import type { OrderStatus, Payment } from '@kehou/shared/billing/order';
import type { Refund, RefundStatus } from '@kehou/shared/billing/refund';
import type { billingRoutes } from '@kehou/shared/billing/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { addDays, type ChinaDate, chinaDate, chinaInstant, type Instant, type TimeOfDay, timeOfDay } from '@kehou/shared/kernel/time';
import { Offering } from '@kehou/shared/offering/offering';
import { Pupil, type Term } from '@kehou/shared/school/school';
import { Enrolment, type EnrolmentStatus } from '@kehou/shared/selection/enrolment';
import writeExcelFile from 'write-excel-file/node';
import type * as z from 'zod';
import { OFFERINGS_OF_TERM_MAX } from '../offering/offering.repository.ts';
import { auditWrite } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import type { Table } from '../platform/table.ts';
import { mustGetTerm } from '../school/term.repository.ts';
import { StoredOrder, StoredPayment } from './order.repository.ts';
import { StoredRefund } from './refund.repository.ts';

type Route = (typeof billingRoutes)['exportMoney'];
type Deps = Pick<Platform, 'table' | 'clock' | 'objects'>;

const ROWS_MAX = 20_000;
const LINK_SECONDS = 600;
const PAGE = 500;
/** Selection is before a term, refunds end after it. */
const DAYS_BEFORE = 120;
const DAYS_AFTER = 60;
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** Text stays text: a name that begins with `=` is no formula in a cell of type String. */
type Cell = { value: string; type: StringConstructor } | { value: number; type: NumberConstructor; format?: string };
const text = (value: string): Cell => ({ value, type: String });
const count = (value: number): Cell => ({ value, type: Number });
const yuan = (fen: number): Cell => ({ value: fen / 100, type: Number, format: '#,##0.00' });
const moment = (at: Instant | undefined): Cell => text(at ? `${chinaDate(at)} ${timeOfDay(at)}` : '');

const enrolmentWords: Readonly<Record<EnrolmentStatus, string>> = {
  taking: '占座中',
  held: '待支付',
  closing: '释放中',
  confirmed: '已确认',
  lost: '未选上',
  lapsed: '已释放',
  cancelled: '已退课',
};
const paymentWords: Readonly<Record<Payment['status'], string>> = { created: '待支付', paid: '已支付', closed: '已关闭' };
const orderWords: Readonly<Record<OrderStatus, string>> = { pending: '待支付', closing: '关闭中', paid: '已支付', closed: '已关闭' };
const refundWords: Readonly<Record<RefundStatus, string>> = {
  requested: '已申请',
  approving: '待审批',
  approved: '已同意',
  sending: '退款中',
  attention: '需处理',
  succeeded: '已退款',
  refused: '未同意',
};
const causeWords: Readonly<Record<Refund['cause'], string>> = {
  parent: '家长申请',
  'under-size': '未开班',
  school: '学校取消',
  'late-payment': '逾期支付',
  moved: '换班差价',
  'wrong-sum': '金额不符',
  'left-school': '学生离校',
};

/** Writes the workbook to the object store and answers a link that lapses. Its reads grow with the term, within {@link ROWS_MAX}. */
export function exportMoney(deps: Deps) {
  return async (input: ParsedOf<Route>, actor: Actor): Promise<ReplyOf<Route>> => {
    const { table, clock, objects } = deps;
    const term = await mustGetTerm(table, input.schoolId, input.termId);
    const offerings = await offeringsOf(table, input);
    const sheets = [
      { sheet: '选课', data: await enrolmentRows(table, offerings) },
      { sheet: '支付', data: await paymentRows(table, input.schoolId, term, offerings) },
      { sheet: '退费', data: await refundRows(table, input.schoolId, term) },
    ];
    const now = clock.now();
    const body = await writeExcelFile(sheets.map((sheet) => ({ ...sheet, stickyRowsCount: 1 }))).toBuffer();
    const key = `exports/${input.schoolId}/${now.replaceAll(':', '')}-${actor.requestId}.xlsx`;
    await objects.put(key, body, XLSX);
    await table.write([
      auditWrite({
        organisationId: input.schoolId,
        at: now,
        actor,
        action: 'billing.money-exported',
        subject: input.termId,
        details: { rows: sheets.reduce((sum, { data }) => sum + data.length - 1, 0) },
      }),
    ]);
    const filename = `${term.name} 选课与收退费 ${chinaDate(now)}.xlsx`;
    return { url: await objects.downloadUrl(key, filename, LINK_SECONDS), filename };
  };
}

async function offeringsOf(table: Table, input: ParsedOf<Route>): Promise<Map<string, Offering>> {
  const { GSI1PK: pk } = keys.offeringsOfTerm(input.schoolId, input.termId, '');
  const offerings = await table.queryAll({ index: 'GSI1', pk, most: OFFERINGS_OF_TERM_MAX }, Offering);
  return new Map(offerings.map((offering) => [offering.offeringId, offering]));
}

function heading(...names: string[]): Cell[] {
  return names.map(text);
}

async function enrolmentRows(table: Table, offerings: ReadonlyMap<string, Offering>): Promise<Cell[][]> {
  const rows = [heading('课程', '教师', '年级', '班级', '学号', '姓名', '状态', '课时', '已付费用（元）', '选课时间')];
  for (const offering of offerings.values()) {
    const { GSI1PK } = keys.enrolmentsOfOffering(offering.offeringId, START, '');
    const enrolments = await collect(table, { index: 'GSI1', pk: GSI1PK }, Enrolment, rows.length);
    for (let start = 0; start < enrolments.length; start += 100) {
      const batch = enrolments.slice(start, start + 100);
      const pupils = await table.getMany(
        batch.map((enrolment) => keys.pupil(enrolment.pupilId)),
        Pupil,
      );
      for (const [index, enrolment] of batch.entries()) rows.push(enrolmentRow(enrolment, pupils[index]));
    }
  }
  return rows;
}

function enrolmentRow(enrolment: Enrolment, pupil: Pupil | undefined): Cell[] {
  return [
    text(enrolment.courseName),
    text(enrolment.instructorName),
    text(pupil ? `${pupil.grade}` : ''),
    text(pupil?.className ?? ''),
    text(pupil?.pupilNumber ?? ''),
    text(pupil?.name ?? ''),
    text(enrolment.movedTo ? '已换班' : enrolmentWords[enrolment.status]),
    count(enrolment.sessionCount),
    yuan(enrolment.paidFen ?? 0),
    moment(enrolment.takenAt),
  ];
}

async function paymentRows(table: Table, schoolId: string, term: Term, offerings: ReadonlyMap<string, Offering>): Promise<Cell[][]> {
  const rows = [
    heading('支付时间', '课程', '姓名', '课程费（元）', '材料费（元）', '支付状态', '订单状态', '订单号', '支付单号', '渠道单号'),
  ];
  const [from, to] = span(term);
  const pk = keys.paymentsOfSchool(schoolId, START, '').GSI1PK;
  const payments = await collect(table, { index: 'GSI1', pk, between: [from, to] }, StoredPayment, 0);
  for (let start = 0; start < payments.length; start += 100) {
    const batch = payments.slice(start, start + 100);
    const orders = await table.getMany(
      batch.map((payment) => keys.order(payment.orderId)),
      StoredOrder,
    );
    for (const [index, payment] of batch.entries()) {
      const order = orders[index];
      for (const line of order?.lines ?? []) {
        if (!order || !offerings.has(line.offeringId)) continue;
        rows.push([
          moment(payment.paidAt ?? payment.createdAt),
          text(line.courseName),
          text(line.pupilName),
          yuan(line.feeFen),
          yuan(line.materialFen),
          text(paymentWords[payment.status]),
          text(orderWords[order.status]),
          text(order.orderId),
          text(payment.paymentId),
          text(payment.providerTransactionId ?? ''),
        ]);
      }
    }
  }
  return rows;
}

async function refundRows(table: Table, schoolId: string, term: Term): Promise<Cell[][]> {
  const rows = [heading('申请时间', '课程', '姓名', '课程费（元）', '材料费（元）', '合计（元）', '原因', '状态', '到账时间', '退款单号')];
  const [from, to] = span(term);
  const pk = keys.refundsOfSchool(schoolId, START, '').GSI1PK;
  for (const refund of await collect(table, { index: 'GSI1', pk, between: [from, to] }, StoredRefund, 0)) {
    rows.push([
      moment(refund.requestedAt),
      text(refund.courseName),
      text(refund.pupilName),
      yuan(refund.feeFen),
      yuan(refund.materialFen),
      yuan(refund.amountFen),
      text(causeWords[refund.cause]),
      text(refundWords[refund.status]),
      moment(refund.timeline.find((step) => step.status === 'succeeded')?.at),
      text(refund.refundId),
    ]);
  }
  return rows;
}

function span(term: Term): readonly [string, string] {
  const midnight = (date: ChinaDate) => chinaInstant(date, '00:00' as TimeOfDay);
  return [midnight(addDays(term.firstDay, -DAYS_BEFORE)), midnight(addDays(term.lastDay, DAYS_AFTER))];
}

/** Every page of a list; more than a workbook should hold is refused. */
async function collect<T>(
  table: Table,
  query: { index: 'GSI1'; pk: string; between?: readonly [string, string] },
  schema: z.ZodType<T>,
  before: number,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await table.query({ ...query, limit: PAGE, cursor }, schema);
    items.push(...page.items);
    cursor = page.cursor;
    if (before + items.length > ROWS_MAX) throw new DomainError('export.too_large', { rowsMax: ROWS_MAX });
  } while (cursor);
  return items;
}

/** Only the partition's key is wanted: any instant makes it. */
const START = '1970-01-01T00:00:00.000Z' as Instant;
