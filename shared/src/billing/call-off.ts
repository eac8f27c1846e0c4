/** A class that runs is called off by its school: what comes back to whom is shown before, and is what is then done. */
import * as z from 'zod';
import { PositiveFen } from '../kernel/fen.ts';
import { Id } from '../kernel/id.ts';
import { Instant } from '../kernel/time.ts';

export const CallOffQuote = z.object({
  offeringId: Id('offering'),
  /** Whose money comes back. */
  pupils: z.int().min(0),
  /** What comes back to all of them together, by the rule of every refund (D5). */
  totalFen: PositiveFen,
  /** Held already: they stay paid to the instructor. */
  sessionsHeld: z.int().min(0),
  /** These are cancelled. */
  sessionsLeft: z.int().min(0),
});
export type CallOffQuote = z.infer<typeof CallOffQuote>;

export const CalledOff = z.object({ offeringId: Id('offering'), calledOffAt: Instant });
export type CalledOff = z.infer<typeof CalledOff>;
