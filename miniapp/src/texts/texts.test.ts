import { readdirSync } from 'node:fs';
import { afterEach, expect, test } from '@jest/globals';
import { type Catalogue, setLanguage, texts } from './catalogue.ts';

const folder = new URL('.', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && name !== 'catalogue.ts' && !name.endsWith('.test.ts'));
const catalogues = await Promise.all(
  files.map(
    async (name) => [name, ((await import(new URL(name, folder).pathname)) as { t: { catalogue: Catalogue } }).t.catalogue] as const,
  ),
);
const entries = catalogues.flatMap(([file, catalogue]) =>
  Object.entries(catalogue).map(([key, pair]) => ({ file, key, zh: pair[0], en: pair[1] })),
);

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)(?:#[^}]*)?\}/g)].map((match) => match[1]).sort();

afterEach(() => setLanguage('zh'));

test('there are words to check in every file', () => {
  for (const [file, catalogue] of catalogues) expect({ file, count: Object.keys(catalogue).length }).not.toEqual({ file, count: 0 });
});

test('every text has its Chinese and its English', () => {
  expect(entries.filter(({ zh, en }) => zh.trim() === '' || en.trim() === '')).toEqual([]);
});

test('the English says the same things as the Chinese: the same placeholders', () => {
  expect(
    entries.filter(({ zh, en }) => new Set(placeholders(zh)).size !== new Set([...placeholders(zh), ...placeholders(en)]).size),
  ).toEqual([]);
  expect(entries.filter(({ zh, en }) => placeholders(zh).some((name) => !placeholders(en).includes(name)))).toEqual([]);
});

test('no Chinese is left in the English, and nobody shouts', () => {
  // A spreadsheet's template has the column names that the import reads, in any language.
  const words = entries.filter(({ key }) => !key.includes('.template.'));
  expect(words.filter(({ en }) => /[\u3400-\u9fff\uff00-\uffef]/.test(en))).toEqual([]);
  expect(entries.filter(({ zh, en }) => /[!！]/.test(zh + en))).toEqual([]);
});

test('a key is in one file only', () => {
  const seen = new Map<string, string>();
  const twice = entries.filter(({ key, file }) => {
    const other = seen.get(key);
    seen.set(key, file);
    return other !== undefined && other !== file;
  });
  expect(twice).toEqual([]);
});

test('a text is filled in, in the language of now', () => {
  const t = texts({ 'a.left': ['剩 {left} 个，共 {all} 个', '{left#seat#seats} left of {all}'], 'a.plain': ['好', 'Fine'] });
  expect(t('a.left', { left: 1, all: 30 })).toBe('剩 1 个，共 30 个');
  setLanguage('en');
  expect([t('a.left', { left: 1, all: 30 }), t('a.left', { left: 2, all: 30 }), t('a.plain')]).toEqual([
    '1 seat left of 30',
    '2 seats left of 30',
    'Fine',
  ]);
});
