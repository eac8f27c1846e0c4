/** Everything that the simulated WeChat knows, by collection. Amounts are fen, instants UTC. */
import { Instant } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import { Store } from './store.ts';
import { Switch } from './switches.ts';

const Amount = z.int().min(0);

export const WeChatOrder = z.object({
  outTradeNo: z.string(),
  description: z.string(),
  amountFen: Amount,
  payer: z.string(),
  notifyUrl: z.string(),
  attach: z.string().optional(),
  createdAt: Instant,
  /** As sent; nobody pays after it. */
  timeExpire: z.string().optional(),
  expiresAt: Instant.optional(),
  state: z.enum(['NOTPAY', 'SUCCESS', 'CLOSED']),
  transactionId: z.string().optional(),
  paidAt: Instant.optional(),
  chargeFen: Amount.default(0),
  /** Out-refund numbers in the order in which they were accepted. */
  refunds: z.array(z.string()).default([]),
  refundAskedAt: Instant.optional(),
});
export type WeChatOrder = z.infer<typeof WeChatOrder>;

export const WeChatRefund = z.object({
  outRefundNo: z.string(),
  refundId: z.string(),
  outTradeNo: z.string(),
  amountFen: Amount,
  notifyUrl: z.string().optional(),
  reason: z.string().optional(),
  createdAt: Instant,
  askedAt: Instant,
  state: z.enum(['PROCESSING', 'SUCCESS', 'ABNORMAL', 'CLOSED']),
  /** When and how it will end by itself; a silent one does not. */
  settlesAt: Instant.optional(),
  settlesAs: z.enum(['SUCCESS', 'ABNORMAL', 'CLOSED']).optional(),
  settledAt: Instant.optional(),
});
export type WeChatRefund = z.infer<typeof WeChatRefund>;

/** One movement on the merchant's account. */
export const Flow = z.object({
  flowId: z.string(),
  at: Instant,
  name: z.enum(['交易', '扣除交易手续费', '退款', '退款退回', '充值', '提现']),
  direction: z.enum(['in', 'out']),
  amountFen: Amount,
  balanceFen: z.int(),
  /** WeChat's number of the payment or refund, and the merchant's. */
  businessId: z.string(),
  voucher: z.string(),
  note: z.string(),
});
export type Flow = z.infer<typeof Flow>;

/** One callback on its way. Retries of it are attempts; a duplicate is another delivery with the same event. */
export const Delivery = z.object({
  deliveryId: z.string(),
  eventId: z.string(),
  eventType: z.enum(['TRANSACTION.SUCCESS', 'REFUND.SUCCESS', 'REFUND.ABNORMAL', 'REFUND.CLOSED']),
  /** The out-trade or out-refund number. */
  subject: z.string(),
  url: z.string(),
  createdAt: Instant,
  /** Plain text of the resource. */
  content: z.string(),
  disguise: z.enum(['genuine', 'forged-signature', 'probe', 'tampered', 'stale']),
  state: z.enum(['pending', 'delivered', 'refused', 'given-up', 'lost']),
  dueAt: Instant.optional(),
  attempts: z.array(z.object({ at: Instant, outcome: z.string() })),
});
export type Delivery = z.infer<typeof Delivery>;

export const SimulatedPerson = z.object({
  openId: z.string(),
  unionId: z.string(),
  phone: z.string(),
  countryCode: z.string().default('86'),
  nickname: z.string(),
});
export type SimulatedPerson = z.infer<typeof SimulatedPerson>;

export const Code = z.object({
  code: z.string(),
  openId: z.string(),
  purpose: z.enum(['login', 'phone']),
  madeAt: Instant,
  used: z.boolean(),
});

export const SentMessage = z.object({
  messageId: z.string(),
  at: Instant,
  openId: z.string(),
  templateId: z.string(),
  page: z.string().optional(),
  data: z.record(z.string(), z.string()),
});
export type SentMessage = z.infer<typeof SentMessage>;

/** A mini-program code that was made: what scanning it opens. */
export const MadeCode = z.object({ codeId: z.string(), at: Instant, page: z.string(), scene: z.string(), text: z.string() });
export type MadeCode = z.infer<typeof MadeCode>;

export const Settings = z.object({
  /** Which key signs callbacks. Replies are signed by the one that the request names. */
  signatureMode: z.enum(['public-key', 'certificate']).default('public-key'),
  /** From an accepted refund to its result. */
  refundSeconds: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .default(60),
  /** Refunds of one order, and repeats of one refund, must be this far apart. */
  refundIntervalSeconds: z.int().min(0).max(3600).default(60),
  /** What WeChat keeps of a payment, in hundredths of a percent: 60 is 0.60 %. Schools' fees usually pay nothing. */
  chargeBasisPoints: z.int().min(0).max(1000).default(0),
  /** Everybody agrees to every subscription message, always. */
  consentToAll: z.boolean().default(false),
  balanceFen: z.int().default(0),
});
export type Settings = z.infer<typeof Settings>;

export function openState(dataDir: string) {
  const store = new Store(dataDir, 'wechat.sqlite');
  const settings = store.collection('settings', Settings);
  return {
    store,
    orders: store.collection('order', WeChatOrder),
    prepaid: store.collection('prepay', z.object({ outTradeNo: z.string(), madeAt: Instant })),
    transactions: store.collection('transaction', z.object({ outTradeNo: z.string() })),
    refunds: store.collection('refund', WeChatRefund),
    flows: store.collection('flow', Flow),
    deliveries: store.collection('delivery', Delivery),
    switches: store.collection('switch', Switch),
    people: store.collection('person', SimulatedPerson),
    codes: store.collection('code', Code),
    consents: store.collection('consent', z.object({ left: z.int() })),
    messages: store.collection('message', SentMessage),
    madeCodes: store.collection('made-code', MadeCode),
    tokens: store.collection('token', z.object({ token: z.string(), until: Instant })),
    downloads: store.collection('download', z.object({ content: z.string(), until: Instant })),
    settings: {
      get: (): Settings => settings.get('all') ?? Settings.parse({}),
      change: (part: Partial<Settings>): Settings => {
        const next = Settings.parse({ ...(settings.get('all') ?? {}), ...part });
        settings.put('all', next);
        return next;
      },
    },
    close: () => store.close(),
  };
}
export type State = ReturnType<typeof openState>;
