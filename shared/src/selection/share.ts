/** Links that a school makes for one of its windows: each is meant for a place (a group, a poster), and lapses. */
import * as z from 'zod';
import { Child } from '../identity/person.ts';
import { Id } from '../kernel/id.ts';
import { addMinutes, Instant, ms } from '../kernel/time.ts';
import { Window } from './window.ts';

const DAY_MINUTES = 1440;
/** The page of the app where links land, as WeChat names pages. */
export const SHARE_PAGE = 'entry/share/index';
/** Links of one window. */
export const SHARE_LINKS_MAX = 50;
/** Unless the school says otherwise, a link is good for so long after the window's last hours. */
export const SHARE_AFTER_MINUTES = DAY_MINUTES;
/** A school may choose a later end, up to so long after the last hours. */
export const SHARE_AFTER_MINUTES_MAX = 90 * DAY_MINUTES;

export const ShareLink = z.object({
  /** 30 characters: it fits the `scene` of a mini-program code, which has 32. */
  shareLinkId: Id('shareLink'),
  schoolId: Id('organisation'),
  schoolName: z.string(),
  windowId: Id('window'),
  /** Where it is meant to go: `三年级群`. For the school alone. */
  name: z.string().trim().min(1).max(20),
  /** As the school chose it; absent: a day after the window's last hours, wherever these are moved. */
  until: Instant.optional(),
  madeAt: Instant,
  withdrawnAt: Instant.optional(),
});
export type ShareLink = z.infer<typeof ShareLink>;

export const ShareLinkState = z.enum(['live', 'lapsed', 'withdrawn']);
export type ShareLinkState = z.infer<typeof ShareLinkState>;

/** What came of a link. */
export const ShareCounts = z.object({
  /** People who opened it while it was good, each once; the school's own staff are not among them. */
  opens: z.int(),
  /** Places that are held or paid for, of children one of whose guardians had opened it before, and no other link of the window earlier. */
  enrolments: z.int(),
});
export type ShareCounts = z.infer<typeof ShareCounts>;

/** As the school lists it. */
export const ShareLinkShown = ShareLink.extend({ validUntil: Instant, ...ShareCounts.shape });
export type ShareLinkShown = z.infer<typeof ShareLinkShown>;

/**
 * What opens: the window itself only while the link is good. Where it is not, the person is told so and sees what is theirs:
 * `children` at the link's school, and those who go `elsewhere`.
 */
export const OpenedShareLink = z.object({
  state: z.enum([...ShareLinkState.options, 'unknown']),
  school: z.object({ schoolId: Id('organisation'), name: z.string() }).optional(),
  window: Window.omit({ offeringIds: true }).optional(),
  children: z.array(Child),
  elsewhere: z.array(Child),
});
export type OpenedShareLink = z.infer<typeof OpenedShareLink>;

type Hours = Pick<Window, 'closesAt' | 'lottery'>;

/** When the last hours of a window end; in a lottery that is followed by them, the hours for what is left. */
export function lastHoursEnd({ closesAt, lottery }: Hours): Instant {
  return lottery?.firstCome?.closesAt ?? closesAt;
}

export function validUntil(link: Pick<ShareLink, 'until'>, window: Hours): Instant {
  return link.until ?? addMinutes(lastHoursEnd(window), SHARE_AFTER_MINUTES);
}

export function shareLinkState(link: Pick<ShareLink, 'until' | 'withdrawnAt'>, window: Hours, now: Instant): ShareLinkState {
  if (link.withdrawnAt !== undefined) return 'withdrawn';
  return ms(now) < ms(validUntil(link, window)) ? 'live' : 'lapsed';
}

/** An end that a school may choose: still to come, and not long after everything is over. */
export function mayLastUntil(until: Instant, window: Hours, now: Instant): boolean {
  return ms(until) > ms(now) && ms(until) <= ms(addMinutes(lastHoursEnd(window), SHARE_AFTER_MINUTES_MAX));
}
