/** Several areas' things by name; two of one name are a bug. */
export function merged<T>(parts: readonly Readonly<Record<string, T>>[]): Readonly<Record<string, T>> {
  const all: Record<string, T> = {};
  for (const part of parts) {
    for (const [name, value] of Object.entries(part)) {
      if (name in all) throw new Error(`two areas both bring ${name}`);
      all[name] = value;
    }
  }
  return all;
}
