import { DomainError } from '@kehou/shared/kernel/errors';
import * as z from 'zod';
import type { Log } from '../platform/log.ts';
import type { Tasks } from '../use-cases.ts';

const Payload = z.looseObject({ task: z.string() });

/**
 * Finds the task that a payload names and runs it. What it throws goes back to the state machine, which retries or catches
 * it: an expected failure under its own code, so that a machine can tell `order.already_paid` from a bug.
 */
export function perform(tasks: Tasks, log: Log) {
  return async (payload: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> => {
    const { task: name } = Payload.parse(payload);
    const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
    if (!task) throw new Error(`no task is called ${name}`);
    try {
      const result = await task(payload);
      log.info('task', { task: name });
      return result;
    } catch (error) {
      const failure = error as Error;
      log.error('task failed', { task: name, name: failure.name, message: failure.message, stack: failure.stack });
      // Lambda reports an error's name to Step Functions: ErrorEquals matches the code.
      if (error instanceof DomainError) throw Object.assign(new Error(error.message, { cause: error }), { name: error.code });
      throw error;
    }
  };
}
