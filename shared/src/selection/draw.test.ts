import * as fc from 'fast-check';
import { isProven, merkleProof, merkleRoot } from '../kernel/merkle.ts';
import { canonicalEntry, canonicalList, commitmentOf, type DrawClass, type DrawEntry, DrawInput, draw, orderOf, seedOf } from './draw.ts';

const nameOf = (index: number) => index.toString(16).padStart(16, '0');
const seed = (value: string) => seedOf('f'.repeat(64), value);

const slot = fc.record({ weekday: fc.integer({ min: 1, max: 5 }), period: fc.integer({ min: 1, max: 2 }) });
const classOf = fc.record({
  places: fc.nat(3),
  grades: fc.subarray([1, 2, 3], { minLength: 1 }),
  slots: fc.array(slot, { minLength: 1, maxLength: 2 }),
});
const entryOf = (classes: number) =>
  fc.record({
    family: fc.nat(8),
    together: fc.boolean(),
    grade: fc.integer({ min: 1, max: 3 }),
    tickets: fc.integer({ min: 1, max: 4 }),
    busy: fc.array(slot, { maxLength: 2 }),
    choices: fc.uniqueArray(fc.nat(classes - 1), { minLength: 1, maxLength: 5 }),
  });
const drawInput = fc.array(classOf, { minLength: 1, maxLength: 6 }).chain((classes) =>
  fc.record({
    classes: fc.constant(
      classes.map((each, index): DrawClass => ({ ...each, offeringId: `off_${index}`, courseName: `课${index}` }) as DrawClass),
    ),
    entries: fc.array(entryOf(classes.length), { maxLength: 16 }).map((entries) =>
      entries.map(
        ({ family, together, choices, ...rest }, index) =>
          ({
            ...rest,
            entrant: nameOf(index + 1),
            group: together ? nameOf(1000 + family) : nameOf(index + 1),
            choices: choices.map((choice) => `off_${choice}`),
          }) as DrawEntry,
      ),
    ),
    rounds: fc.integer({ min: 1, max: 3 }),
    seed: fc.string().map(seed),
  }),
);

describe('a draw', () => {
  it('gives the same result for every order of its input', () => {
    fc.assert(
      fc.property(drawInput, fc.func(fc.integer()), (input, mix) => {
        const shuffle = <T>(items: readonly T[]) => [...items].sort((a, b) => mix(JSON.stringify(a)) - mix(JSON.stringify(b)));
        const other = { ...input, entries: shuffle(input.entries), classes: shuffle(input.classes) };
        expect(draw(other)).toEqual(draw(input));
        expect(commitmentOf(other)).toBe(commitmentOf(input));
      }),
    );
  });

  it('never gives more places than there are, a class of another grade, two classes at one hour, or one class twice', () => {
    fc.assert(
      fc.property(drawInput, (input) => {
        const { winners, turns } = draw(DrawInput.parse(input));
        const classes = new Map(input.classes.map((each) => [each.offeringId, each]));
        for (const each of input.classes) expect(winners[each.offeringId]?.length ?? 0).toBeLessThanOrEqual(each.places);
        for (const entry of input.entries) {
          const won = turns
            .filter(({ entrant, got }) => entrant === entry.entrant && got !== undefined)
            .map(({ got }) => classes.get(got ?? '') as DrawClass);
          expect(new Set(won).size).toBe(won.length);
          for (const each of won) expect(each.grades).toContain(entry.grade);
          const hours = [...won.flatMap(({ slots }) => [...new Set(slots.map((s) => `${s.weekday}.${s.period}`))])];
          expect(new Set(hours).size).toBe(hours.length);
          const busy = new Set(entry.busy.map((s) => `${s.weekday}.${s.period}`));
          expect(hours.some((hour) => busy.has(hour))).toBe(false);
        }
      }),
    );
  });

  it('leaves no place empty that somebody who could have it wished for, after the last round that gave anything', () => {
    fc.assert(
      fc.property(drawInput, (input) => {
        const { turns, winners } = draw({ ...input, rounds: 1 });
        // In one round: a child that got nothing passed over each wish for a reason that still stands.
        for (const { entrant, got, passed } of turns) {
          if (got !== undefined) continue;
          const entry = input.entries.find((each) => each.entrant === entrant);
          expect(passed.map(({ offeringId }) => offeringId)).toEqual(entry?.choices);
          for (const { offeringId, why } of passed) {
            const each = input.classes.find((one) => one.offeringId === offeringId);
            if (why === 'full') expect(winners[offeringId]?.length).toBe(each?.places);
          }
        }
      }),
    );
  });

  it('calls the children of a family that asked for it one after the other, and no luckier than one of them alone', () => {
    fc.assert(
      fc.property(drawInput, (input) => {
        const groups = orderOf(input.entries, input.seed).map(({ group }) => group);
        const runs = groups.filter((group, index) => group !== groups[index - 1]);
        expect(runs.length).toBe(new Set(groups).size);
      }),
    );
  });

  it('gives a child with more tickets its better chance: two tickets come first about twice as often as one', () => {
    const one: DrawEntry = { entrant: nameOf(1), group: nameOf(1), grade: 1, tickets: 1, busy: [], choices: ['off_0'] };
    const two: DrawEntry = { ...one, entrant: nameOf(2), group: nameOf(2), tickets: 2 };
    let firsts = 0;
    for (let round = 0; round < 3000; round++) if (orderOf([one, two], seed(String(round)))[0] === two) firsts++;
    // Two thirds of 3,000 are 2,000; 26 is one standard deviation.
    expect(Math.abs(firsts - 2000)).toBeLessThan(130);
  });
});

/** Every list of some of the classes, in every order. */
function rankings(classes: readonly string[]): string[][] {
  return classes.flatMap((first) => [[first], ...rankings(classes.filter((each) => each !== first)).map((rest) => [first, ...rest])]);
}

describe('another ranking than the true one', () => {
  const slots = [[{ weekday: 1, period: 1 }], [{ weekday: 1, period: 1 }], [{ weekday: 2, period: 1 }]];
  const ids = ['off_0', 'off_1', 'off_2'];
  const everyList = rankings(ids);
  const entry = (index: number, choices: readonly string[]): DrawEntry => ({
    entrant: nameOf(index),
    group: nameOf(index),
    grade: 1,
    tickets: 1,
    busy: [],
    choices: [...choices],
  });
  /** A seed for every order in which three children can be called. */
  const seeds = new Map<string, string>();
  for (let luck = 0; seeds.size < 6; luck++) {
    const called = orderOf(
      [1, 2, 3].map((index) => entry(index, ids)),
      seed(`luck ${luck}`),
    );
    seeds.set(called.map(({ entrant }) => entrant).join(), seed(`luck ${luck}`));
  }
  interface Case {
    readonly places: readonly number[];
    /** What the first child is, beside its list: drawn with a sister, taken already at some hour. */
    readonly first?: Partial<DrawEntry>;
    readonly second?: Partial<DrawEntry>;
  }
  /** How many lists of the first child do better than its true one, by what it wins, the dearest first: over all its true lists, all lists of both others, all orders. */
  function betterLists(rounds: number, { places, first, second }: Case): number {
    const classes = ids.map((offeringId, index) => ({
      offeringId,
      courseName: '',
      places: places[index] ?? 1,
      grades: [1],
      slots: slots[index] ?? [],
    })) as DrawClass[];
    const value = (won: readonly string[], truth: readonly string[]) =>
      won.reduce((sum, each) => sum + (truth.includes(each) ? 10 ** (truth.length - truth.indexOf(each)) : 0), 0);
    let better = 0;
    for (const luck of seeds.values()) {
      for (const hers of everyList) {
        for (const his of everyList) {
          const won = everyList.map((list) => {
            const entries = [{ ...entry(1, list), ...first }, { ...entry(2, hers), ...second }, entry(3, his)];
            const { turns } = draw({ entries, classes, rounds, seed: luck });
            return turns.filter(({ entrant, got }) => entrant === nameOf(1) && got).map(({ got }) => got ?? '');
          });
          for (const [index, truth] of everyList.entries()) {
            const honest = value(won[index] ?? [], truth);
            better += won.filter((lie) => value(lie, truth) > honest).length;
          }
        }
      }
    }
    return better;
  }

  it.each<[string, Case]>([
    ['a place each', { places: [1, 1, 1] }],
    ['two places in one class', { places: [1, 2, 1] }],
    ['a sister to be drawn with', { places: [1, 1, 1], first: { group: nameOf(9) }, second: { group: nameOf(9) } }],
    ['an hour that is taken', { places: [1, 1, 1], first: { busy: [{ weekday: 2, period: 1 }] } }],
  ])('never does better in one round, with %s: every list of every child in every order', (_, given) => {
    expect(betterLists(1, given)).toBe(0);
  });

  it('sometimes does better in more rounds: the search finds cases, and the page says so', () => {
    expect(betterLists(2, { places: [1, 1, 1] })).toBeGreaterThan(0);
  });
});

describe('what is published', () => {
  const entries: DrawEntry[] = [1, 2, 3, 4, 5].map((index) => ({
    entrant: nameOf(index),
    group: nameOf(index),
    grade: 1,
    tickets: 1,
    busy: [
      { weekday: 2, period: 1 },
      { weekday: 1, period: 1 },
    ],
    choices: ['off_0', 'off_1'],
  })) as DrawEntry[];
  const classes = [{ offeringId: 'off_0', courseName: '陶艺', places: 2, grades: [1], slots: [] }] as DrawClass[];

  it('proves an entry, and shows a changed entry, class, number of rounds or seed', () => {
    const list = canonicalList(entries);
    const mine = canonicalEntry(entries[2] as DrawEntry);
    const index = list.indexOf(mine);
    expect(isProven(mine, index, list.length, merkleProof(list, index), merkleRoot(list))).toBe(true);
    const commitment = commitmentOf({ entries, classes, rounds: 1 });
    const changed = [
      { entries: entries.map((each, i) => (i === 0 ? { ...each, tickets: 2 } : each)), classes, rounds: 1 },
      { entries: entries.map((each, i) => (i === 0 ? { ...each, choices: ['off_1', 'off_0'] } : each)), classes, rounds: 1 },
      { entries: entries.slice(1), classes, rounds: 1 },
      { entries, classes: [{ ...classes[0], places: 3 }] as DrawClass[], rounds: 1 },
      { entries, classes, rounds: 2 },
    ];
    for (const other of changed) expect(commitmentOf(other)).not.toBe(commitment);
    expect(seedOf(commitment, 'drand 1')).not.toBe(seedOf(commitment, 'drand 2'));
    expect(orderOf(entries, seedOf(commitment, 'drand 1'))).not.toEqual(orderOf(entries, seedOf(commitment, 'drand 2')));
  });

  it('is refused when a child or a class is in it twice', () => {
    const base = { entries, classes, rounds: 1, seed: seed('x') };
    expect(() => draw({ ...base, entries: [...entries, entries[0] as DrawEntry] })).toThrow(RangeError);
    expect(() => draw({ ...base, classes: [...classes, classes[0] as DrawClass] })).toThrow(RangeError);
  });
});
