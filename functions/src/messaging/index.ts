/** Inboxes, made from what the others committed; and a child's home page. */
import type { messagingRoutes } from '@kehou/shared/messaging/routes';
import type { Platform } from '../platform/platform.ts';
import type { Area, Background } from '../use-cases.ts';
import { followFanOuts, resumeFanOut } from './fan-out.ts';
import { getHome } from './get-home.ts';
import { followNews } from './news.ts';
import { newsOfComments, newsOfExceptions, newsOfRolls } from './news-of-attendance.ts';
import {
  newsOfChoices,
  newsOfDraws,
  newsOfEnrolments,
  newsOfOfferings,
  newsOfSessions,
  newsOfWaits,
  newsOfWindows,
} from './news-of-classes.ts';
import { newsOfOperators, newsOfPayments, newsOfPayouts, newsOfRefunds, newsOfStatements } from './news-of-money.ts';
import { newsOfChildren, newsOfLinkRequests, newsOfPupils, newsOfUnlinking } from './news-of-people.ts';
import { listMessages, markRead } from './show-inbox.ts';

const sources = [
  newsOfWindows,
  newsOfEnrolments,
  newsOfWaits,
  newsOfChoices,
  newsOfDraws,
  newsOfOfferings,
  newsOfSessions,
  newsOfRolls,
  newsOfComments,
  newsOfExceptions,
  newsOfRefunds,
  newsOfStatements,
  newsOfPayments,
  newsOfPayouts,
  newsOfOperators,
  newsOfChildren,
  newsOfLinkRequests,
  newsOfUnlinking,
  newsOfPupils,
];

export type MessagingPlatform = Pick<Platform, 'table' | 'clock' | 'log' | 'wechat'>;

export function messaging(platform: MessagingPlatform): Area<typeof messagingRoutes> {
  return {
    useCases: { getHome: getHome(platform), listMessages: listMessages(platform), markRead: markRead(platform) },
    ...messagingBackground(platform),
  };
}

/** What happens without a request: the entry points that serve no routes carry this and nothing else of the area. */
export function messagingBackground(platform: MessagingPlatform): Background {
  return {
    followers: [followNews(platform, sources), followFanOuts(platform)],
    due: { FANOUT: resumeFanOut(platform) },
  };
}
