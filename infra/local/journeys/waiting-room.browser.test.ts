/**
 * A school's opening with more families than are let in at once: some hundreds ask by the API at 20:00, before their turn and on it, while
 * two mothers and fathers wait on their phones. Everybody has the place that the server drew, keeps it through a reload and on another phone,
 * nobody is let in early, and the phones open by themselves.
 */
import { newId } from '@kehou/shared/kernel/id';
import { ApiError } from '@kehou/shared/kernel/route';
import { addMinutes, type Instant, instant, ms } from '@kehou/shared/kernel/time';
import type { ClassPage, Turn, Window } from '@kehou/shared/selection/window';
import { accountOf } from '../demo/accounts.ts';
import { type Caller, Callers, inLanes } from '../demo/caller.ts';
import { schools } from '../demo/city.ts';
import { pupilsOf } from '../demo/people.ts';
import { arrive, type Journey, on, type Phone, see, startJourney, tap } from './people.fixture.ts';

const size = { schools: 1, pupilsEach: 300 };
const FAMILIES_PER_SECOND = 10;
const SPREAD_SECONDS = 30;
const LANES = 8;
/** An early try is one that cannot have become a timely one on its way. */
const CLEARLY_EARLY_MS = 3000;
const ON_PHONES = ['周敏', '赵磊'] as const;

let journey: Journey;
let callers: Callers;
let window: Omit<Window, 'offeringIds'>;

beforeAll(async () => {
  journey = await startJourney('waiting-room', size, { familiesPerSecond: FAMILIES_PER_SECOND });
  callers = new Callers(journey.kehou.url, journey.kehou.wechat);
}, 300_000);
afterAll(() => journey?.end());

interface Family {
  readonly name: string;
  readonly api: Caller['api'];
  readonly pupilId: ClassPageInput['pupilId'];
  readonly page: ClassPage;
  readonly turn: Turn;
}
type ClassPageInput = Parameters<Caller['api']['selection']['getClassPage']>[0];

/** Signed in, with the class page of the first child at the school as the server answers it. */
async function familyOf(guardian: { readonly name: string; readonly phone: string }): Promise<Family> {
  const { api, me } = await callers.as(accountOf(guardian));
  const [child] = me().children;
  if (!child) throw new Error(`${guardian.name} has a child at the school`);
  const { items } = await api.selection.listChildWindows({ pupilId: child.pupilId });
  const [found] = items;
  if (!found) throw new Error('the school has a window');
  window = found;
  const page = await api.selection.getClassPage({ pupilId: child.pupilId, windowId: found.windowId });
  if (!page.turn) throw new Error('the family has a turn');
  return { name: guardian.name, api, pupilId: child.pupilId, page, turn: page.turn };
}

const guardians = () => {
  const byPhone = new Map(
    pupilsOf(schools.slice(0, size.schools), size.pupilsEach).flatMap((pupil) =>
      pupil.guardians.slice(0, 1).map((guardian) => [guardian.phone, guardian] as const),
    ),
  );
  return [...byPhone.values()];
};

const pause = (waitMs: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.max(0, waitMs)));
const codeOf = (error: unknown) => {
  if (!(error instanceof ApiError)) throw error;
  return error.code;
};

/** Opens the classes on this phone and answers what it says of the place. */
async function wait(phone: Phone, name: string): Promise<string> {
  await phone.takenBy(journey.person('家长', name));
  await tap(phone.app, `#choose-${window.windowId}`);
  await arrive(phone.app, 'parent/classes');
  await see(phone.app, '#waiting-room');
  return (await on(phone.app, '#waiting-place').textContent()) ?? '';
}

/** The first class that this child could take once it opens. */
function wanted({ page }: Family, except: ReadonlySet<string> = new Set()): string[] {
  return page.classes
    .filter(({ notNow, offeringId }) => notNow === 'not-open' && !except.has(offeringId))
    .map(({ offeringId }) => offeringId);
}

test('hundreds at the opening, two on phones: everybody by their turn, and nobody before it', async () => {
  const { kehou, phone, picture } = journey;
  const families: Family[] = [];
  await inLanes(guardians(), LANES, async (guardian) => {
    families.push(await familyOf(guardian));
  });
  expect(window.admission).toEqual({ spreadSeconds: SPREAD_SECONDS, families: size.pupilsEach });
  expect(families.length).toBeGreaterThan(200);
  for (const { turn } of families) {
    const afterMs = ms(turn.admitAt) - ms(window.opensAt);
    expect(afterMs).toBeGreaterThanOrEqual(0);
    expect(afterMs).toBeLessThan(SPREAD_SECONDS * 1000);
  }
  const familyNamed = (name: string): Family => {
    const found = families.find((family) => family.name === name);
    if (!found) throw new Error(`${name} is among the families`);
    return found;
  };

  // The other guardian has the same turn. A class is left alone by all others, for each of the two on phones.
  const [mother, father] = ON_PHONES.map(familyNamed) as [Family, Family];
  const [kept] = wanted(mother);
  const [alsoKept] = wanted(father, new Set(kept ? [kept] : []));
  if (!kept || !alsoKept) throw new Error('there is a class for each');
  const other = journey.people.find(({ name }) => name === '林建国');
  if (!other) throw new Error('the family has two guardians');
  expect((await familyOf({ name: other.name, phone: other.phone })).turn).toEqual(mother.turn);

  // Before the opening: places on two phones, the same after a reload.
  const place = await wait(phone, ON_PHONES[0]);
  expect(place).toContain(`约第 ${mother.turn.place} 位，最多 ${size.pupilsEach} 个孩子`);
  await picture('waiting');
  await phone.app.evaluate('location.reload()');
  await see(phone.app, '#waiting-room');
  expect(await on(phone.app, '#waiting-place').textContent()).toBe(place);
  const second = await journey.anotherPhone();
  expect(await wait(second, ON_PHONES[1])).toContain(`约第 ${father.turn.place} 位`);
  await journey.jump(instant(ms(window.opensAt) - 2000));

  const opens = async (at: Instant) => pause(ms(at) - ms(kehou.clock.now()));
  const early: string[] = [];
  const outcomes: { readonly turn: Turn; readonly takenAt: Instant }[] = [];
  const refusals: string[] = [];
  const rest = families.filter(({ name }) => !ON_PHONES.some((one) => one === name));
  await Promise.all([
    ...rest.map(async (family) => {
      const { api, pupilId, turn } = family;
      const classes = wanted(family, new Set([kept, alsoKept]));
      const take = (offeringId: string, token = turn.token) =>
        api.selection.takeSeat({ pupilId, windowId: window.windowId, offeringId, enrolmentId: newId('enrolment'), turn: token });
      const [first] = classes;
      if (!first) return;
      await opens(window.opensAt);
      if (ms(turn.admitAt) - ms(kehou.clock.now()) > CLEARLY_EARLY_MS) {
        await take(first).then(
          () => early.push(`${family.name} was let in`),
          (error) => {
            const code = codeOf(error);
            if (code !== 'selection.not_your_turn' && ms(kehou.clock.now()) < ms(turn.admitAt)) early.push(code);
          },
        );
      }
      await opens(turn.admitAt);
      for (const offeringId of classes.slice(0, 3)) {
        const taken = await take(offeringId).catch((error: unknown) => codeOf(error));
        if (typeof taken !== 'string') return outcomes.push({ turn, takenAt: taken.takenAt });
        refusals.push(taken);
      }
      return undefined;
    }),
    ...(
      [
        [phone, kept],
        [second, alsoKept],
      ] as const
    ).map(async ([held, offeringId]) => {
      await tap(held.app, `#take-${offeringId}`);
      await see(held.app, '#basket-pay');
    }),
  ]);
  await picture('taken');
  expect(early).toEqual([]);
  expect(outcomes.length).toBeGreaterThan(100);
  expect(outcomes.filter(({ turn, takenAt }) => ms(takenAt) < ms(turn.admitAt))).toEqual([]);
  // Whoever was refused met a full class or an hour that is taken, nothing else.
  expect(refusals.filter((code) => code !== 'selection.full' && code !== 'selection.clash')).toEqual([]);
  for (const { api, pupilId, turn } of [mother, father]) {
    const { items } = await api.selection.listChildEnrolments({ pupilId });
    expect(items.map(({ status }) => status)).toEqual(['held']);
    expect(ms(items[0]?.takenAt ?? addMinutes(window.opensAt, -1))).toBeGreaterThanOrEqual(ms(turn.admitAt));
  }
}, 400_000);

test('nothing went wrong in any page meanwhile', () => {
  expect(journey.errors()).toEqual([]);
});
