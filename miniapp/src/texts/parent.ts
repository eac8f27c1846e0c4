import { texts } from './catalogue.ts';

export const t = texts({
  'parent.home': ['首页', 'Home'],
});
