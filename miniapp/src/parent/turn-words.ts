/** What happened when it was a child's turn, in a sentence. */
import type { ChildDraw } from '@kehou/shared/selection/lottery';
import { t } from '../texts/lottery.ts';
import type { NameOf } from './class-labels.ts';

export type Step = ChildDraw['steps'][number];

/** `第 1 轮第 23 个：陶艺 已满，机器人 时间冲突，得到 合唱`. */
export function turnWords({ round, turn, passed, got }: Step, nameOf: NameOf = (_, courseName) => courseName): string {
  const story = [
    ...passed.map(({ offeringId, courseName, why }) => t(`draw.turn.${why}`, { name: nameOf(offeringId, courseName) })),
    got
      ? t(got.notGiven ? `draw.turn.got.${got.notGiven}` : 'draw.turn.got', { name: nameOf(got.offeringId, got.courseName) })
      : t('draw.turn.none'),
  ];
  return t('draw.turn', { round, turn, story: story.join(t('draw.turn.join')) });
}

/** What was won, in the order of the rounds. */
export function wonIn(steps: readonly Step[]): readonly NonNullable<Step['got']>[] {
  return steps.flatMap(({ got }) => (got ? [got] : []));
}
