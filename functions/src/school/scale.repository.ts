import type { ChinaDate } from '@kehou/shared/kernel/time';
import type { Organisation } from '@kehou/shared/organisation/organisation';
import { Scale } from '@kehou/shared/school/school';
import { keys } from '../platform/keys.ts';
import type { Page, Table } from '../platform/table.ts';

/** Scales of one bureau that are looked at, newest first: older ones than these have long been replaced. */
const SCALES_READ_MAX = 20;

/** The scale in force at a school on a day: of the nearest bureau above it that has one. One query a bureau. */
export async function scaleAt(table: Table, school: Pick<Organisation, 'ancestorIds'>, on: ChinaDate): Promise<Scale | undefined> {
  for (const bureauId of [...school.ancestorIds].reverse()) {
    const scales = await table.query(
      { ...keys.scalesUntil(bureauId, on), newestFirst: true, limit: SCALES_READ_MAX, consistent: true },
      Scale,
    );
    const inForce = scales.items.find((scale) => scale.validUntil === undefined || on <= scale.validUntil);
    if (inForce) return inForce;
  }
  return undefined;
}

/** One page of a bureau's scales, the latest to come into force first. One query. */
export function scalesOf(table: Table, bureauId: string, page: { limit: number; cursor?: string | undefined }): Promise<Page<Scale>> {
  return table.query({ ...keys.scales(bureauId), newestFirst: true, consistent: true, limit: page.limit, cursor: page.cursor }, Scale);
}
