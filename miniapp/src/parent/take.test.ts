import { expect, test } from '@jest/globals';
import { newId } from '@kehou/shared/kernel/id';
import { ApiError } from '@kehou/shared/kernel/route';
import type { Enrolment } from '@kehou/shared/selection/enrolment';
import { PlatformError } from '../platform/platform.ts';
import { type TakeDeps, takeSeat } from './take.ts';

const seat = { pupilId: newId('pupil'), offeringId: newId('offering'), windowId: newId('window') };
const busy = new ApiError(503, { code: 'request.busy', message: '', requestId: 'r' });
const full = new ApiError(409, { code: 'selection.full', message: '', requestId: 'r' });

/** A phone whose server answers what it is told to, one after another. */
function phone(...answers: (Error | Enrolment['status'])[]) {
  const stored = new Map<string, string>();
  const sent: string[] = [];
  const deps: TakeDeps = {
    storage: { storageGet: (key) => stored.get(key), storageSet: (key, value) => stored.set(key, value) },
    newId: () => newId('enrolment'),
    pause: async () => undefined,
    take: async ({ enrolmentId }) => {
      sent.push(enrolmentId);
      const answer = answers.shift() ?? 'held';
      if (answer instanceof Error) throw answer;
      return { enrolmentId, status: answer } as Enrolment;
    },
  };
  return { deps, sent, kept: () => JSON.parse(stored.get('taking') ?? '{}') as Record<string, string> };
}

test('a busy server is asked again with the same id', async () => {
  const { deps, sent, kept } = phone(busy, new PlatformError('platform.timeout'), 'held');
  expect((await takeSeat(seat, deps)).status).toBe('held');
  expect(sent).toHaveLength(3);
  expect(new Set(sent).size).toBe(1);
  expect(kept()).toEqual({});
});

test('a try that nobody knows the end of keeps its id for the next tap', async () => {
  const lost = new PlatformError('platform.network');
  const { deps, sent } = phone(lost, lost, lost, lost, 'held');
  await expect(takeSeat(seat, deps)).rejects.toBe(lost);
  await takeSeat(seat, deps);
  expect(sent).toHaveLength(5);
  expect(new Set(sent).size).toBe(1);
});

test('a refusal is an answer: it is not repeated, and the next tap is a new try', async () => {
  const { deps, sent, kept } = phone(full, 'held');
  await expect(takeSeat(seat, deps)).rejects.toBe(full);
  expect([sent.length, kept()]).toEqual([1, {}]);
  await takeSeat(seat, deps);
  expect(sent[1]).not.toBe(sent[0]);
});

test('an id whose hold ran out meanwhile makes way for a new one, once', async () => {
  const { deps, sent } = phone('lapsed', 'held');
  expect((await takeSeat(seat, deps)).status).toBe('held');
  expect(new Set(sent).size).toBe(2);
  const stubborn = phone('lapsed', 'lapsed', 'held');
  expect((await takeSeat(seat, stubborn.deps)).status).toBe('lapsed');
});

test('another class has another id, and what cannot be read is started anew', async () => {
  const { deps, sent } = phone();
  deps.storage.storageSet('taking', 'not json');
  await takeSeat(seat, deps);
  await takeSeat({ ...seat, offeringId: newId('offering') }, deps);
  expect(new Set(sent).size).toBe(2);
});

test('a phone that is a moment early waits for its turn, as the server says it; one that is far too early is told', async () => {
  const early = (admitAt: string) =>
    new ApiError(409, { code: 'selection.not_your_turn', message: '', requestId: '', details: { admitAt } });
  const nowMs = () => Date.parse('2026-12-01T12:00:00.000Z');
  const pauses: number[] = [];
  const pause = async (ms: number) => {
    pauses.push(ms);
  };
  const soon = phone(early('2026-12-01T12:00:02.000Z'), 'held');
  await expect(takeSeat(seat, { ...soon.deps, nowMs, pause })).resolves.toMatchObject({ status: 'held' });
  expect(new Set(soon.sent).size).toBe(1);
  expect(pauses).toHaveLength(1);
  expect(pauses[0]).toBeGreaterThanOrEqual(2200);
  const far = early('2026-12-01T12:00:20.000Z');
  const { deps, sent } = phone(far, 'held');
  await expect(takeSeat(seat, { ...deps, nowMs, pause })).rejects.toBe(far);
  expect(sent).toHaveLength(1);
});
