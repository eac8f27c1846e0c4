/**
 * Step Functions (Standard). The SDK's client comes from Lambda's own runtime when it is first needed: no bundle carries it,
 * and no cold start waits for it.
 */
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { WorkflowClient } from './workflow-client.ts';

/** `machineArnPrefix`: what stands before the workflow's name in every machine's ARN. */
export function stepFunctions(machineArnPrefix: string, given?: SFNClient): WorkflowClient {
  let loading: Promise<{ sdk: typeof import('@aws-sdk/client-sfn'); client: SFNClient }> | undefined;
  const load = () => {
    loading ??= import('@aws-sdk/client-sfn').then((sdk) => ({ sdk, client: given ?? new sdk.SFNClient({}) }));
    return loading;
  };
  return {
    async start(workflow, executionName, input) {
      const { sdk, client } = await load();
      const stateMachineArn = `${machineArnPrefix}${workflow}`;
      try {
        await client.send(new sdk.StartExecutionCommand({ stateMachineArn, name: executionName, input: JSON.stringify(input) }));
      } catch (error) {
        // Running, or run before: what may happen only once is decided in the table, not here.
        if (nameOf(error) !== 'ExecutionAlreadyExists') throw error;
      }
    },
    async succeed(taskToken, output) {
      const { sdk, client } = await load();
      try {
        await client.send(new sdk.SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
        return true;
      } catch (error) {
        if (['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'].includes(nameOf(error))) return false;
        throw error;
      }
    },
  };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}
