import { COMMENT_LENGTH_MAX, withPhrases } from './phrases.ts';

const phrases = ['认真专注', '积极发言'];

test('a chosen phrase is put behind what the teacher wrote, and what was written stays', () => {
  expect(withPhrases('今天画了秋天。', phrases, ['认真专注'])).toBe('今天画了秋天，认真专注');
  expect(withPhrases('', phrases, ['认真专注', '积极发言'])).toBe('认真专注，积极发言');
});

test('a phrase that is no longer chosen goes, with its comma', () => {
  expect(withPhrases('今天画了秋天，认真专注，积极发言', phrases, ['积极发言'])).toBe('今天画了秋天，积极发言');
  expect(withPhrases('认真专注，积极发言', phrases, ['积极发言'])).toBe('积极发言');
});

test('a comment never outgrows what the server takes', () => {
  expect(withPhrases('画'.repeat(COMMENT_LENGTH_MAX), phrases, phrases)).toHaveLength(COMMENT_LENGTH_MAX);
});
