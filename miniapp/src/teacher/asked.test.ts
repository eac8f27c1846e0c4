import { expect, test } from '@jest/globals';
import { type Asked, askedFor } from './asked.ts';

const asked = (sessionId: string, more: Partial<Asked>): Asked =>
  ({ sessionId, mark: 'sign-in', status: 'asked', askedAt: '2026-12-02T08:30:00.000Z', ...more }) as Asked;

test('a request made again after a refusal is the one that counts, and each mark has its own', () => {
  const items = [
    asked('b', { status: 'approved' }),
    asked('a', { mark: 'sign-out', status: 'refused' }),
    asked('a', { status: 'asked' }),
    asked('a', { status: 'refused' }),
  ];
  expect(askedFor(items, 'a', 'sign-in')?.status).toBe('asked');
  expect(askedFor(items, 'a', 'sign-out')?.status).toBe('refused');
  expect(askedFor(items, 'c', 'sign-in')).toBeUndefined();
});
