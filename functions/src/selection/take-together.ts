/**
 * Several seats of one child, all or none. The protocol of seats, its steps taken by all lines at once: one transaction puts every line
 * on record as `taking` with its claims, each holder goes into its seat item, and one transaction makes all of them `held`. Where one
 * cannot be had, all of them are `lost` in one transaction before any key leaves a map; nothing was ever `held`, so no lapse is counted.
 * Whoever dies on the way leaves lines `taking`: the same request again goes on with them, or the sweeper calls them lost after a
 * minute, each for itself, and a request that meets one of them lost gives up the others.
 */
import { DomainError } from '@kehou/shared/kernel/errors';
import { type Instant, ms } from '@kehou/shared/kernel/time';
import { isFinal } from '@kehou/shared/selection/enrolment';
import { findClash } from '@kehou/shared/selection/rules';
import { keys } from '../platform/keys.ts';
import { freeSeat, heldWrite, holderOfEnrolment, lostWrites, resolveTaking, StoredEnrolment, whyLost } from './enrolment.repository.ts';
import { takeHolder } from './seat.repository.ts';
import { claimSeats, isOverdue, mayTake, noSeat, refuseOtherContent, type SeatDeps, type Wish } from './take-seat.ts';

/** What came of a line: a seat, or why not. */
export type Outcome = { readonly enrolment: StoredEnrolment } | { readonly refusal: DomainError };

/** Lines that turn out to be on record are looked at again; more often is a bug. */
const LOOKS_MAX = 3;

/** A line on its way: on record, refused, or neither yet. */
interface Line {
  readonly wish: Wish;
  readonly enrolment?: StoredEnrolment | undefined;
  readonly refusal?: DomainError | undefined;
  /** Its key may be in the map: put there by this request, or by one that went before. */
  readonly seated?: boolean;
}

export function takeTogether({ table, clock, secrets, full }: SeatDeps) {
  return async (wishes: readonly Wish[], now: Instant): Promise<Outcome[]> => {
    let lines: readonly Line[] = wishes.map((wish) => onRecord({ wish }, wish.mine));
    for (let looks = 0; looks < LOOKS_MAX; looks++) {
      lines = await judge(lines, now);
      if (isRefused(lines)) return giveUp(lines, now);
      const claimed = await claim(lines, now);
      if (claimed) return isRefused(claimed) ? giveUp(claimed, now) : seatAll(claimed, now);
      lines = await readAgain(lines);
    }
    throw new DomainError('request.busy');
  };

  /** Before anything is claimed: what was decided about lines that are on record, and what speaks against those that are not. */
  async function judge(lines: readonly Line[], now: Instant): Promise<readonly Line[]> {
    return settled(
      lines.map(async (line, index): Promise<Line> => {
        const { wish, enrolment } = line;
        const foreign = enrolment && refusalOf(() => refuseOtherContent(wish.input, enrolment));
        // What the id names is none of this basket's business.
        if (foreign) return { wish, refusal: foreign };
        const refusal =
          (enrolment ? await over(enrolment, now) : refusalOf(() => mayTake(secrets, wish, now))) ??
          refusalOf(() => refuseClash(lines.slice(0, index), line));
        return { ...line, refusal };
      }),
    );
  }

  async function over(mine: StoredEnrolment, now: Instant): Promise<DomainError | undefined> {
    if (mine.status === 'lost') return whyLost(mine);
    if (mine.status !== 'taking' || !isOverdue(mine, now)) return undefined;
    await resolveTaking({ table, clock }, mine);
    return new DomainError('selection.hold_over');
  }

  /** Step 1 for what is not on record yet. `undefined`: some of it is, as it turns out. */
  async function claim(lines: readonly Line[], now: Instant): Promise<readonly Line[] | undefined> {
    const open = lines.filter(({ enrolment }) => !enrolment);
    if (open.length === 0) return lines;
    const claims = await claimSeats(
      table,
      open.map(({ wish }) => ({ ...wish, terms: mayTake(secrets, wish, now) })),
      now,
    );
    if (claims.some(({ is }) => is === 'there')) return undefined;
    return lines.map((line) => {
      const claim = claims[open.indexOf(line)];
      if (claim?.is === 'claimed') return { ...line, enrolment: claim.enrolment };
      return claim?.is === 'refused' ? { ...line, refusal: claim.why } : line;
    });
  }

  /** Steps 2 and 3. */
  async function seatAll(lines: readonly Line[], now: Instant): Promise<Outcome[]> {
    const reached = await settled(lines.map((line) => reach(line, now)));
    if (isRefused(reached)) return giveUp(reached, now);
    const taking = reached.flatMap(({ enrolment }) => (enrolment?.status === 'taking' ? [enrolment] : []));
    if (!(await table.tryWrite(taking.map((enrolment) => heldWrite(enrolment))))) return reached.map((line) => outcomeOf(line, 'held'));
    // Decided by somebody else meanwhile: by a repeat of this request, which had the same in mind, or by the sweeper.
    const there = await readAgain(reached);
    const lost = there.map((line) => (line.enrolment?.status === 'lost' ? { ...line, refusal: whyLost(line.enrolment) } : line));
    if (isRefused(lost)) return giveUp(lost, now);
    if (there.some(({ enrolment }) => enrolment?.status === 'taking')) throw new DomainError('request.busy');
    return there.map((line) => outcomeOf(line));
  }

  async function reach(line: Line, now: Instant): Promise<Line> {
    const { enrolment, wish } = line;
    if (enrolment?.status !== 'taking') return line;
    const outcome = await takeHolder(table, enrolment.offeringId, holderOfEnrolment(enrolment), now);
    if (outcome.taken) return { ...line, seated: true };
    if (outcome.why === 'full') full.remember(enrolment.offeringId, now);
    // Called off: an earlier request of the same basket, or the lost reply of this one, may have put the key in.
    return { ...line, refusal: noSeat(outcome.why, now, wish.terms?.window), seated: line.seated || outcome.why === 'cancelled' };
  }

  /** One cannot be had: none of the others is kept. Final states first, then the keys leave the maps. */
  async function giveUp(lines: readonly Line[], now: Instant): Promise<Outcome[]> {
    const named = lines.find(({ refusal }) => refusal)?.wish;
    const details = { offeringId: named?.input.offeringId, courseName: named?.terms?.card.courseName };
    const told = lines.map((line) => ({ ...line, refusal: line.refusal ?? new DomainError('selection.not_all', details) }));
    const taking = told.flatMap((line) =>
      line.enrolment?.status === 'taking' ? [lostWrites(line.enrolment, Math.floor(ms(now) / 1000), line.refusal)] : [],
    );
    const refused = await table.tryWrite(taking.flat());
    // Somebody decided about one of them in between: each for itself then, on its own condition.
    if (refused) await settled(taking.map((writes) => table.tryWrite(writes)));
    const after = refused ? await readAgain(told) : told.map((line) => lostNow(line));
    await settled(
      after.map(async ({ enrolment, seated }) => {
        if (seated && enrolment && isFinal(enrolment.status)) await freeSeat(table, enrolment);
      }),
    );
    return after.map((line) => outcomeOf(line));
  }

  /** What is on record now of every line, whoever wrote it. */
  async function readAgain(lines: readonly Line[]): Promise<readonly Line[]> {
    const found = await table.getMany(
      lines.map(({ wish: { input } }) => keys.enrolment(input.pupilId, input.enrolmentId)),
      StoredEnrolment,
    );
    return lines.map((line, index) => onRecord(line, found[index]));
  }
}

const isRefused = (lines: readonly Line[]): boolean => lines.some(({ refusal }) => refusal);

/** A `taking` may have been given its seat by whoever put it there. */
function onRecord(line: Line, enrolment: StoredEnrolment | undefined): Line {
  return { ...line, enrolment, seated: line.seated || enrolment?.status === 'taking' };
}

function lostNow(line: Line): Line {
  return line.enrolment?.status === 'taking' ? { ...line, enrolment: { ...line.enrolment, status: 'lost' } } : line;
}

/** `held`: what `taking` has become. */
function outcomeOf({ enrolment, refusal }: Line, taken?: 'held'): Outcome {
  if (enrolment?.status === 'taking' && taken) return { enrolment: { ...enrolment, status: taken } };
  if (enrolment && enrolment.status !== 'lost' && enrolment.status !== 'taking') return { enrolment };
  return { refusal: enrolment?.lost || !refusal ? whyLost(enrolment ?? {}) : refusal };
}

/** Two lines at one hour: they cannot both be had. */
function refuseClash(earlier: readonly Line[], { wish: { terms } }: Line): void {
  const other = earlier.find((line) => findClash(terms?.card.slots ?? [], line.wish.terms?.card.slots ?? []));
  if (!other) return;
  throw new DomainError('selection.clash', { courseName: other.wish.terms?.card.courseName, offeringId: other.wish.input.offeringId });
}

/** The expected refusal that this throws. */
function refusalOf(judge: () => unknown): DomainError | undefined {
  try {
    judge();
    return undefined;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

/** All of them, to their ends: nothing is left running when one of them fails. Throws what the first of those threw. */
export async function settled<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(work);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
