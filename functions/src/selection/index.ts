import { ms } from '@kehou/shared/kernel/time';
import { Offering } from '@kehou/shared/offering/offering';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { Window } from '@kehou/shared/selection/window';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import type { Area, Background, Change, Tasks } from '../use-cases.ts';
import { allotDraw } from './allot-draw.ts';
import { changeShortlist } from './change-shortlist.ts';
import { followShares } from './count-shares.ts';
import { decideUnderSize } from './decide-under-size.ts';
import { StoredDraw } from './draw.repository.ts';
import { fixDraw } from './fix-draw.ts';
import { FullMemory } from './full-memory.ts';
import { getShareCode } from './get-share-code.ts';
import { giveReservedPlace } from './give-reserved-place.ts';
import { joinWaitingList } from './join-waiting-list.ts';
import { leaveWaitingList } from './leave-waiting-list.ts';
import { createShareLink, listShareLinks, withdrawShareLink } from './manage-share-links.ts';
import { changeWindow, createWindow, publishWindow, withdrawWindow } from './manage-window.ts';
import { offerPlaces, waitingListIsDue } from './offer-places.ts';
import { openShareLink } from './open-share-link.ts';
import { recordPublicValue } from './record-public-value.ts';
import { followRehearsals, getRehearsal, startRehearsal } from './rehearse-window.ts';
import { awaitValue, runDraw } from './run-draw.ts';
import { followPlaces, keptOf, Seat } from './seat.repository.ts';
import { DrawMemory, getChildDraw, getDrawShown } from './show-draw.ts';
import { listChildWaits, listWaits } from './show-waits.ts';
import {
  getClassPage,
  getSeats,
  getSharedWindow,
  listChildEnrolments,
  listChildWindows,
  listEnrolments,
  listWindows,
} from './show-window.ts';
import { submitBasket } from './submit-basket.ts';
import { getChoices, submitChoices } from './submit-choices.ts';
import { takeSeat } from './take-seat.ts';
import { reconcileWindow, selectionTasks } from './tasks.ts';
import { TermsMemory } from './terms-memory.ts';
import { limited, Tries } from './tries.ts';
import { applyHours, countWrite, followOffering } from './window.repository.ts';
import { WindowMemory } from './window-memory.ts';

export type SelectionPlatform = Pick<Platform, 'table' | 'clock' | 'workflows' | 'objects' | 'secrets' | 'familiesPerSecond'>;

/** One of these a container: it owns that container's memory of classes. */
export function selection(platform: SelectionPlatform & Pick<Platform, 'wechat'>): Area<typeof selectionRoutes> {
  const deps = {
    ...platform,
    full: new FullMemory(),
    terms: new TermsMemory(),
    windows: new WindowMemory(),
    tries: new Tries(),
    draws: new DrawMemory(),
  };
  return {
    useCases: {
      createWindow: createWindow(deps),
      changeWindow: changeWindow(deps),
      publishWindow: publishWindow(deps),
      withdrawWindow: withdrawWindow(deps),
      startRehearsal: startRehearsal(deps),
      getRehearsal: getRehearsal(deps),
      listWindows: listWindows(deps),
      getSharedWindow: getSharedWindow(deps),
      createShareLink: createShareLink(deps),
      listShareLinks: listShareLinks(deps),
      withdrawShareLink: withdrawShareLink(deps),
      openShareLink: openShareLink(deps),
      getShareCode: getShareCode(deps),
      listChildWindows: listChildWindows(deps),
      getClassPage: getClassPage(deps),
      getSeats: getSeats(deps),
      takeSeat: limited(deps, takeSeat(deps)),
      changeShortlist: changeShortlist(deps),
      submitBasket: limited(deps, submitBasket(deps)),
      listChildEnrolments: listChildEnrolments(deps),
      listEnrolments: listEnrolments(deps),
      joinWaitingList: joinWaitingList(deps),
      leaveWaitingList: leaveWaitingList(deps),
      listChildWaits: listChildWaits(deps),
      listWaits: listWaits(deps),
      submitChoices: submitChoices(deps),
      getChoices: getChoices(deps),
      getDraw: getDrawShown(deps),
      getChildDraw: getChildDraw(deps),
      recordPublicValue: recordPublicValue(deps),
      decideUnderSize: decideUnderSize(deps),
      giveReservedPlace: giveReservedPlace(deps),
    },
    ...selectionBackground(platform),
  };
}

/** What happens without a request: the entry points that serve no routes carry this and nothing else of the area. */
export function selectionBackground(platform: SelectionPlatform): Background {
  return {
    tasks: { ...selectionTasks(platform), ...drawTasks(platform) },
    followers: [
      followSeats(platform),
      followOfferings(platform),
      followWindows(platform),
      followDraws(platform),
      followRehearsals(platform),
      followShares(platform),
    ],
    due: { WINDOW: reconcileWindow(platform), LIST: waitingListIsDue(platform) },
  };
}

/** The steps of a lottery, between the close of a window and its settling. */
function drawTasks(platform: SelectionPlatform): Tasks {
  return {
    'selection.fixDraw': fixDraw(platform),
    'selection.runDraw': runDraw(platform),
    'selection.awaitValue': awaitValue(platform),
    'selection.allotDraw': allotDraw(platform),
  };
}

/** Seats left on the class page: absolute counts, by revision. What came free while somebody waits is offered. */
function followSeats({ table, clock }: SelectionPlatform) {
  return async ({ keys: { SK }, before, after }: Change): Promise<void> => {
    if (SK !== 'SEAT' || !after) return;
    const seat = Seat.parse(after);
    const offeringId = String(after.PK).slice('SEAT#'.length);
    await table.tryWrite([countWrite(offeringId, seat)]);
    // A kept place that comes back may have been let go meanwhile.
    if (before && keptOf(seat) > keptOf(Seat.parse(before))) {
      const offering = await table.get(keys.offering(offeringId), Offering);
      if (offering) await followPlaces(table, offeringId, offering);
    }
    if (seat.waiting && Object.keys(seat.holders).length < seat.capacity) await offerPlaces({ table, clock }, offeringId);
  };
}

function followOfferings({ table }: SelectionPlatform) {
  return async ({ keys: { SK }, after }: Change): Promise<void> => {
    if (SK !== 'OFFERING' || !after) return;
    const offering = Offering.parse(after);
    if (offering.windowId) await followOffering(table, { ...offering, windowId: offering.windowId });
  };
}

/** The public value is on record: the state machine that waits for it goes on. */
function followDraws({ workflows }: SelectionPlatform) {
  return async ({ keys: { SK }, before, after }: Change): Promise<void> => {
    if (SK !== 'DRAW' || !after) return;
    const { publicValue, taskToken, stage } = StoredDraw.parse(after);
    const isNew = before === undefined || StoredDraw.parse(before).publicValue === undefined;
    if (isNew && publicValue !== undefined && stage === 'fixed' && taskToken) await workflows.succeed(taskToken, {});
  };
}

/** A published window has a state machine for its hours: one execution a version, named after it. */
function followWindows({ table, workflows }: SelectionPlatform) {
  return async ({ keys: { SK }, before, after }: Change): Promise<void> => {
    if (SK !== 'WINDOW' || !after) return;
    const window = Window.parse(after);
    const runs = (status: Window['status']) => status === 'published' || status === 'open' || status === 'closed';
    if (!runs(window.status)) return;
    const was = before && Window.parse(before);
    if (was && was.version === window.version && runs(was.status)) return;
    await applyHours(table, window);
    await workflows.start('selection-window', `${window.windowId}-v${window.version}`, {
      windowId: window.windowId,
      version: window.version,
      opensAt: window.opensAt,
      closesAt: window.closesAt,
      closesMs: ms(window.closesAt),
    });
  };
}
