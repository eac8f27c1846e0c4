import type { identityRoutes } from '@kehou/shared/identity/routes';
import type { Platform } from '../platform/platform.ts';
import type { Area, Background } from '../use-cases.ts';
import { decideLinkRequest } from './decide-child-link.ts';
import { grantRole, revokeRole } from './grant-role.ts';
import { listLinkRequests, listSchoolLinkRequests, requestChildLink } from './request-child-link.ts';
import { followPhones } from './settle-phone.ts';
import { setName, showMe } from './show-me.ts';
import { renewSession, signIn } from './sign-in.ts';
import { collectDeskSession, confirmDeskTicket, openDeskTicket, previewDeskTicket } from './sign-in-at-desk.ts';
import { verifyPhone } from './verify-phone.ts';

export function identity(platform: Pick<Platform, 'table' | 'clock' | 'log' | 'secrets' | 'wechat'>): Area<typeof identityRoutes> {
  return {
    useCases: {
      signIn: signIn(platform),
      renewSession: renewSession(platform),
      verifyPhone: verifyPhone(platform),
      me: showMe(platform),
      setName: setName(platform),
      requestChildLink: requestChildLink(platform),
      listLinkRequests: listLinkRequests(platform),
      listSchoolLinkRequests: listSchoolLinkRequests(platform),
      decideLinkRequest: decideLinkRequest(platform),
      openDeskTicket: openDeskTicket(platform),
      previewDeskTicket: previewDeskTicket(platform),
      confirmDeskTicket: confirmDeskTicket(platform),
      collectDeskSession: collectDeskSession(platform),
      grantRole: grantRole(platform),
      revokeRole: revokeRole(platform),
    },
    ...identityBackground(platform),
  };
}

/** What happens without a request: the entry points that serve no routes carry this and nothing else of the area. */
export function identityBackground(platform: Pick<Platform, 'table' | 'clock' | 'log'>): Background {
  return {
    followers: [followPhones(platform)],
  };
}
