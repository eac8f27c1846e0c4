/** Step Functions (Standard). */
import {
  ExecutionAlreadyExists,
  InvalidToken,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import type { WorkflowClient } from './workflow-client.ts';

/** `machineArnPrefix`: what stands before the workflow's name in every machine's ARN. */
export function stepFunctions(machineArnPrefix: string, client: SFNClient = new SFNClient({})): WorkflowClient {
  return {
    async start(workflow, executionName, input) {
      try {
        await client.send(
          new StartExecutionCommand({
            stateMachineArn: `${machineArnPrefix}${workflow}`,
            name: executionName,
            input: JSON.stringify(input),
          }),
        );
      } catch (error) {
        // Running, or run before: what may happen only once is decided in the table, not here.
        if (!(error instanceof ExecutionAlreadyExists)) throw error;
      }
    },
    async succeed(taskToken, output) {
      try {
        await client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
        return true;
      } catch (error) {
        if (error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken) return false;
        throw error;
      }
    },
  };
}
