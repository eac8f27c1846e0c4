import { areas } from '@kehou/shared/api';
import { route } from '@kehou/shared/kernel/route';
import * as z from 'zod';
import { everyRoute } from '../../testing/test-api.ts';
import { openApiOf } from './openapi.ts';

const document = openApiOf(areas, '1.2.3');

test('every route of the contract is in it, under its own name, with every field of its input', () => {
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  expect(operations).toHaveLength(everyRoute.length);
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(everyRoute.length);
  for (const { area, name, route: each } of everyRoute) {
    const operation = document.paths[each.path]?.[each.method.toLowerCase()];
    expect(operation).toMatchObject({ operationId: `${area}.${name}`, tags: [area], summary: each.summary });
    if (each.raw) continue;
    const inBody = operation?.requestBody?.content['application/json']?.schema.properties ?? {};
    const named = [...(operation?.parameters ?? []).map((parameter) => parameter.name), ...Object.keys(inBody)];
    expect(named.sort()).toEqual(Object.keys((each.input as z.ZodObject).shape).sort());
    for (const [, field] of each.path.matchAll(/\{(\w+)\}/g)) {
      expect(operation?.parameters).toContainEqual(expect.objectContaining({ name: field, in: 'path', required: true }));
    }
  }
});

test('it says who may call, and only open routes need no session', () => {
  for (const { route: each } of everyRoute) {
    const operation = document.paths[each.path]?.[each.method.toLowerCase()];
    expect(operation?.security).toEqual(each.access.by === 'anyone' ? [] : [{ session: [] }]);
    expect(operation?.description).toMatch(/\.$/);
  }
});

test('every reference leads somewhere, and nothing is lost in JSON', () => {
  const text = JSON.stringify(document);
  const resolve = (pointer: string) =>
    pointer
      .slice(2)
      .split('/')
      .reduce<unknown>((at, step) => (at as Record<string, unknown>)?.[step], document);
  const references = [...text.matchAll(/"\$ref":"(#[^"]+)"/g)].map(([, pointer]) => pointer as string);
  expect(references.length).toBeGreaterThan(0);
  for (const pointer of references) expect(resolve(pointer)).toBeDefined();
  expect(JSON.parse(text)).toEqual(document);
});

test('two routes under one address do not pass', () => {
  const same = route({
    method: 'GET',
    path: '/api/same',
    summary: 'Same',
    access: { by: 'anyone' },
    input: z.object({}),
    output: z.object({}),
  });
  expect(() => openApiOf({ one: { same }, other: { same } }, '1')).toThrow('two routes answer GET /api/same');
});
