/** What goes wrong on demand: for the next so many payments, refunds or requests, or until switched off. */
import * as z from 'zod';

/** The requests that an HTTP fault can be laid on. */
export const Operation = z.enum([
  'prepay',
  'query',
  'close',
  'refund',
  'query-refund',
  'certificates',
  'bill',
  'bill-download',
  'session',
  'token',
  'phone',
  'message',
  'code',
]);
export type Operation = z.infer<typeof Operation>;

const common = {
  switchId: z.string(),
  /** How often it strikes, or until it is switched off. */
  times: z.union([z.int().min(1).max(1000), z.literal('always')]).default(1),
  /** Only for this out-trade number, out-refund number or openid. */
  subject: z.string().max(128).optional(),
};
const onCallback = { ...common, of: z.enum(['payment', 'refund']).optional() };
const onRequest = { ...common, operation: Operation.optional() };

export const Switch = z.discriminatedUnion('kind', [
  /** So many more copies, all at once. */
  z.object({ kind: z.literal('callback.duplicate'), ...onCallback, copies: z.int().min(1).max(20).default(1) }),
  z.object({ kind: z.literal('callback.late'), ...onCallback, minutes: z.int().min(1).max(100_000) }),
  /** Never sent, not even again. */
  z.object({ kind: z.literal('callback.lost'), ...onCallback }),
  /** Before the genuine one: signed by somebody else in WeChat's name. */
  z.object({ kind: z.literal('callback.forged-signature'), ...onCallback }),
  /** Before the genuine one: WeChat's own probe of whether signatures are checked (`WECHATPAY/SIGNTEST/…`). */
  z.object({ kind: z.literal('callback.probe'), ...onCallback }),
  /** Before the genuine one: a genuine signature over another body. */
  z.object({ kind: z.literal('callback.tampered'), ...onCallback }),
  /** Before the genuine one: played back after ten minutes. */
  z.object({ kind: z.literal('callback.stale'), ...onCallback }),
  /** WeChat itself, properly signed, names another amount (or currency, merchant, app). Instead of the right one. */
  z.object({
    kind: z.literal('callback.wrong-content'),
    ...onCallback,
    amountFen: z.int().min(1).optional(),
    currency: z.string().optional(),
    merchantId: z.string().optional(),
    appId: z.string().optional(),
  }),
  z.object({ kind: z.literal('refund.abnormal'), ...common }),
  z.object({ kind: z.literal('refund.closed'), ...common }),
  /** Stays PROCESSING until a person settles it. */
  z.object({ kind: z.literal('refund.silent'), ...common }),
  /** Nothing is done and nothing comes back. */
  z.object({ kind: z.literal('http.timeout'), ...onRequest }),
  /** Done, and the connection breaks before the reply. */
  z.object({ kind: z.literal('http.lost-reply'), ...onRequest }),
  /** Nothing is done. */
  z.object({ kind: z.literal('http.error'), ...onRequest, status: z.int().min(500).max(599).default(500) }),
  z.object({ kind: z.literal('http.unsigned'), ...onRequest }),
  z.object({ kind: z.literal('http.bad-signature'), ...onRequest }),
  z.object({ kind: z.literal('http.stale-signature'), ...onRequest }),
]);
export type Switch = z.infer<typeof Switch>;
type WithoutId<T> = T extends unknown ? Omit<T, 'switchId'> : never;
/** What one hands in: the id is made here. */
export type SwitchInput = WithoutId<z.input<typeof Switch>>;

interface Kept {
  all(): Switch[];
  put(key: string, value: Switch): void;
  remove(key: string): boolean;
}

/** The switches of a family that strike now. Each strike is counted; one that has struck its last is gone. */
export function strike<F extends 'callback' | 'refund' | 'http'>(
  switches: Kept,
  family: F,
  matches: (one: Extract<Switch, { kind: `${F}.${string}` }>) => boolean,
): Extract<Switch, { kind: `${F}.${string}` }>[] {
  const struck: Extract<Switch, { kind: `${F}.${string}` }>[] = [];
  for (const one of switches.all()) {
    if (!isOf(one, family) || !matches(one)) continue;
    struck.push(one);
    if (one.times === 'always') continue;
    if (one.times > 1) switches.put(one.switchId, { ...one, times: one.times - 1 });
    else switches.remove(one.switchId);
  }
  return struck;
}

function isOf<F extends string>(one: Switch, family: F): one is Extract<Switch, { kind: `${F}.${string}` }> {
  return one.kind.startsWith(`${family}.`);
}
