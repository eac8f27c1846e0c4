import { Base64 } from './base64.ts';

test.each(['', 'AAAA', 'iVBORw0KGgo=', 'aGVsbG8gd29ybGQ=', 'AA=='])('%j is base64', (text) => {
  expect(Base64.safeParse(text).success).toBe(true);
});

test.each(['A', 'AAA', 'AA=', 'AA=A', 'A\n==', 'AAAA AAAA', '____', '=AAA', 'AAAA='])('%j is not', (text) => {
  expect(Base64.safeParse(text).success).toBe(false);
});

test('is judged without what only browsers and Node have', () => {
  const { atob } = globalThis;
  try {
    Reflect.deleteProperty(globalThis, 'atob');
    expect(Base64.safeParse('AAAA').success).toBe(true);
  } finally {
    globalThis.atob = atob;
  }
});
