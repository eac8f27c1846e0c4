/** Children linked, and those who ask to be. */
import { LinkRequest } from '@kehou/shared/identity/routes';
import { childLinked, guardianJoined, linkRequested } from '@kehou/shared/messaging/words';
import { getPerson, LinkedChild } from '../identity/person.repository.ts';
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

export const newsOfLinkRequests: NewsSource = async ({ keys: { SK }, before, after }) => {
  if (SK !== 'LINK' || !after || before) return [];
  const request = LinkRequest.parse(after);
  const { linkRequestId, pupilId, schoolId } = request;
  const cause = `${linkRequestId}:asked`;
  return [
    { cause, audience: { to: 'guardians', pupilId }, told: linkRequested(request, 'parent') },
    { cause: `${cause}:school`, audience: { to: 'desk', schoolId, role: 'school' }, told: linkRequested(request, 'school') },
  ];
};
