import * as z from 'zod';
import { Fen, PositiveFen } from '../kernel/fen.ts';
import { Id } from '../kernel/id.ts';
import { PageInput, page, route } from '../kernel/route.ts';
import { ChinaDate, ChinaMonth, Instant } from '../kernel/time.ts';
import { HeldBack } from '../offering/offering.ts';
import { Enrolment } from '../selection/enrolment.ts';
import { BREAK_REASON_LENGTH_MAX, SettlementBreak } from './break.ts';
import { CalledOff, CallOffQuote } from './call-off.ts';
import { Balances, FEES_DOCUMENT_LENGTH_MAX, LedgerTransaction } from './ledger.ts';
import { MoveOption, MoveStart } from './move.ts';
import { ORDER_LINES_MAX, Order, Payment, PayParameters } from './order.ts';
import { ParkedPayment, ReturnOutcome } from './parked-payment.ts';
import { REFUND_DOCUMENT_LENGTH_MAX, Refund, RefundQuote } from './refund.ts';

const schoolId = Id('organisation');
const bySchool = { by: 'role', roles: ['school'], organisation: 'schoolId' } as const;
const bySchoolOrAbove = { by: 'role', roles: ['school', 'operator', 'bureau'], organisation: 'schoolId' } as const;
const byGuardian = { by: 'guardian', pupil: 'pupilId' } as const;
const byParent = { by: 'owner', roles: ['parent'] } as const;

export const billingRoutes = {
  /** From held seats of the actor's children at one school; the client makes the id. A seat is in one live order at most. */
  placeOrder: route({
    method: 'POST',
    path: '/api/orders',
    summary: 'Place an order for held seats',
    access: byParent,
    input: z.object({
      orderId: Id('order'),
      lines: z
        .array(z.object({ pupilId: Id('pupil'), enrolmentId: Id('enrolment'), withMaterialPack: z.boolean() }))
        .min(1)
        .max(ORDER_LINES_MAX),
    }),
    output: Order,
  }),
  /** Makes the provider's order and signs what the phone needs; asked again, the same payment goes on. An order of ¥0 is paid at once. */
  startPayment: route({
    method: 'POST',
    path: '/api/orders/{orderId}/payments',
    summary: 'Start paying an order',
    access: byParent,
    input: z.object({ orderId: Id('order'), provider: z.enum(['wechat']) }),
    output: z.discriminatedUnion('status', [
      z.object({ status: z.literal('pay'), paymentId: Id('payment'), parameters: PayParameters }),
      z.object({ status: z.literal('paid'), order: Order }),
    ]),
  }),
  /** Gives a held seat back before it is paid; closes its order first. */
  giveUpSeat: route({
    method: 'POST',
    path: '/api/pupils/{pupilId}/enrolments/{enrolmentId}/release',
    summary: 'Give a held seat back',
    access: byGuardian,
    input: z.object({ pupilId: Id('pupil'), enrolmentId: Id('enrolment') }),
    output: Enrolment,
  }),
  getOrder: route({
    method: 'GET',
    path: '/api/orders/{orderId}',
    summary: 'An order of my family; asks the provider when no callback came',
    access: byParent,
    input: z.object({ orderId: Id('order'), refresh: z.stringbool().optional() }),
    output: z.object({
      order: Order,
      refunds: z.array(Refund),
      /** Lines whose material pack was handed out, and when: from then on it is not refunded. */
      handedOut: z.array(z.object({ enrolmentId: Id('enrolment'), handedOutAt: Instant })),
      /** Lines whose place was moved to another class: by the line's enrolment, the places in the order of the moves. */
      moves: z.array(z.object({ enrolmentId: Id('enrolment'), places: z.array(Enrolment) })),
      /** Families may move to another class: the school has a trial period, or one of these classes is held back. */
      hasTrial: z.boolean(),
      /** Of its classes those that are under their smallest size: until when one may move, and where the school suggests. */
      heldBack: z.array(HeldBack.extend({ offeringId: Id('offering') })),
    }),
  }),
  /** Orders with a line for this child, whichever guardian placed them. */
  listChildOrders: route({
    method: 'GET',
    path: '/api/pupils/{pupilId}/orders',
    summary: "A child's orders, newest first",
    access: byGuardian,
    input: PageInput.extend({ pupilId: Id('pupil') }),
    output: page(Order),
  }),
  quoteRefund: route({
    method: 'GET',
    path: '/api/pupils/{pupilId}/enrolments/{enrolmentId}/refund-quote',
    summary: 'What would come back, and by which rule',
    access: byGuardian,
    input: z.object({ pupilId: Id('pupil'), enrolmentId: Id('enrolment') }),
    output: RefundQuote,
  }),
  requestRefund: route({
    method: 'POST',
    path: '/api/pupils/{pupilId}/enrolments/{enrolmentId}/refunds',
    summary: 'Cancel a class and ask for the quoted refund',
    access: byGuardian,
    input: z.object({ pupilId: Id('pupil'), enrolmentId: Id('enrolment'), refundId: Id('refund'), quoteToken: z.string().max(500) }),
    output: Refund,
  }),
  /** In the trial period: the classes with places that fit the child's week once this one is left. A page may have fewer than it looked at. */
  listMoves: route({
    method: 'GET',
    path: '/api/pupils/{pupilId}/enrolments/{enrolmentId}/moves',
    summary: 'Classes that a child may move to, and what each would cost',
    access: byGuardian,
    input: PageInput.extend({ pupilId: Id('pupil'), enrolmentId: Id('enrolment') }),
    output: page(MoveOption).extend({ from: MoveStart }),
  }),
  /**
   * Moves: at once where nothing is to be paid; else the new place is held and an order is there for the difference, and the old place
   * stays the child's until it is paid. The client makes the new place's id, and says which difference it has shown.
   */
  startMove: route({
    method: 'POST',
    path: '/api/pupils/{pupilId}/enrolments/{enrolmentId}/moves',
    summary: 'Move to another class in the trial period',
    access: byGuardian,
    input: z.object({
      pupilId: Id('pupil'),
      enrolmentId: Id('enrolment'),
      newEnrolmentId: Id('enrolment'),
      offeringId: Id('offering'),
      withMaterialPack: z.boolean(),
      differenceFen: Fen,
    }),
    output: Enrolment,
  }),
  listChildRefunds: route({
    method: 'GET',
    path: '/api/pupils/{pupilId}/refunds',
    summary: "A child's refunds, newest first",
    access: byGuardian,
    input: PageInput.extend({ pupilId: Id('pupil') }),
    output: page(Refund),
  }),
  getRefund: route({
    method: 'GET',
    path: '/api/pupils/{pupilId}/refunds/{refundId}',
    summary: 'One refund with its timeline',
    access: byGuardian,
    input: z.object({ pupilId: Id('pupil'), refundId: Id('refund') }),
    output: Refund,
  }),
  /** Queues that people work: waiting for approval, or needing attention. */
  listRefunds: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/refunds',
    summary: 'Refunds of a school, newest first, or one queue of them',
    access: bySchoolOrAbove,
    input: PageInput.extend({ schoolId, queue: z.enum(['all', 'approving', 'attention']).default('all') }),
    output: page(Refund),
  }),
  decideRefund: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/refunds/{refundId}/decision',
    summary: 'Approve or refuse a refund as the next in its chain',
    access: bySchoolOrAbove,
    input: z.object({ schoolId, refundId: Id('refund'), approve: z.boolean(), note: z.string().trim().max(200).optional() }),
    output: Refund,
  }),
  retryRefund: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/refunds/{refundId}/retry',
    summary: 'Send a refund that needs attention again: with the same number, or the next where the provider closed that one',
    access: bySchool,
    input: z.object({ schoolId, refundId: Id('refund') }),
    output: Refund,
  }),
  /** A class that runs is called off: shown first, then confirmed with what was shown. */
  quoteCallOff: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/offerings/{offeringId}/calling-off',
    summary: 'What calling a running class off would give back, and to how many',
    access: bySchool,
    input: z.object({ schoolId, offeringId: Id('offering') }),
    output: CallOffQuote,
  }),
  callOff: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/offerings/{offeringId}/calling-off',
    summary: 'Call a running class off: sessions to come are cancelled, everybody is paid back and told',
    access: bySchool,
    input: z.object({
      schoolId,
      offeringId: Id('offering'),
      reason: z.string().trim().min(2).max(100),
      pupils: z.int().min(0),
      totalFen: PositiveFen,
    }),
    output: CalledOff,
  }),
  /** What the provider cannot send back (a card that is gone) and was paid from the supervised account: refused while the provider may still pay. */
  recordRefundPaid: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/refunds/{refundId}/paid-by-hand',
    summary: 'Record that a refund was paid by hand, with the document that proves it',
    access: bySchool,
    input: z.object({ schoolId, refundId: Id('refund'), document: z.string().trim().min(2).max(REFUND_DOCUMENT_LENGTH_MAX) }),
    output: Refund,
  }),
  /** Marks a material pack as handed out: from then on it is not refunded. */
  handOutMaterial: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/enrolments/{enrolmentId}/material',
    summary: 'Mark a material pack as handed out',
    access: bySchool,
    input: z.object({ schoolId, pupilId: Id('pupil'), enrolmentId: Id('enrolment') }),
    output: z.object({ handedOutAt: Instant }),
  }),
  listPayments: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/payments',
    summary: 'Payments of a school, newest first',
    access: bySchoolOrAbove,
    input: PageInput.extend({ schoolId }),
    output: page(Payment.extend({ lines: Order.shape.lines })),
  }),
  /** .xlsx of enrolments, payments and refunds of a term; the link lapses after ten minutes. */
  exportMoney: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/exports',
    summary: 'Export enrolments, payments and refunds as .xlsx',
    access: bySchool,
    input: z.object({ schoolId, termId: Id('term') }),
    output: z.object({ url: z.string(), filename: z.string() }),
  }),
  listLedger: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/ledger',
    summary: 'Ledger transactions of a month, oldest first',
    access: bySchoolOrAbove,
    input: PageInput.extend({ schoolId, month: ChinaMonth }),
    output: page(LedgerTransaction),
  }),
  /** H2's sum for everything under an organisation, from the balances, with the school that breaks it if one does. */
  proveLedger: route({
    method: 'GET',
    path: '/api/organisations/{organisationId}/ledger-proof',
    summary: 'Bank + in transit + fees owed by the operator = owed to parents + owed to payees + earmarked funds',
    access: { by: 'role', roles: ['school', 'operator', 'bureau'], organisation: 'organisationId' },
    input: z.object({ organisationId: Id('organisation') }),
    output: z.object({
      balances: Balances,
      holds: z.boolean(),
      schools: z.array(z.object({ schoolId, schoolName: z.string(), balances: Balances, holds: z.boolean() })),
      asOf: Instant,
    }),
  }),
  /** An operator's: its schools', and those that name no school, which are the merchant's. A bureau's: those of its schools. */
  listBreaks: route({
    method: 'GET',
    path: '/api/organisations/{organisationId}/breaks',
    summary: "Open differences between the provider's bills and the books, oldest first",
    access: { by: 'role', roles: ['operator', 'bureau'], organisation: 'organisationId' },
    input: PageInput.extend({ organisationId: Id('organisation') }),
    output: page(SettlementBreak.extend({ schoolName: z.string().optional() })),
  }),
  /** By the operator; by a bureau where the school has no operator. Closed for good: payouts that waited for it may go on. */
  closeBreak: route({
    method: 'POST',
    path: '/api/organisations/{organisationId}/breaks/{date}/{breakId}/closing',
    summary: 'Close a difference, with the reason',
    access: { by: 'role', roles: ['operator', 'bureau'], organisation: 'organisationId' },
    input: z.object({
      organisationId: Id('organisation'),
      date: ChinaDate,
      breakId: Id('settlementBreak'),
      reason: z.string().trim().min(2).max(BREAK_REASON_LENGTH_MAX),
    }),
    output: SettlementBreak,
  }),
  /** What the provider kept as its fees, paid into the supervised account by the operator: no more than is owed, and once a document. */
  recordFeesRepaid: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/fees-repaid',
    summary: "Record that the provider's fees were paid in by the operator",
    access: { by: 'role', roles: ['operator', 'bureau'], organisation: 'schoolId' },
    input: z.object({ schoolId, amountFen: PositiveFen.min(1), document: z.string().trim().min(2).max(FEES_DOCUMENT_LENGTH_MAX) }),
    output: LedgerTransaction,
  }),
  /** Of the operator's schools; of a bureau's. */
  listParkedPayments: route({
    method: 'GET',
    path: '/api/organisations/{organisationId}/parked-payments',
    summary: 'Payments for which the provider took another sum than was asked, longest waiting first',
    access: { by: 'role', roles: ['operator', 'bureau'], organisation: 'organisationId' },
    input: PageInput.extend({ organisationId: Id('organisation') }),
    output: page(ParkedPayment),
  }),
  /** By the operator; by a bureau where the school has no operator. Asks the provider first, and goes by what it says now. */
  returnPayment: route({
    method: 'POST',
    path: '/api/organisations/{organisationId}/parked-payments/{orderId}/{paymentId}/return',
    summary: 'Ask the provider once more, and give the whole sum back to who paid it',
    access: { by: 'role', roles: ['operator', 'bureau'], organisation: 'organisationId' },
    input: z.object({ organisationId: Id('organisation'), orderId: Id('order'), paymentId: Id('payment') }),
    output: z.object({ outcome: ReturnOutcome, refundId: Id('refund').optional() }),
  }),
  /** Money by day, for the chart. At most 92 days. */
  moneyByDay: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/money-by-day',
    summary: 'Paid and refunded by day',
    access: bySchoolOrAbove,
    input: z.object({ schoolId, from: ChinaDate, to: ChinaDate }),
    output: z.object({ days: z.array(z.object({ date: ChinaDate, paidFen: Fen, refundedFen: Fen })) }),
  }),
  /** WeChat Pay's callbacks: verified by signature over the raw body. */
  wechatPayNotice: route({
    method: 'POST',
    path: '/api/callbacks/wechat-pay',
    summary: 'Payment and refund notices of WeChat Pay',
    access: { by: 'anyone' },
    raw: true,
    input: z.object({ headers: z.record(z.string(), z.string().optional()), body: z.string() }),
    output: z.object({ code: z.literal('SUCCESS'), message: z.string() }),
  }),
};
