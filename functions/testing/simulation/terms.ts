/**
 * What a seed draws beside the evening that it has always drawn. Each thing has a source of its own: a seed that does not draw it is the
 * run that it was before there was such a thing, and what one draws does not change with the others.
 */
import { mulberry32 } from '../../src/platform/seeded.ts';
import { type CallOffPlan, drawCallOffs } from './call-off.ts';
import { Draws } from './draws.ts';

export interface Terms {
  /** When the school calls off a class that runs. */
  readonly callOffs: readonly CallOffPlan[];
}

const SOURCES = { callOffs: 0x0ca1_10ff } as const;
const PLAIN: Terms = { callOffs: [] };

/** `plain`: nothing of it, as seeds were played before. */
export function drawTerms(seed: number, { plain }: { readonly plain?: boolean | undefined }): Terms {
  if (plain) return PLAIN;
  const source = (name: keyof typeof SOURCES) => new Draws(mulberry32(seed ^ SOURCES[name]));
  return {
    callOffs: drawCallOffs(source('callOffs')),
  };
}
