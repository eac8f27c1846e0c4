import type { Id } from '@kehou/shared/kernel/id';
import { SchoolSettings } from '@kehou/shared/school/school';
import { defaultSettings, payoutChainOf } from '@kehou/shared/school/settings';
import { keys } from '../platform/keys.ts';
import { put, type Table, type Write } from '../platform/table.ts';

/** A school's settings; the defaults where it has changed nothing. One read. */
export async function getSettings(table: Table, schoolId: Id<'organisation'>): Promise<SchoolSettings> {
  const kept = await table.get(keys.settings(schoolId), SchoolSettings);
  return kept ? { ...kept, payoutApproval: payoutChainOf(kept) } : defaultSettings;
}

export function settingsWrite(schoolId: Id<'organisation'>, settings: SchoolSettings): Write {
  return put(keys.settings(schoolId), settings);
}

/** {@link settingsWrite}, unless somebody has changed them since version `seen`. What was kept before there were versions has none. */
export function nextSettingsWrite(schoolId: Id<'organisation'>, settings: SchoolSettings, seen: number): Write {
  const condition =
    seen === 0
      ? { expression: 'attribute_not_exists(#version) OR #version = :seen', values: { seen } }
      : { expression: '#version = :seen', values: { seen } };
  return put(keys.settings(schoolId), settings, { condition });
}
