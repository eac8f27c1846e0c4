/** Who is told when, and the one screen to look at on selection night. */
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Operation, type Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Settings } from './settings.ts';

/** Those that the product uses; an alarm takes ten at most. */
const TABLE_OPERATIONS = [
  Operation.GET_ITEM,
  Operation.BATCH_GET_ITEM,
  Operation.QUERY,
  Operation.PUT_ITEM,
  Operation.UPDATE_ITEM,
  Operation.DELETE_ITEM,
  Operation.TRANSACT_WRITE_ITEMS,
];

export interface ObservabilityProps extends StackProps {
  readonly settings: Settings;
  readonly api: HttpApi;
  readonly table: Table;
  readonly functions: readonly IFunction[];
  readonly machines: readonly StateMachine[];
  readonly parked: Queue;
  readonly missed: Queue;
}

export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id, props);
    const key = new Key(this, 'TopicKey', { enableKeyRotation: true });
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
      }),
    );
    const topic = new Topic(this, 'Alarms', { masterKey: key, enforceSSL: true });
    if (props.settings.alarmEmail) topic.addSubscription(new EmailSubscription(props.settings.alarmEmail));

    const alarm = (name: string, metric: IMetric, threshold: number, description: string, periods = 1) =>
      new Alarm(this, name, {
        metric,
        threshold,
        evaluationPeriods: periods,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
        alarmDescription: description,
      }).addAlarmAction(new SnsAction(topic));
    const minute = Duration.minutes(1);
    const sum = (metrics: readonly IMetric[], label: string) =>
      new MathExpression({
        expression: metrics.map((_, index) => `m${index}`).join('+'),
        usingMetrics: Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric])),
        label,
        period: minute,
      });

    const errors = props.functions.map((handler) => handler.metricErrors({ period: minute }));
    const throttles = props.functions.map((handler) => handler.metricThrottles({ period: minute }));
    alarm('FunctionErrors', sum(errors.slice(0, 10), 'errors'), 5, 'Lambda errors: a bug or an outage. Look at the logs by request id.');
    if (errors.length > 10)
      alarm('MoreFunctionErrors', sum(errors.slice(10), 'errors'), 5, 'Lambda errors: a bug or an outage. Look at the logs by request id.');
    alarm(
      'FunctionThrottles',
      sum(throttles.slice(0, 10), 'throttles'),
      1,
      'Lambda turned requests away: raise the concurrency or stagger the windows.',
    );
    alarm('ServerErrors', props.api.metricServerError({ period: minute }), 5, 'The API answered 5xx.');
    alarm(
      'SlowReplies',
      props.api.metricLatency({ period: minute, statistic: 'p99' }),
      3000,
      'One reply in a hundred takes three seconds or more.',
      3,
    );
    alarm(
      'TableThrottles',
      props.table.metricThrottledRequestsForOperations({ operations: TABLE_OPERATIONS, period: minute }),
      1,
      'DynamoDB throttled: a hot key, or a rush above the warm throughput.',
    );
    alarm(
      'ParkedRecords',
      props.parked.metricApproximateNumberOfMessagesVisible({ period: minute }),
      1,
      'Stream records keep failing: effects of a commit are missing until someone replays them.',
    );
    alarm(
      'MissedSchedules',
      props.missed.metricApproximateNumberOfMessagesVisible({ period: minute }),
      1,
      'A payout or a settlement that the calendar starts has failed at every try: the log of the schedule function names what could not be started. Mend it and call it again.',
    );
    for (const machine of props.machines)
      alarm(
        `${machine.node.id}-failed`,
        machine.metricFailed({ period: minute }),
        1,
        `A ${machine.node.id} execution failed: something that must finish has stopped.`,
      );

    const dashboard = new Dashboard(this, 'Dashboard', { dashboardName: `kehou-${props.settings.stage}` });
    const graph = (title: string, left: readonly IMetric[]) => new GraphWidget({ title, left: [...left], width: 12, height: 6 });
    dashboard.addWidgets(
      graph('Requests a minute', [
        props.api.metricCount({ period: minute }),
        props.api.metricClientError({ period: minute }),
        props.api.metricServerError({ period: minute }),
      ]),
      graph(
        'Reply time, ms',
        ['p50', 'p90', 'p99'].map((statistic) => props.api.metricLatency({ period: minute, statistic, label: statistic })),
      ),
      graph('Table: units a minute', [
        props.table.metricConsumedReadCapacityUnits({ period: minute }),
        props.table.metricConsumedWriteCapacityUnits({ period: minute }),
      ]),
      graph(
        'State machines',
        props.machines.flatMap((machine) => [machine.metricStarted({ period: minute }), machine.metricFailed({ period: minute })]),
      ),
      graph(
        'Lambda: running at once',
        props.functions.slice(0, 12).map((handler) => handler.metric('ConcurrentExecutions', { statistic: 'Maximum', period: minute })),
      ),
      graph('Parked stream records', [props.parked.metricApproximateNumberOfMessagesVisible({ period: minute })]),
    );
  }
}
