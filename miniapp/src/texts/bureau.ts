import { texts } from './catalogue.ts';

export const t = texts({
  'bureau.home': ['首页', 'Home'],
});
