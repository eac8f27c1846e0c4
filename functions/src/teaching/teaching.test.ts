import { testTable } from '@kehou/functions/testing/engine';
import { atEveryCrash, Crash } from '@kehou/functions/testing/faults';
import { actorOf, teachingWorld } from '@kehou/functions/testing/teaching-world';
import { type Id, newId } from '@kehou/shared/kernel/id';
import { addMinutes } from '@kehou/shared/kernel/time';
import { callRoll } from '../attendance/call-roll.ts';
import { readRoll } from '../attendance/roll.repository.ts';
import { keys } from '../platform/keys.ts';
import { set, type Table } from '../platform/table.ts';
import { teaching } from './index.ts';

async function afterRoll() {
  const world = await teachingWorld(await testTable());
  const session = world.classes[0]?.sessions[0];
  const pupilId = world.classes[0]?.pupilIds[0];
  const actor = world.instructors[0]?.actor;
  if (!session || !pupilId || !actor) throw new Error('the world is empty');
  world.clock.set(session.startsAt);
  const where = { offeringId: session.offeringId, sessionId: session.sessionId };
  await callRoll(world)({ ...where, entries: [{ pupilId, presence: 'present' }] }, actor);
  const { useCases } = teaching(world);
  const comment = (text: string, more: { commentId?: Id<'comment'>; pupilId?: Id<'pupil'>; table?: Table } = {}) =>
    teaching({ ...world, table: more.table ?? world.table }).useCases.writeComment(
      { ...where, commentId: more.commentId ?? newId('comment'), pupilId: more.pupilId ?? pupilId, stars: 5, text },
      actor,
    );
  return { world, session, pupilId, actor, where, useCases, comment };
}

test('a comment is with the parents at once, and marked on the roll', async () => {
  const { world, session, pupilId, useCases, comment } = await afterRoll();
  const written = await comment('实验做得很仔细');
  expect((await useCases.listChildComments({ pupilId, limit: 10 }, actorOf())).items).toEqual([written]);
  const entry = (await readRoll(world.table, session.sessionId)).entries.find((row) => row.pupilId === pupilId);
  expect(entry).toMatchObject({ commented: true, stars: 5, comment: '实验做得很仔细' });
});

test('rewritten, the last comment holds and is listed once; the same again changes nothing', async () => {
  const { world, where, actor, useCases, comment } = await afterRoll();
  const commentId = newId('comment');
  const first = await comment('很好', { commentId });
  world.clock.addMinutes(5);
  expect(await comment('很好', { commentId })).toEqual(first);
  await comment('好极了', { commentId });
  const { items } = await useCases.listSessionComments(where, actor);
  expect(items.map(({ text }) => text)).toEqual(['好极了']);
});

test('only who is on the roll is commented on, by their own teacher, from the start until a week after', async () => {
  const { world, session, where, pupilId, useCases, comment } = await afterRoll();
  await expect(comment('你好', { pupilId: newId('pupil') })).rejects.toThrow('teaching.not_on_roll');
  const input = { ...where, commentId: newId('comment'), pupilId, stars: 5, text: '很好' };
  await expect(useCases.writeComment(input, actorOf())).rejects.toThrow('request.not_found');
  await expect(useCases.listSessionComments(where, actorOf())).rejects.toThrow('request.not_found');
  world.clock.set(addMinutes(session.startsAt, -1));
  await expect(comment('很好')).rejects.toThrow('teaching.not_begun');
  world.clock.set(addMinutes(session.endsAt, 7 * 1440));
  await expect(comment('很好')).rejects.toThrow('teaching.too_late');
  await world.table.write([set(keys.session(session.offeringId, session.sessionId), { status: 'cancelled' })]);
  await expect(comment('很好')).rejects.toThrow('attendance.session_cancelled');
});

test('wherever the process dies, writing it again leaves one comment and its mark', async () => {
  await atEveryCrash(async (fail) => {
    const { world, where, session, pupilId, actor, useCases, comment } = await afterRoll();
    const commentId = newId('comment');
    await comment('很好', { commentId, table: (await fail(world.table)).table }).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
    });
    await comment('很好', { commentId });
    expect((await useCases.listSessionComments(where, actor)).items).toHaveLength(1);
    expect((await readRoll(world.table, session.sessionId)).entries.filter((row) => row.commented).map((row) => row.pupilId)).toEqual([
      pupilId,
    ]);
  });
});
