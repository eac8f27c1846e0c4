/** Windows, enrolments, classes and their sessions. */

import {
  classCancelled,
  classCancelledUnpaid,
  classChanged,
  classesUnderSize,
  classHasEnough,
  classHeldBack,
  classNotRun,
  classRunsAnyway,
  drawnLapsed,
  drawnNotGiven,
  holdGivenUp,
  holdLapsed,
  moveLapsed,
  notDrawn,
  offerLapsed,
  type PlaceFrom,
  placeDrawn,
  placeMerged,
  placeMoved,
  placeReserved,
  publicValueWanted,
  remainderDropped,
  remainderMoved,
  remainderNeedsDesk,
  reservedLapsed,
  seatConfirmed,
  seatOffered,
  sessionCancelled,
  sessionsMoved,
  type Told,
  waitingEnded,
  windowChanged,
  windowPublished,
  windowWithdrawn,
} from '@kehou/shared/messaging/words';
import { isHeldBack, Offering, Session } from '@kehou/shared/offering/offering';
import { Pupil } from '@kehou/shared/school/school';
import { calledOffWith, Enrolment } from '@kehou/shared/selection/enrolment';
import { Wait } from '@kehou/shared/selection/wait';
import { Window } from '@kehou/shared/selection/window';
import * as z from 'zod';
import { MovedSessions } from '../offering/moved-sessions.ts';
import { keys } from '../platform/keys.ts';
import { StoredChoices, StoredDraw } from '../selection/draw.repository.ts';
import { Seat } from '../selection/seat.repository.ts';
import type { News, NewsSource } from './news.ts';

/** Published: everyone at the school. Other hours, those of what a draw left included, or withdrawn after it was published: everyone again. */
export const newsOfWindows: NewsSource = async ({ keys: { SK }, before, after }) => {
  if (SK !== 'WINDOW' || !after) return [];
  const window = Window.parse(after);
  const was = before && Window.parse(before);
  const audience = { to: 'many', people: { of: 'school', schoolId: window.schoolId } } as const;
  const news = (what: string, told: Told): News[] => [{ cause: `${window.windowId}:${what}`, audience, told }];
  const isOut = (status: Window['status']) => status === 'published' || status === 'open';
  if (window.status === 'published' && was?.status !== 'published') return news('published', windowPublished(window));
  if (window.status === 'withdrawn' && was?.status === 'published') return news('withdrawn', windowWithdrawn(window));
  const moved = was && isOut(was.status) && isOut(window.status) && hoursText(was) !== hoursText(window);
  if (moved) return news(`v${window.version}`, windowChanged(window));
  // A draw that came late moves the hours of what is left, long after the window's own have closed.
  const [left, right] = [was?.lottery?.firstCome, window.lottery?.firstCome];
  if (!left || was?.status !== window.status || window.status === 'draft') return [];
  if (right) {
    const isSame = left.opensAt === right.opensAt && left.closesAt === right.closesAt;
    return isSame ? [] : news(`first-come:${right.opensAt}`, remainderMoved({ ...window, ...right }));
  }
  const desk = { to: 'desk', schoolId: window.schoolId, role: 'school' } as const;
  return [
    ...news('first-come-dropped', remainderDropped(window)),
    { cause: `${window.windowId}:first-come-dropped:desk`, audience: desk, told: remainderNeedsDesk(window) },
  ];
};

const hoursText = ({ opensAt, closesAt, gradeOpenings }: Window) => JSON.stringify([opensAt, closesAt, gradeOpenings ?? []]);

/** Paid for, run out or given up, called off. What a parent cancels themself they hear of as a refund. */
export const newsOfEnrolments: NewsSource = async ({ keys: { SK }, before, after }, { table }) => {
  if (!SK.startsWith('ENROLMENT#') || !after) return [];
  const enrolment = Enrolment.parse(after);
  const { enrolmentId, pupilId, courseName, status, offer, drawn, holdUntil, movedFrom, givenUp, reservedFor } = enrolment;
  if (before?.status === status) return [];
  const calledOff = calledOffWith(enrolment);
  const offered = status === 'held' && offer !== undefined;
  const won = status === 'held' && drawn === true;
  const reserved = status === 'held' ? reservedFor : undefined;
  if (status !== 'confirmed' && status !== 'lapsed' && !calledOff && !offered && !won && !reserved) return [];
  const pupil = await table.get(keys.pupil(pupilId), Pupil);
  if (!pupil) return [];
  const facts = { pupilId, pupilName: pupil.name, courseName };
  const toPay = { ...facts, until: holdUntil, clashes: enrolment.slotsPending === true };
  const told = calledOff
    ? status === 'lapsed'
      ? classCancelledUnpaid({ ...facts, reason: calledOff, from: movedFrom?.courseName })
      : classCancelled({ ...facts, reason: calledOff })
    : reserved
      ? placeReserved({ ...toPay, purpose: reserved })
      : offered || won
        ? (won ? placeDrawn : seatOffered)(toPay)
        : movedFrom
          ? (status !== 'confirmed' ? moveLapsed : movedFrom.merged ? placeMerged : placeMoved)({
              ...facts,
              from: movedFrom.courseName,
              backFen: movedFrom.backFen,
            })
          : status === 'confirmed'
            ? seatConfirmed(facts)
            : givenUp
              ? holdGivenUp({ ...facts, from: cameFrom(enrolment) })
              : offer
                ? offerLapsed(facts)
                : reservedFor
                  ? reservedLapsed({ ...facts, purpose: reservedFor })
                  : drawn
                    ? drawnLapsed(facts)
                    : holdLapsed(facts);
  return [{ cause: `${enrolmentId}:${status}`, audience: { to: 'guardians', pupilId }, told }];
};

function cameFrom({ offer, reservedFor, drawn }: Enrolment): PlaceFrom | undefined {
  if (offer) return 'waiting-list';
  if (reservedFor) return 'reserve';
  return drawn ? 'draw' : undefined;
}

/** The list ended and nothing came free. (An offer is news of its enrolment.) */
export const newsOfWaits: NewsSource = async ({ keys: { SK }, before, after }, { table }) => {
  if (!SK.startsWith('WAIT#') || !after) return [];
  const { waitId, pupilId, courseName, status } = Wait.parse(after);
  if (status !== 'ended' || before?.status === status) return [];
  const pupil = await table.get(keys.pupil(pupilId), Pupil);
  if (!pupil) return [];
  const told = waitingEnded({ pupilId, pupilName: pupil.name, courseName });
  return [{ cause: `${waitId}:ended`, audience: { to: 'guardians', pupilId }, told }];
};

/** What became of wishes: who won hears of each place, by its enrolment; who won nothing hears where they stand, and who was drawn for a class that gave no place, why. */
export const newsOfChoices: NewsSource = async ({ keys: { SK }, before, after }, { table }) => {
  if (!SK.startsWith('CHOICE#') || !after?.outcome || before?.outcome) return [];
  const { windowId, pupilId, outcome, standing = [], notGiven = [], luckier = false } = StoredChoices.parse(after);
  if (outcome === 'won' && notGiven.length === 0) return [];
  const pupil = await table.get(keys.pupil(pupilId), Pupil);
  if (!pupil) return [];
  const facts = { pupilId, pupilName: pupil.name, standing, luckier };
  const told = notGiven.length > 0 ? drawnNotGiven({ ...facts, notGiven, elsewhere: outcome === 'won' }) : notDrawn(facts);
  return [{ cause: `${windowId}:${pupilId}:not-drawn`, audience: { to: 'guardians', pupilId }, told }];
};

/** A draw that waits for its public value: the school's desk, once. */
export const newsOfDraws: NewsSource = async ({ keys: { SK }, before, after }) => {
  if (SK !== 'DRAW' || !after?.wantedAt || before?.wantedAt) return [];
  const { windowId, windowName, schoolId, seedSource } = StoredDraw.parse(after);
  if (seedSource.kind !== 'public') return [];
  const told = publicValueWanted({ windowId, name: windowName, valueName: seedSource.name });
  return [{ cause: `${windowId}:value-wanted`, audience: { to: 'desk', schoolId, role: 'school' }, told }];
};

const Versioned = Offering.extend({ version: z.int(), moved: MovedSessions.optional() });

/** Another room, instructor, day or hour, to those enrolled and the instructors concerned; a class called off, to its instructor (parents hear of their enrolment). */
export const newsOfOfferings: NewsSource = async ({ keys: { SK }, before, after }, { table }) => {
  if (SK !== 'OFFERING' || !after || !before) return [];
  const offering = Versioned.parse(after);
  const was = Versioned.parse(before);
  const { offeringId, instructorId } = offering;
  if (offering.status === 'cancelled') {
    if (was.status === 'cancelled' || was.status === 'draft') return [];
    return [{ cause: `${offeringId}:cancelled`, audience: { to: 'instructor', instructorId }, told: classNotRun(offering) }];
  }
  if (offering.status !== 'published' && offering.status !== 'running') return [];
  if (was.status === 'draft') return [];
  const news: News[] = [];
  const tellClass = (cause: string, words: (to: 'parent' | 'teacher') => Told, instructors: Iterable<Offering['instructorId']>) => {
    news.push({ cause, audience: { to: 'many', people: { of: 'class', offeringId } }, told: words('parent') });
    for (const id of instructors) {
      news.push({ cause: `${cause}:teacher`, audience: { to: 'instructor', instructorId: id }, told: words('teacher') });
    }
  };
  const shown = ({ roomId, instructorId, slots }: Offering) => JSON.stringify({ roomId, instructorId, slots });
  if (shown(was) !== shown(offering)) {
    tellClass(`${offeringId}:changed:${offering.version}`, (to) => classChanged(offering, to), new Set([instructorId, was.instructorId]));
  }
  const { heldBack, courseName, schoolId } = offering;
  if (heldBack && !was.heldBack) {
    news.push({
      cause: `${offeringId}:under-size`,
      audience: { to: 'desk', schoolId, role: 'school' },
      told: classesUnderSize({ courseName, ...heldBack }),
    });
  }
  // Families who are being moved hear of it one by one; who could not be is asked like any other.
  const isAsked = !was.heldBack || was.heldBack.merging || heldBack?.into?.offeringId !== was.heldBack.into?.offeringId;
  if (heldBack && !heldBack.merging && offering.status === 'published' && isAsked && isHeldBack(offering, offering.updatedAt)) {
    const told = classHeldBack({ courseName, until: heldBack.until, into: heldBack.into?.courseName });
    const cause = `${offeringId}:held-back:${heldBack.into?.offeringId ?? ''}`;
    news.push({ cause, audience: { to: 'many', people: { of: 'class', offeringId } }, told });
  }
  if (heldBack && offering.status === 'running' && was.status === 'published') {
    const seat = await table.get(keys.seat(offeringId), Seat);
    news.push({
      cause: `${offeringId}:runs`,
      audience: { to: 'many', people: { of: 'class', offeringId } },
      told: (seat?.runs ? classRunsAnyway : classHasEnough)(offering),
    });
  }
  const { moved } = offering;
  if (moved && moved.version !== was.moved?.version) {
    tellClass(`${offeringId}:moved:${moved.version}`, (to) => sessionsMoved({ ...moved, courseName: offering.courseName }, to), [
      instructorId,
    ]);
  }
  return news;
};

/** One session called off while its class goes on. */
export const newsOfSessions: NewsSource = async ({ keys: { SK }, before, after }, { table }) => {
  if (!SK.startsWith('SESSION#') || after?.status !== 'cancelled' || before?.status !== 'scheduled') return [];
  const session = Session.parse(after);
  const { sessionId, offeringId, instructorId } = session;
  const offering = await table.get(keys.offering(offeringId), Offering);
  if (offering?.status !== 'published' && offering?.status !== 'running') return [];
  const cause = `${sessionId}:cancelled`;
  return [
    { cause, audience: { to: 'many', people: { of: 'class', offeringId } }, told: sessionCancelled(session, 'parent') },
    { cause: `${cause}:teacher`, audience: { to: 'instructor', instructorId }, told: sessionCancelled(session, 'teacher') },
  ];
};
