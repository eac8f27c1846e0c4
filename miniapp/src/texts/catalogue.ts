/**
 * Texts for people: every key has its Chinese and its English, side by side, so that neither can be missing. One file a role
 * (`parent.ts`, `teacher.ts`, …), so that a role's words are in its subpackage; `common.ts` is in every bundle.
 *
 * A placeholder is `{name}`; `{count#class#classes}` writes the number and then the one or the other noun.
 */
export type Language = 'zh' | 'en';

type Names<S extends string> = S extends `${string}{${infer Inside}}${infer Rest}`
  ? (Inside extends `${infer Name}#${string}` ? Name : Inside) | Names<Rest>
  : never;
type Variables<S extends string> = [Names<S>] extends [never] ? [] : [variables: Readonly<Record<Names<S>, string | number>>];

export type Catalogue = Readonly<Record<string, readonly [zh: string, en: string]>>;
export interface Translate<C extends Catalogue> {
  <K extends keyof C & string>(key: K, ...variables: Variables<C[K][0]>): string;
  readonly catalogue: C;
}
/** A key of this catalogue that needs no variables: for tables of labels. */
export type PlainKey<C extends Catalogue> = { [K in keyof C & string]: [Names<C[K][0]>] extends [never] ? K : never }[keyof C & string];

let current: Language = 'zh';
export const language = (): Language => current;
/** Set at boot and by the language switch, which opens the app's first page again. */
export function setLanguage(next: Language): void {
  current = next;
}

export function texts<const C extends Catalogue>(catalogue: C): Translate<C> {
  const translate = (key: keyof C & string, variables?: Readonly<Record<string, string | number>>): string => {
    const pair = catalogue[key];
    // A key that the types know cannot be missing; what comes from elsewhere (a code) is shown as it is.
    return pair ? fill(pair[current === 'zh' ? 0 : 1], variables ?? {}) : String(key);
  };
  return Object.assign(translate, { catalogue }) as unknown as Translate<C>;
}

function fill(text: string, variables: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)(?:#([^#}]*)#([^}]*))?\}/g, (whole, name: string, one?: string, many?: string) => {
    const value = variables[name];
    if (value === undefined) return whole;
    return one === undefined ? String(value) : `${value} ${Number(value) === 1 ? one : many}`;
  });
}
