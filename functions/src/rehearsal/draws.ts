/** What one seed draws, for one who acts: each parent has a source of their own, so that nobody's luck depends on who came first. */
import { mulberry32 } from '../platform/seeded.ts';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ULID_CHARACTERS = 26;

export class Draws {
  private readonly random: () => number;

  constructor(seed: number, who: number) {
    // Neighbouring seeds and numbers must not begin alike.
    const mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(who + 1, 0xc2b2ae35);
    this.random = mulberry32(mixed);
    this.random();
  }

  share(): number {
    return this.random();
  }
  chance(share: number): boolean {
    return this.random() < share;
  }
  /** From 0 up to, and without, `below`. */
  below(below: number): number {
    return Math.floor(this.random() * below);
  }
  between(least: number, most: number): number {
    return least + this.random() * (most - least);
  }
  /** Half are below the median, few far above it: what answers over a network, and people's thumbs, are like that. */
  around(median: number, spread: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.random())) * Math.cos(2 * Math.PI * this.random());
    return median * Math.exp(spread * normal);
  }
  /** So many of them in a drawn order, each drawn as its weight says; none twice. */
  weighed<T>(items: readonly T[], weightOf: (item: T) => number, most: number): T[] {
    return items
      .map((item) => ({ item, key: -Math.log(1 - this.random()) / weightOf(item) }))
      .sort((one, other) => one.key - other.key)
      .slice(0, most)
      .map(({ item }) => item);
  }
  /** What stands behind an id's prefix. */
  ulid(): string {
    let text = '0';
    while (text.length < ULID_CHARACTERS) text += CROCKFORD[this.below(CROCKFORD.length)];
    return text;
  }
}
