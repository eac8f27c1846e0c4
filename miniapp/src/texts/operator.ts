import { texts } from './catalogue.ts';

export const t = texts({
  'operator.home': ['首页', 'Home'],
});
