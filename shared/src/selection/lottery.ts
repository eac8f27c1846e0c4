/** A window in which places are drawn: wishes are ranked over days, nobody gains by being first, and everybody can check the result. */
import * as z from 'zod';
import { Id } from '../kernel/id.ts';
import { addMinutes, Instant, ms } from '../kernel/time.ts';

// The limits stand here and not with the draw itself, so that a phone that only shows a window does not carry what reckons one.
export const CHOICES_MAX = 10;
export const ROUNDS_MAX = 5;
/** One ticket to begin with, one more for each earlier term in which the child won nothing, up to this. */
export const TICKETS_MAX = 4;

/** A value of the world that is named beforehand and born after the list of entries is fixed; or, where none is named, a secret of ours. */
export const SeedSource = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('public'),
    /** In words that anybody can follow: "双色球 2026-09-01 开奖号码，从小到大，逗号分隔". */
    name: z.string().trim().min(4).max(120),
    /** When it will be known; not before {@link earliestBirth}. */
    bornAt: Instant,
  }),
  z.object({
    kind: z.literal('secret'),
    /** SHA-256 of the secret, published with the window; made by the server when the window is published. */
    hash: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
  }),
]);
export type SeedSource = z.infer<typeof SeedSource>;

export const PAY_HOURS_MAX = 72;

/** How a window draws. Its opening and closing are those of wishing. */
export const Lottery = z.object({
  rounds: z.int().min(1).max(ROUNDS_MAX),
  /** Hours that winners have to pay; what they leave goes down the drawn order. */
  payHours: z.int().min(1).max(PAY_HOURS_MAX),
  seedSource: SeedSource,
  /** What is left after the draw is for whoever comes first, in these hours; they begin when the winners' time to pay is over. */
  firstCome: z.object({ opensAt: Instant, closesAt: Instant }).optional(),
});
export type Lottery = z.infer<typeof Lottery>;

/**
 * Between the close and the value's birth: a close may be late by minutes (a machine that died, a long list), and the list of entries must
 * be fixed and published before anybody can know the value; else that nobody fitted the one to the other has to be trusted.
 */
export const VALUE_GAP_MINUTES_MIN = 30;

/** When a public value may be born at the earliest, for a window whose wishing closes then. */
export function earliestBirth(closesAt: Instant): Instant {
  return addMinutes(closesAt, VALUE_GAP_MINUTES_MIN);
}

/**
 * Why a lottery's times do not fit each other; `undefined`: they do. Asked of what a school says, not of what is published already. Winners
 * must have had their time before who comes first is served.
 */
export function wrongLotteryHours(window: {
  readonly closesAt: Instant;
  readonly lottery?: Lottery | undefined;
}): 'born-too-soon' | 'first-come' | undefined {
  const { lottery, closesAt } = window;
  if (!lottery) return undefined;
  const { seedSource, firstCome, payHours } = lottery;
  if (seedSource.kind === 'public' && ms(seedSource.bornAt) < ms(earliestBirth(closesAt))) return 'born-too-soon';
  if (!firstCome) return undefined;
  const drawnMs = ms(seedSource.kind === 'public' ? seedSource.bornAt : closesAt);
  const isLate = ms(firstCome.opensAt) >= drawnMs + payHours * 3_600_000;
  return isLate && ms(firstCome.closesAt) > ms(firstCome.opensAt) ? undefined : 'first-come';
}

/** Whether the named value was in the world before the list was fixed (the close was late): then that nobody fitted the list to it has to be trusted. */
export function isBornEarly({ seedSource, fixedAt }: { readonly seedSource: SeedSource; readonly fixedAt?: Instant | undefined }): boolean {
  return seedSource.kind === 'public' && fixedAt !== undefined && ms(seedSource.bornAt) <= ms(fixedAt);
}

/** A child's wishes, the dearest first; may be changed until the close. */
export const Choices = z.object({
  pupilId: Id('pupil'),
  windowId: Id('window'),
  /** None: withdrawn. The child is in no list then; that it was withdrawn, and when, stays. */
  offeringIds: z.array(Id('offering')).max(CHOICES_MAX),
  /** Brothers and sisters to be drawn together with: it holds where each names the other. */
  together: z.array(Id('pupil')).max(5),
  at: Instant,
});
export type Choices = z.infer<typeof Choices>;

/** How a window draws, as families read it before they wish; never changed once the window is out. */
export const DrawTerms = Lottery.pick({ rounds: true, seedSource: true });
export type DrawTerms = z.infer<typeof DrawTerms>;

function termsRow({ rounds, seedSource }: DrawTerms): readonly (string | number)[] {
  if (seedSource.kind === 'public') return [rounds, 'public', seedSource.name, seedSource.bornAt];
  return [rounds, 'secret', seedSource.hash ?? ''];
}

/** Whether a draw went by the terms that a receipt was given for. A receipt of before they were signed says nothing of them. */
export function sameTerms({ terms }: Pick<Receipt, 'terms'>, draw: DrawTerms): boolean {
  return terms === undefined || JSON.stringify(termsRow(terms)) === JSON.stringify(termsRow(draw));
}

/** Word that wishes were received (or, without classes, withdrawn), signed by the platform: its holder can show that an entry is missing or was changed. */
export const Receipt = z.object({
  windowId: Id('window'),
  /** The child's pseudonym in the published list. */
  entrant: z.string(),
  offeringIds: z.array(Id('offering')),
  /** Pseudonyms of the brothers and sisters that it asks to be drawn with. */
  together: z.array(z.string()),
  at: Instant,
  /** What was named beforehand: a value that is exchanged later is shown by any receipt. Absent in those of before. */
  terms: DrawTerms.optional(),
  /** Ed25519 over {@link receiptText}, base64url. */
  signature: z.string(),
});
export type Receipt = z.infer<typeof Receipt>;

export function receiptText({ windowId, entrant, offeringIds, together, at, terms }: Omit<Receipt, 'signature'>): string {
  const said = [windowId, entrant, offeringIds, together, at];
  return JSON.stringify(terms ? ['kehou receipt 2', ...said, termsRow(terms)] : ['kehou receipt', ...said]);
}

/** Whether an entry of the list says what a receipt says. Who asked for no brother or sister is drawn alone, in a group of its own name; who did may be, where it was not asked back. */
export function agrees(
  { entrant, group, choices }: { readonly entrant: string; readonly group: string; readonly choices: readonly string[] },
  receipt: Pick<Receipt, 'entrant' | 'offeringIds' | 'together'>,
): boolean {
  const isSame = entrant === receipt.entrant && JSON.stringify(choices) === JSON.stringify(receipt.offeringIds);
  return isSame && (receipt.together.length > 0 || group === entrant);
}

/** open → fixed (list and commitment published) → drawn → allotted (every winner holds a place, every other stands in line). */
export const DrawStage = z.enum(['fixed', 'drawn', 'allotted']);
export type DrawStage = z.infer<typeof DrawStage>;

/** What is published of a draw. */
export const PublishedDraw = z.object({
  windowId: Id('window'),
  stage: DrawStage,
  fixedAt: Instant,
  entries: z.int(),
  /** Merkle root of the canonical list of entries. */
  root: z.string(),
  /** Hash of all that the published file says when the list is fixed: what the seed is made of, with the public value. */
  commitment: z.string(),
  rounds: z.int(),
  seedSource: SeedSource,
  publicValue: z.string().optional(),
  seed: z.string().optional(),
  drawnAt: Instant.optional(),
  /** Winners pay before this. */
  payBefore: Instant.optional(),
});
export type PublishedDraw = z.infer<typeof PublishedDraw>;

/** Why a class that a child was drawn for gave it no place: it had begun before the draw was made, or was called off before places were given. */
export const NotGiven = z.enum(['begun', 'called-off']);
export type NotGiven = z.infer<typeof NotGiven>;

const Step = z.object({
  round: z.int(),
  turn: z.int(),
  passed: z.array(z.object({ offeringId: z.string(), courseName: z.string(), why: z.enum(['full', 'grade', 'clash', 'had']) })),
  /** What it was drawn for, as the published file has it; `notGiven`: no place came of it. */
  got: z.object({ offeringId: z.string(), courseName: z.string(), notGiven: NotGiven.optional() }).optional(),
});

/** One child's part of a draw, with the proof that its entry was in the list. */
export const ChildDraw = z.object({
  draw: PublishedDraw,
  entry: z
    .object({ canonical: z.string(), index: z.int(), proof: z.array(z.string()), tickets: z.int(), together: z.boolean() })
    .optional(),
  /** Wishes without an entry: the child was off the school's roster when the list was fixed (its receipt stands), or they were withdrawn. */
  notListed: z.enum(['off-roster', 'withdrawn']).optional(),
  /** From drawing on: where the child stood in the drawn order (from 1), and what happened at each of its turns. */
  place: z.int().optional(),
  steps: z.array(Step),
});
export type ChildDraw = z.infer<typeof ChildDraw>;
