import { DESK_TICKET_MINUTES, readDeskTicketText } from '@kehou/shared/identity/desk-ticket';
import { newId } from '@kehou/shared/kernel/id';
import { testTable } from '../../testing/engine.ts';
import { identityWorld } from '../../testing/identity-world.ts';
import { nobody } from '../http/api.ts';
import { identity } from './index.ts';
import { authenticate } from './session-token.ts';

const desk = nobody('desk');

async function deskWorld() {
  const world = await identityWorld(await testTable());
  const use = identity(world.platform).useCases;
  const open = async () => {
    const ticket = await use.openDeskTicket({ deskTicketId: newId('deskTicket'), browser: 'Chrome，Windows' }, desk);
    const code = readDeskTicketText(ticket.qrText);
    if (!code) throw new Error('the code on show cannot be read');
    const collect = (secret = ticket.secret) => use.collectDeskSession({ deskTicketId: code.deskTicketId, secret }, desk);
    return { ticket, code, collect };
  };
  return { ...world, use, open };
}

test('a desk shows a code, a phone confirms it, and the desk gets that person’s session', async () => {
  const { use, open, officer, platform, city } = await deskWorld();
  const { ticket, code, collect } = await open();
  expect(await collect()).toEqual({ status: 'waiting' });
  expect(await use.previewDeskTicket(code, officer)).toMatchObject({ browser: 'Chrome，Windows', expiresAt: ticket.expiresAt });
  await use.confirmDeskTicket(code, officer);
  await use.confirmDeskTicket(code, officer);
  const reply = await collect();
  if (reply.status !== 'ready') throw new Error('not ready');
  expect(await authenticate(platform)(reply.session.token, 'r')).toMatchObject({
    personId: officer.personId,
    memberships: [{ organisationId: city.organisationId, role: 'bureau' }],
  });
});

test('the session is handed out once, however many ask at the same time', async () => {
  const { use, open, officer } = await deskWorld();
  const { code, collect } = await open();
  await use.confirmDeskTicket(code, officer);
  const replies = await Promise.allSettled(Array.from({ length: 10 }, () => collect()));
  expect(replies.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const reply of replies) if (reply.status === 'rejected') expect(reply.reason).toMatchObject({ code: 'identity.desk_taken' });
  await expect(collect()).rejects.toMatchObject({ code: 'identity.desk_taken' });
});

test('who reads the code off the screen gets neither the secret nor the session', async () => {
  const { use, open, officer } = await deskWorld();
  const { ticket, code, collect } = await open();
  await expect(use.openDeskTicket({ deskTicketId: code.deskTicketId, browser: '' }, desk)).rejects.toMatchObject({
    code: 'request.id_reused',
  });
  await use.confirmDeskTicket(code, officer);
  for (const guess of ['', 'x', code.signature, `${ticket.secret} `])
    await expect(collect(guess)).rejects.toMatchObject({ code: 'request.not_found' });
  expect(ticket.qrText).not.toContain(ticket.secret);
  expect((await collect()).status).toBe('ready');
});

test('a code that the server did not sign, or signed for another ticket, opens nothing', async () => {
  const { use, open, officer } = await deskWorld();
  const { code, collect } = await open();
  const other = await open();
  const forged = [
    { ...code, signature: other.code.signature },
    { ...code, signature: 'a'.repeat(43) },
    { ...code, deskTicketId: newId('deskTicket') },
  ];
  for (const each of forged) {
    await expect(use.previewDeskTicket(each, officer)).rejects.toMatchObject({ code: 'request.not_found' });
    await expect(use.confirmDeskTicket(each, officer)).rejects.toMatchObject({ code: 'request.not_found' });
  }
  expect(await collect()).toEqual({ status: 'waiting' });
});

test('a code lapses after three minutes: for the phone, and for the desk that was confirmed and did not collect', async () => {
  const { use, open, officer, platform } = await deskWorld();
  const late = await open();
  const uncollected = await open();
  await use.confirmDeskTicket(uncollected.code, officer);
  platform.clock.addMinutes(DESK_TICKET_MINUTES);
  await expect(use.previewDeskTicket(late.code, officer)).rejects.toMatchObject({ code: 'identity.desk_expired' });
  await expect(use.confirmDeskTicket(late.code, officer)).rejects.toMatchObject({ code: 'identity.desk_expired' });
  await expect(late.collect()).rejects.toMatchObject({ code: 'identity.desk_expired' });
  await expect(uncollected.collect()).rejects.toMatchObject({ code: 'identity.desk_expired' });
});

test('one person sits at a desk: who scans second is told, and a parent or teacher cannot', async () => {
  const { use, open, officer, staff, person, school } = await deskWorld();
  const { code } = await open();
  const teacher = await staff('teacher', '13800000002', school.organisationId, 'teacher');
  for (const actor of [teacher, await person('parent')]) {
    await expect(use.confirmDeskTicket(code, actor)).rejects.toMatchObject({ code: 'identity.no_desk_role' });
  }
  const clerk = await staff('clerk', '13800000003', school.organisationId, 'school');
  await use.confirmDeskTicket(code, clerk);
  await expect(use.confirmDeskTicket(code, officer)).rejects.toMatchObject({ code: 'identity.desk_taken' });
  await expect(use.previewDeskTicket(code, officer)).rejects.toMatchObject({ code: 'identity.desk_taken' });
});
