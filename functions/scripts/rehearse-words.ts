/** What a rehearsal found, in a sentence. */
import type { Finding, RehearsalReport } from '@kehou/shared/selection/rehearsal';

export function findingWords({ code, courseName, value, limit }: Finding, mode: RehearsalReport['mode']): string {
  const drawn = mode !== 'first-come';
  const slower = drawn ? 'let the hours after the draw last longer' : 'let the grades in one after the other';
  switch (code) {
    case 'slow':
      return `one answer in a hundred takes ${value} ms (at most ${limit}): ${slower}`;
    case 'hot-item':
      return `${courseName}: ${value} write units in one second, a partition takes ${limit}: ${slower}${drawn ? '' : ', or draw lots'}`;
    case 'turned-away-busy':
      return `${value} tries were turned away because it was too busy: ${slower}`;
    case 'broken':
      return `${value} tries broke: look into it before the window opens`;
    case 'empty-handed':
      return `${value} % of the children get no place at all (at most ${limit} %): more classes${drawn ? '' : ', or draw lots so that it is not the fastest who get them'}`;
    case 'few-places':
      return `${value} children for ${limit} places`;
    case 'nothing-left':
      return `the draw gives ${value} places and leaves none: the hours of first come are for nothing, give them up or add classes`;
    case 'snatched':
      return `${courseName} is full after ${value.toFixed(1)} s, ${limit} who want it most get none: one more class, or draw lots`;
    case 'overrun':
      return `${courseName} is wanted most by ${value}: ${limit} places more would be filled`;
    case 'under-size':
      return `${courseName} would have ${value} of the ${limit} that it needs to run: merge it, or ask fewer`;
    case 'unwanted':
      return `${courseName} is on nobody's list: is it for the right grades?`;
  }
}
