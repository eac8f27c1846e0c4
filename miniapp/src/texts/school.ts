import { texts } from './catalogue.ts';

export const t = texts({
  'school.home': ['首页', 'Home'],
});
