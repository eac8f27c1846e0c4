/** A school's place as it is typed: a centre in GCJ-02 and a radius. */
import { Fence } from '@kehou/shared/organisation/organisation';
import type * as z from 'zod';

export interface FenceDraft {
  readonly latitude: string;
  readonly longitude: string;
  readonly radius: string;
}

export const fenceDraftOf = (fence: z.infer<typeof Fence> | undefined): FenceDraft =>
  fence
    ? { latitude: String(fence.latitude), longitude: String(fence.longitude), radius: String(fence.radiusMetres) }
    : { latitude: '', longitude: '', radius: '200' };

/** `null`: left empty. `undefined`: not a place. */
export function fenceOf({ latitude, longitude, radius }: FenceDraft): z.infer<typeof Fence> | null | undefined {
  if (!latitude.trim() && !longitude.trim()) return null;
  const parsed = Fence.safeParse({ latitude: numberOf(latitude), longitude: numberOf(longitude), radiusMetres: numberOf(radius) });
  return parsed.success ? parsed.data : undefined;
}

const numberOf = (text: string): number => (/^-?\d{1,3}(\.\d+)?$|^\d{1,5}$/.test(text.trim()) ? Number(text) : Number.NaN);
