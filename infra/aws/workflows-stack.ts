/** What runs without being asked: the state machines with their tasks, the stream's followers, the sweeper, the calendar. */
import { join } from 'node:path';
import { Duration, RemovalPolicy, Stack, type StackProps, TimeZone } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { DataStack } from './data-stack.ts';
import { ProductFunction, type SecretName, workflowNames } from './product-function.ts';
import type { Settings } from './settings.ts';

/** One whole processor: a rehearsal of 5,000 parents computes for a quarter of a minute on one, for half a minute with a draw, and holds 760 MB at most. */
const REHEARSAL_MEMORY_MIB = 1769;

export class WorkflowsStack extends Stack {
  readonly functions: readonly ProductFunction[];
  readonly machines: readonly StateMachine[];
  /** Stream records that kept failing: a person looks at them. */
  readonly parked: Queue;
  /** What the calendar should have done and could not: it was not called, or it failed at every try. */
  readonly missed: Queue;

  constructor(scope: Construct, id: string, props: StackProps & { settings: Settings; data: DataStack }) {
    super(scope, id, props);
    const { settings, data } = props;
    // Payments and messages are WeChat's; a draw's list is signed with a key that comes of the sessions'.
    const make = (name: string, entry: string, timeoutSeconds: number, secrets: readonly SecretName[] = ['wechat'], memoryMiB?: number) =>
      new ProductFunction(this, name, { settings, data, entry, timeoutSeconds, secrets, ...(memoryMiB ? { memoryMiB } : {}) });

    const rehearse = make('Rehearse', 'rehearse', 120, [], REHEARSAL_MEMORY_MIB);
    const tasks = make('Tasks', 'tasks', 120, ['session', 'wechat'])
      .mayRunWorkflows(settings.stage)
      .mayUseObjects(data, ['bank', 'payouts', 'draws']);
    const stream = make('Stream', 'stream', 60).mayRunWorkflows(settings.stage);
    const sweep = make('Sweep', 'sweep', 55).mayRunWorkflows(settings.stage);
    const schedule = make('Schedule', 'schedule', 300).mayRunWorkflows(settings.stage);
    this.functions = [tasks, rehearse, stream, sweep, schedule];

    this.machines = workflowNames.map((name) => {
      const steps = name === 'rehearsal' ? rehearse : tasks;
      const logs = new LogGroup(this, `${name}-logs`, {
        logGroupName: `/aws/vendedlogs/states/kehou-${settings.stage}-${name}`,
        retention: RetentionDays.SIX_MONTHS,
        removalPolicy: RemovalPolicy.RETAIN,
      });
      const machine = new StateMachine(this, name, {
        stateMachineName: `kehou-${settings.stage}-${name}`,
        stateMachineType: StateMachineType.STANDARD,
        definitionBody: DefinitionBody.fromFile(join(import.meta.dirname, '..', 'workflows', `${name}.asl.json`)),
        definitionSubstitutions: { TasksFunctionArn: steps.functionArn },
        tracingEnabled: true,
        // Inputs hold ids only, and even those stay out of the logs.
        logs: { destination: logs, level: LogLevel.ALL, includeExecutionData: false },
      });
      machine.addToRolePolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [steps.functionArn] }));
      return machine;
    });

    this.parked = new Queue(this, 'Parked', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    stream.addEventSource(
      new DynamoEventSource(data.table, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        maxBatchingWindow: Duration.seconds(1),
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
        retryAttempts: 10,
        parallelizationFactor: 4,
        onFailure: new SqsDlq(this.parked),
      }),
    );

    this.missed = new Queue(this, 'MissedSchedules', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    // The scheduler calls and does not wait: what fails in the function is called twice more, and would then be gone.
    schedule.configureAsyncInvoke({ onFailure: new SqsDestination(this.missed), retryAttempts: 2 });
    const china = TimeZone.ASIA_SHANGHAI;
    const invoke = (handler: ProductFunction, input: Record<string, unknown>) =>
      new LambdaInvoke(handler, { input: ScheduleTargetInput.fromObject(input), deadLetterQueue: this.missed, retryAttempts: 3 });
    new Schedule(this, 'EveryMinute', { schedule: ScheduleExpression.rate(Duration.minutes(1)), target: invoke(sweep, {}) });
    new Schedule(this, 'MonthlyPayout', {
      schedule: ScheduleExpression.cron({ day: '1', hour: '2', minute: '0', timeZone: china }),
      target: invoke(schedule, { job: 'payout.startAll' }),
    });
    new Schedule(this, 'DailySettlement', {
      schedule: ScheduleExpression.cron({ hour: '10', minute: '0', timeZone: china }),
      target: invoke(schedule, { job: 'billing.settle' }),
    });
  }
}
