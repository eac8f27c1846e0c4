import * as fc from 'fast-check';
import * as z from 'zod';
import { areas } from '../api.ts';
import { explain, type FailureCode, failureOf, isFailureCode } from './errors.ts';
import { fen, formatFen, splitFen, sumFen } from './fen.ts';
import { Id, newId, prefixes } from './id.ts';
import { ApiError, createClient, type HttpRequest, requestOf, route } from './route.ts';
import {
  addDays,
  addMonths,
  type ChinaDate,
  type ChinaMonth,
  chinaDate,
  chinaInstant,
  daysBetween,
  type Instant,
  instant,
  monthDays,
  type TimeOfDay,
  timeOfDay,
  weekdayOf,
} from './time.ts';

describe('fen', () => {
  it('split into parts that sum to the whole, none off its share by a fen or more', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.array(fc.nat(10_000), { minLength: 1, maxLength: 12 }), (total, weights) => {
        const parts = splitFen(fen(total), weights);
        expect(sumFen(parts)).toBe(total);
        const whole = weights.reduce((sum, weight) => sum + weight, 0);
        if (whole > 0)
          for (const [index, part] of parts.entries()) expect(Math.abs(part - (total * (weights[index] ?? 0)) / whole)).toBeLessThan(1);
      }),
    );
  });

  it('give the odd fen to the largest remainder, the earlier part first', () => {
    expect(splitFen(fen(100), [1, 1, 1])).toEqual([34, 33, 33]);
    expect(splitFen(fen(10), [0, 0])).toEqual([10, 0]);
    expect(() => splitFen(fen(10), [])).toThrow(RangeError);
    expect(() => splitFen(fen(10), [0.5])).toThrow(RangeError);
  });

  it('are whole numbers and nothing else', () => {
    expect(() => fen(0.5)).toThrow();
    expect(() => fen(Number.NaN)).toThrow();
  });

  it('read as people write money', () => {
    expect([123_450, 5, 0, -100_000_001].map(formatFen)).toEqual(['¥1,234.50', '¥0.05', '¥0.00', '−¥1,000,000.01']);
  });
});

describe('time', () => {
  it('is China’s on screens: the day turns at 16:00 UTC', () => {
    expect(chinaDate('2026-11-23T15:59:59.999Z' as Instant)).toBe('2026-11-23');
    expect(chinaDate('2026-11-23T16:00:00.000Z' as Instant)).toBe('2026-11-24');
    expect(timeOfDay('2026-11-23T12:00:00.000Z' as Instant)).toBe('20:00');
    expect(chinaInstant('2026-11-23' as ChinaDate, '20:00' as TimeOfDay)).toBe('2026-11-23T12:00:00.000Z');
  });

  it('goes from an instant to China’s clock and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_600_000_000, max: 2_000_000_000 }), (seconds) => {
        const at = instant(seconds * 1000);
        const back = chinaInstant(chinaDate(at), timeOfDay(at));
        expect(Date.parse(at) - Date.parse(back)).toBe((seconds % 60) * 1000);
      }),
    );
  });

  it('knows weekdays, months and leap days', () => {
    expect(weekdayOf('2026-11-23' as ChinaDate)).toBe(1);
    expect(weekdayOf('2026-11-29' as ChinaDate)).toBe(7);
    expect(addDays('2028-02-28' as ChinaDate, 1)).toBe('2028-02-29');
    expect(monthDays('2028-02' as ChinaMonth)).toEqual({ first: '2028-02-01', last: '2028-02-29' });
    expect(addMonths('2026-11' as ChinaMonth, 3)).toBe('2027-02');
    expect([...daysBetween('2026-12-30' as ChinaDate, '2027-01-02' as ChinaDate)]).toHaveLength(4);
    expect(() => [...daysBetween('2020-01-01' as ChinaDate, '2026-01-01' as ChinaDate)]).toThrow(RangeError);
  });
});

describe('ids', () => {
  it('say what they name, and are refused for anything else', () => {
    const id = newId('order');
    expect(Id('order').parse(id)).toBe(id);
    expect(Id('refund').safeParse(id).success).toBe(false);
    for (const hostile of ['', 'ord_', 'ord_0', `${id}0`, `${id}#x`, 'ord_01JIIIIIIIIIIIIIIIIIIIIIII'])
      expect(Id('order').safeParse(hostile).success).toBe(false);
  });

  it('have a prefix an entity, no two the same', () => {
    expect(new Set(Object.values(prefixes)).size).toBe(Object.keys(prefixes).length);
  });

  it('rise in the order they were made', () => {
    const made = Array.from({ length: 500 }, () => newId('session'));
    expect([...made].sort()).toEqual(made);
  });
});

describe('failures', () => {
  it('are explained in both languages, without exclamation marks', () => {
    for (const code of ['request.invalid', 'selection.full', 'session.expired'] satisfies FailureCode[]) {
      expect(explain(code)).toMatch(/\p{Script=Han}/u);
      expect(explain(code, 'en')).toMatch(/^[A-Z]/);
      expect(failureOf(code).zh).not.toContain('！');
    }
    expect(isFailureCode('selection.nonsense')).toBe(false);
  });
});

describe('routes', () => {
  it('have methods and paths of their own, with every path field in the input', () => {
    const seen = new Set<string>();
    for (const [area, routes] of Object.entries(areas)) {
      for (const [name, definition] of Object.entries(routes)) {
        const place = `${definition.method} ${definition.path.replace(/\{\w+\}/g, '{}')}`;
        expect([area, name, seen.has(place)]).toEqual([area, name, false]);
        seen.add(place);
        const fields = Object.keys((definition.input as unknown as { shape: Record<string, unknown> }).shape);
        for (const [, field] of definition.path.matchAll(/\{(\w+)\}/g)) expect(fields).toContain(field);
        if (definition.access.by === 'guardian') expect(fields).toContain(definition.access.pupil);
        if (definition.access.by === 'role') expect(fields).toContain(definition.access.organisation);
      }
    }
    expect(seen.size).toBeGreaterThan(60);
  });

  it('put path fields in the path, the rest in the query or the body, encoded', () => {
    const get = route({
      method: 'GET',
      path: '/api/things/{id}',
      summary: '',
      access: { by: 'anyone' },
      input: z.object({ id: z.string(), q: z.string().optional() }),
      output: z.object({}),
    });
    expect(requestOf(get, { id: 'a/b', q: '课 & 后' })).toEqual({ method: 'GET', url: '/api/things/a%2Fb?q=%E8%AF%BE%20%26%20%E5%90%8E' });
    expect(requestOf(get, { id: 'a', q: undefined })).toEqual({ method: 'GET', url: '/api/things/a' });
    expect(requestOf({ ...get, method: 'PUT' }, { id: 'a', q: 'x' })).toEqual({ method: 'PUT', url: '/api/things/a', body: '{"q":"x"}' });
  });

  it('become calls that parse what comes back and throw the server’s own words', async () => {
    const routes = {
      add: route({
        method: 'POST',
        path: '/api/add',
        summary: '',
        access: { by: 'signed-in' },
        input: z.object({ a: z.number() }),
        output: z.object({ sum: z.number() }),
      }),
    };
    const sent: HttpRequest[] = [];
    let reply: { status: number; body: unknown } = { status: 200, body: { sum: 3, more: 'dropped' } };
    const client = createClient(
      { maths: routes },
      async (request) => {
        sent.push(request);
        return reply;
      },
      () => ({ authorization: 'Bearer t' }),
    );
    expect(await client.maths.add({ a: 1 })).toEqual({ sum: 3 });
    expect(sent[0]).toEqual({
      method: 'POST',
      url: '/api/add',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json', authorization: 'Bearer t' },
    });
    reply = { status: 409, body: { code: 'selection.full', message: '满了', requestId: 'r' } };
    await expect(client.maths.add({ a: 1 })).rejects.toMatchObject({ status: 409, code: 'selection.full', message: '满了' });
    reply = { status: 502, body: '<html>' };
    await expect(client.maths.add({ a: 1 })).rejects.toBeInstanceOf(ApiError);
    reply = { status: 200, body: { sum: 'three' } };
    await expect(client.maths.add({ a: 1 })).rejects.toThrow();
  });
});
