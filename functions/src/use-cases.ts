import type { Actor, ParsedOf, ReplyOf, Routes } from '@kehou/shared/kernel/route';

/** One use case a route, no more and no fewer: what an area's `index.ts` returns. */
export type UseCases<R extends Routes> = {
  readonly [Name in keyof R]: (input: ParsedOf<R[Name]>, actor: Actor) => Promise<ReplyOf<R[Name]>>;
};

/** A step of a workflow: parses its own payload; may run more than once for the same effect. */
export type Task = (payload: Readonly<Record<string, unknown>>) => Promise<Readonly<Record<string, unknown>>>;
export type Tasks = Readonly<Record<string, Task>>;

/** One change of the table as its stream tells it: at least once, in order for each key. */
export interface Change {
  readonly sequence: string;
  readonly keys: { readonly PK: string; readonly SK: string };
  readonly before: Readonly<Record<string, unknown>> | undefined;
  readonly after: Readonly<Record<string, unknown>> | undefined;
}
/** What follows a commit (projections, messages, workflow starts). Idempotent: the same change may come again. */
export type Follower = (change: Change) => Promise<void>;

/** What is overdue, found by the sweeper in the due index: the sort key's prefix says whose it is. Idempotent. */
export type DueHandlers = Readonly<Record<string, (item: Readonly<Record<string, unknown>>) => Promise<void>>>;

/** What an area does without a request: steps of workflows, what follows commits, what falls due. */
export interface Background {
  readonly tasks?: Tasks;
  readonly followers?: readonly Follower[];
  readonly due?: DueHandlers;
}

/** Everything an area brings: what `functions/src/<area>/index.ts` assembles. */
export interface Area<R extends Routes> extends Background {
  readonly useCases: UseCases<R>;
}
