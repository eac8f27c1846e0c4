/** Starts state machines and answers their task tokens. On AWS this is Step Functions; on one machine, the local runtime. */
export type WorkflowName = 'selection-window' | 'refund' | 'monthly-payout' | 'rehearsal';

export interface WorkflowClient {
  /** Starts an execution. The same name again is no error and starts nothing: what may happen only once is decided in the table. */
  start(workflow: WorkflowName, executionName: string, input: Readonly<Record<string, unknown>>): Promise<void>;
  /** Completes the task that waits on this token; a token that no longer waits (answered, timed out) returns `false`. */
  succeed(taskToken: string, output: Readonly<Record<string, unknown>>): Promise<boolean>;
}
