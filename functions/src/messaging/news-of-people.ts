/** Children linked, and those who ask to be. */
import {
  childLinked,
  childUnlinked,
  guardianJoined,
  guardianLeft,
  linkRefused,
  linkRequested,
  pupilLeft,
  pupilRestored,
} from '@kehou/shared/messaging/words';
import { StoredLinkRequest } from '../identity/link-request.repository.ts';
import { getPerson, LinkedChild } from '../identity/person.repository.ts';
import { mustGetOrganisation } from '../organisation/organisation.repository.ts';
import type { Table } from '../platform/table.ts';
import { Unlinked } from '../school/keep-guardians.ts';
import { StoredPupil } from '../school/pupil.repository.ts';
import type { News, NewsSource } from './news.ts';

/** To the new guardian; and, when it came by a request and not by the roster, to those there were before. */
export const newsOfChildren: NewsSource = async ({ keys: { PK, SK }, before, after }, { table }) => {
  if (!PK.startsWith('PERSON#') || !SK.startsWith('CHILD#') || !after || before) return [];
  const personId = PK.slice('PERSON#'.length);
  const child = LinkedChild.parse(after);
  const cause = `${personId}.${child.pupilId}:linked:${child.linkedAt}`;
  const news: News[] = [{ cause, audience: { to: 'person', personId }, told: childLinked(child) }];
  if (child.viaRequest) {
    const person = await getPerson(table, personId);
    const told = guardianJoined(child, person?.name ?? '');
    news.push({ cause: `${cause}:others`, audience: { to: 'guardians', pupilId: child.pupilId, except: personId }, told });
  }
  return news;
};

export const newsOfLinkRequests: NewsSource = async ({ keys: { SK }, before, after }, { table }) => {
  if (SK !== 'LINK' || !after) return [];
  const request = StoredLinkRequest.parse(after);
  if (before) return before.status === request.status ? [] : newsOfDecision(table, request);
  const { linkRequestId, pupilId, schoolId } = request;
  const cause = `${linkRequestId}:asked`;
  return [
    { cause, audience: { to: 'guardians', pupilId }, told: linkRequested(request, 'parent') },
    { cause: `${cause}:school`, audience: { to: 'desk', schoolId, role: 'school' }, told: linkRequested(request, 'school') },
  ];
};

/** To who asked. The link that an approval makes tells the same under the same cause: one message, whichever is read first. */
async function newsOfDecision(table: Table, request: StoredLinkRequest): Promise<News[]> {
  const { linkRequestId, pupilId, requesterId, decidedAt, pupilName, schoolId } = request;
  const audience = { to: 'person', personId: requesterId } as const;
  if (request.status === 'refused') return [{ cause: `${linkRequestId}:refused`, audience, told: linkRefused(request) }];
  if (request.status !== 'approved') return [];
  const { name: schoolName } = await mustGetOrganisation(table, schoolId);
  const told = childLinked({ pupilId, name: pupilName, schoolName });
  return [{ cause: `${requesterId}.${pupilId}:linked:${decidedAt}`, audience, told }];
}

/** A link that was ended: to who was a guardian, and to those who still are. */
export const newsOfUnlinking: NewsSource = async ({ keys: { PK, SK }, before, after }) => {
  if (!PK.startsWith('PUPIL#') || !SK.startsWith('UNLINKED#') || !after || before?.at === after.at) return [];
  const { pupilId, personId, pupilName, schoolName, guardianName, at, by } = Unlinked.parse(after);
  const child = { pupilId, name: pupilName, schoolName };
  const cause = `${personId}.${pupilId}:unlinked:${at}`;
  return [
    { cause, audience: { to: 'person', personId }, told: childUnlinked(child, by) },
    {
      cause: `${cause}:others`,
      audience: { to: 'guardians', pupilId, except: personId },
      told: guardianLeft(child, guardianName, by),
    },
  ];
};

/** A pupil left the school, or is back. */
export const newsOfPupils: NewsSource = async ({ keys: { PK, SK }, before, after }, { table }) => {
  if (!PK.startsWith('PUPIL#') || SK !== 'PUPIL' || !before || !after || before.leftAt === after.leftAt) return [];
  const { pupilId, name, schoolId, leftAt, version } = StoredPupil.parse(after);
  const child = { pupilId, name, schoolName: (await mustGetOrganisation(table, schoolId)).name };
  const audience = { to: 'guardians', pupilId } as const;
  if (leftAt) return [{ cause: `${pupilId}:left:${leftAt}`, audience, told: pupilLeft(child) }];
  return [{ cause: `${pupilId}:back:${version}`, audience, told: pupilRestored(child) }];
};
