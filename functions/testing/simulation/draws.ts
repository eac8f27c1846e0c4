/** What a seed draws, from any source of numbers in [0, 1). */
export class Draws {
  private readonly random: () => number;

  constructor(random: () => number) {
    this.random = random;
  }

  /** From 0 up to, and without, `below`. */
  below(below: number): number {
    return Math.floor(this.random() * below);
  }
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }
  chance(share: number): boolean {
    return this.random() < share;
  }
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }
  /** One of these, each as often as its weight says. */
  weighed<T extends string>(weights: Readonly<Record<T, number>>): T {
    const entries = Object.entries(weights) as [T, number][];
    let left = this.random() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      left -= weight;
      if (left < 0) return name;
    }
    throw new RangeError('nothing to draw from');
  }
}
