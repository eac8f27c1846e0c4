import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { type Colour, dark, light, readablePairs } from './tokens.ts';

/** WCAG 2: relative luminance and contrast. */
function luminance(hex: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
  const [red = 0, green = 0, blue = 0] = channels.map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((one, other) => other - one);
  return (high + 0.05) / (low + 0.05);
}

test.each([
  ['light', light],
  ['dark', dark],
] as const)('every pair that is read together has 4.5 : 1 or better in the %s scheme', (_, scheme: Record<Colour, string>) => {
  const weak = readablePairs
    .map(([text, ground]) => [text, ground, contrast(scheme[text], scheme[ground])] as const)
    .filter(([, , ratio]) => ratio < 4.5);
  expect(weak).toEqual([]);
});

test("WeChat's own bars take their colours from the tokens", () => {
  const theme = JSON.parse(readFileSync(new URL('theme.json', import.meta.url), 'utf8'));
  expect(theme.light).toMatchObject({ navigation: light.page, page: light.page });
  expect(theme.dark).toMatchObject({ navigation: dark.page, page: dark.page });
});
