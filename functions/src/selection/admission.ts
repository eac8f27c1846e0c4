/**
 * Who is let in when, at the opening of a window that more families wait for than seats can be taken at once: each family at an
 * instant of its own, drawn by the deployment's secret. The same however often, from wherever and by whichever guardian it is asked
 * for, so refreshing gains nothing; nothing is stored and nothing is looked up.
 *
 * A family is known by the smallest of its children's ids at the school: guardians of the same children have one turn, and so have
 * siblings; more children draw no better one. Where guardians share only some of their children, each goes by their own.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor } from '@kehou/shared/kernel/route';
import { type Instant, instant, ms } from '@kehou/shared/kernel/time';
import { hoursAt, opensByHand } from '@kehou/shared/selection/rules';
import type { Admission, Turn, Window } from '@kehou/shared/selection/window';
import type { Platform } from '../platform/platform.ts';

type Secrets = Platform['secrets'];

/** Families a second that one window lets in where the deployment says nothing else (`FAMILIES_PER_SECOND`). */
export const FAMILIES_PER_SECOND = 50;
/** A rush that is over sooner needs no waiting room. */
export const SPREAD_SECONDS_MIN = 5;

/** How long a window's families are spread over; `undefined`: they may all come at once. `families`: the most that one instant opens to. */
export function admissionFor(
  { opensAt, closesAt, gradeOpenings = [], lottery }: Pick<Window, 'opensAt' | 'closesAt' | 'gradeOpenings' | 'lottery'>,
  families: number,
  familiesPerSecond: number,
): Admission | undefined {
  if (lottery && !lottery.firstCome) return undefined;
  const hours = lottery?.firstCome ?? { opensAt, closesAt };
  const lastMs = lastOpeningMs({ ...hours, gradeOpenings });
  // Whoever is last still has half of the hours.
  const mostSeconds = Math.floor((ms(hours.closesAt) - lastMs) / 2000);
  const spreadSeconds = Math.min(Math.ceil(families / familiesPerSecond), mostSeconds);
  return spreadSeconds < SPREAD_SECONDS_MIN ? undefined : { spreadSeconds, families };
}

const lastOpeningMs = ({ opensAt, gradeOpenings = [] }: Pick<Window, 'opensAt' | 'gradeOpenings'>): number =>
  Math.max(...[opensAt, ...gradeOpenings.map((opening) => opening.opensAt)].map(ms));

/** When a window whose turns have begun may close at the earliest, so that whoever is last still has half of the hours; `undefined`: there are no turns in its hours. */
export function earliestClose(window: Pick<Window, 'opensAt' | 'gradeOpenings' | 'admission' | 'lottery'>): Instant | undefined {
  const { admission, lottery } = window;
  return admission && !lottery ? instant(lastOpeningMs(window) + 2000 * admission.spreadSeconds) : undefined;
}

/** Who asks, and for which child. */
export interface Asking {
  readonly actor: Pick<Actor, 'children'>;
  readonly pupilId: string;
  readonly grade: number;
}
type Opened = Pick<Window, 'windowId' | 'schoolId' | 'opensAt' | 'closesAt' | 'gradeOpenings' | 'admission' | 'lottery'>;

function familyKey({ actor, pupilId }: Asking, schoolId: string): string {
  const mine = actor.children.filter((child) => child.schoolId === schoolId).map((child) => child.pupilId);
  return [pupilId, ...mine].sort()[0] ?? pupilId;
}

function derive(secrets: Secrets, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secrets.session, '', info, 32));
}

const FRACTION_BYTES = 6;

/**
 * Where in [0, 1) the family stands among all that wait. Other hours are another draw: nobody knows their turn in a window before its
 * hours are fixed.
 */
function fractionOf(secrets: Secrets, { windowId, ...window }: Opened, family: string): number {
  const { opensAt } = window.lottery?.firstCome ?? window;
  const digest = createHmac('sha256', derive(secrets, 'kehou turn')).update(`${windowId}|${opensAt}|${family}`).digest();
  return digest.readUIntBE(0, FRACTION_BYTES) / 2 ** (8 * FRACTION_BYTES);
}

/** The turn of this child's family; `undefined` where nobody waits: no admission, everyone has been let in, or wishes are still being ranked. */
export function turnOf(secrets: Secrets, window: Opened, asking: Asking, now: Instant): Turn | undefined {
  const { admission, schoolId } = window;
  const opensAt = opensByHand(window, asking.grade);
  if (!admission || !opensAt || ms(now) >= ms(opensAt) + admission.spreadSeconds * 1000) return undefined;
  if (window.lottery && hoursAt(now, window) !== 'after') return undefined;
  const family = familyKey(asking, schoolId);
  const fraction = fractionOf(secrets, window, family);
  const admitAt = instant(ms(opensAt) + Math.floor(fraction * admission.spreadSeconds * 1000));
  const place = 1 + Math.floor(fraction * admission.families);
  return { token: tokenOf(secrets, window.windowId, family, admitAt), admitAt, place, families: admission.families };
}

/** The instant, signed together with window and family. */
function tokenOf(secrets: Secrets, windowId: string, family: string, admitAt: Instant): string {
  const signature = createHmac('sha256', derive(secrets, 'kehou turn token'))
    .update(`${windowId}|${family}|${admitAt}`)
    .digest('base64url');
  return `${ms(admitAt)}.${signature}`;
}

/**
 * Refuses whoever has no turn yet. With a token that is not this family's for this window as it is now (forged, another family's or
 * window's, or of hours that were changed since): `selection.wrong_turn`; with the right one too early: `selection.not_your_turn`.
 * Reads nothing.
 */
export function refuseBeforeTurn(secrets: Secrets, window: Opened, asking: Asking, token: string | undefined, now: Instant): void {
  const turn = turnOf(secrets, window, asking, now);
  if (!turn) return;
  if (token === undefined || !same(token, turn.token)) throw new DomainError('selection.wrong_turn');
  refuseEarly(turn, now);
}

/** The same for what needs no token: joining a waiting list. */
export function refuseJoiningBeforeTurn(secrets: Secrets, window: Opened, asking: Asking, now: Instant): void {
  const turn = turnOf(secrets, window, asking, now);
  if (turn) refuseEarly(turn, now);
}

function refuseEarly({ admitAt }: Turn, now: Instant): void {
  if (ms(now) < ms(admitAt)) throw new DomainError('selection.not_your_turn', { admitAt });
}

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
