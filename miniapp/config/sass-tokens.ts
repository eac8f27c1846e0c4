/** The design tokens as Sass variables, put before every stylesheet, so that `src/theme/tokens.ts` stays the only place. */
import { DESK_WIDTH_MIN_PX, dark, light, MOTION_MS, radii, SPACE_STEP_PX, TOUCH_TARGET_PX, typeSizes } from '../src/theme/tokens.ts';

const map = (entries: Record<string, string>) =>
  `(${Object.entries(entries)
    .map(([name, value]) => `"${name}": ${value}`)
    .join(', ')})`;
const px = (entries: Record<string, number>) =>
  map(Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, `${value}px`])));

/** Only variables: a stylesheet may still begin with `@use`. */
export function sassTokens(target: 'weapp' | 'h5'): string {
  return [
    `$target: ${target};`,
    `$light: ${map(light)};`,
    `$dark: ${map(dark)};`,
    `$type-sizes: ${px(typeSizes)};`,
    `$radii: ${px(radii)};`,
    `$space-step: ${SPACE_STEP_PX}px;`,
    `$touch: ${TOUCH_TARGET_PX}px;`,
    `$motion: ${MOTION_MS}ms;`,
    `$desk: ${DESK_WIDTH_MIN_PX}px;`,
    '',
  ].join('\n');
}
