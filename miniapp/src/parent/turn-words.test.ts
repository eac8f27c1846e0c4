import { afterEach, expect, test } from '@jest/globals';
import { setLanguage } from '../texts/catalogue.ts';
import { type Step, turnWords, wonIn } from './turn-words.ts';

afterEach(() => setLanguage('zh'));

const step: Step = {
  round: 1,
  turn: 23,
  passed: [
    { offeringId: 'off_1', courseName: '陶艺', why: 'full' },
    { offeringId: 'off_2', courseName: '机器人', why: 'clash' },
  ],
  got: { offeringId: 'off_3', courseName: '合唱' },
};

test('a turn is told as it went: what was passed over and why, then what was got', () => {
  expect(turnWords(step)).toBe('第 1 轮第 23 个：陶艺 已满，机器人 时间冲突，得到 合唱');
  setLanguage('en');
  expect(turnWords(step)).toBe('Round 1, turn 23: 陶艺 was full, 机器人 clashed, got 合唱');
});

test('classes are called as the page calls them, so that two of one name are told apart', () => {
  const nameOf = (offeringId: string, otherwise: string) => (offeringId === 'off_2' ? otherwise : `${otherwise}（周三 16:30）`);
  expect(turnWords(step, nameOf)).toBe('第 1 轮第 23 个：陶艺（周三 16:30） 已满，机器人 时间冲突，得到 合唱（周三 16:30）');
});

test('a turn that gave nothing says so', () => {
  const { got: _, ...nothing } = step;
  expect(turnWords({ ...nothing, round: 2, passed: [{ offeringId: 'off_3', courseName: '合唱', why: 'had' }] })).toBe(
    '第 2 轮第 23 个：合唱 已经得到，没有得到班',
  );
  // Drawn for, and no place came of it.
  const drawnFor = (notGiven: 'begun' | 'called-off'): Step => ({
    round: 1,
    turn: 4,
    passed: [],
    got: { offeringId: 'off_3', courseName: '合唱', notGiven },
  });
  expect(turnWords(drawnFor('begun'))).toBe('第 1 轮第 4 个：抽中 合唱，但抽签完成时已经开课，没能给到名额');
  expect(turnWords(drawnFor('called-off'))).toBe('第 1 轮第 4 个：抽中 合唱，但分配名额前停办了');
  expect(turnWords({ round: 1, turn: 2, passed: [{ offeringId: 'off_1', courseName: '陶艺', why: 'grade' }] })).toBe(
    '第 1 轮第 2 个：陶艺 不收这个年级，没有得到班',
  );
});

test('what was won is told in the order of the rounds', () => {
  const { got: _, ...nothing } = step;
  const later = { ...step, round: 3, got: { offeringId: 'off_9', courseName: '足球' } };
  expect(wonIn([step, nothing, later]).map(({ courseName }) => courseName)).toEqual(['合唱', '足球']);
});
