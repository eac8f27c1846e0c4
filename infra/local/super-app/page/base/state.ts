/** What the page remembers: who holds the phone, where it is, how it looks. Kept in the browser. */
import * as z from 'zod';

export interface Person {
  readonly openId: string;
  readonly name: string;
  readonly phone: string;
  readonly role?: string | undefined;
  readonly note?: string | undefined;
}

const Kept = z.object({
  language: z.enum(['zh', 'en']).default('zh'),
  dark: z.boolean().optional(),
  large: z.boolean().default(false),
  personId: z.string().optional(),
  place: z
    .object({
      latitude: z.number().min(-90).max(90),
      longitude: z.number().min(-180).max(180),
      accuracyMetres: z.number().min(0).max(100_000),
    })
    .default({ latitude: 28.6829, longitude: 115.8582, accuracyMetres: 20 }),
  locationDenied: z.boolean().default(false),
});
export type Kept = z.infer<typeof Kept>;

const KEY = 'kehou.super-app';
const listeners = new Set<() => void>();

function read(): Kept {
  try {
    return Kept.parse(JSON.parse(localStorage.getItem(KEY) ?? '{}'));
  } catch {
    return Kept.parse({});
  }
}

export const state: { kept: Kept; people: readonly Person[]; person: Person | undefined; now: string | undefined } = {
  kept: read(),
  people: [],
  person: undefined,
  now: undefined,
};

/** Changes what is kept and tells everyone. */
export function keep(change: Partial<Kept>): void {
  state.kept = { ...state.kept, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(state.kept));
  } catch {
    // Storage is blocked: it lasts as long as the page.
  }
  changed();
}

export function changed(): void {
  for (const listener of listeners) listener();
}

export function onChange(listener: () => void): void {
  listeners.add(listener);
}

export const isDark = () => state.kept.dark ?? matchMedia('(prefers-color-scheme: dark)').matches;
