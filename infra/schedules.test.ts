import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { kehou } from './aws/app.ts';
import { schedules } from './schedules.ts';

test('what runs by the calendar on one machine is what the stack schedules', () => {
  const { context } = JSON.parse(readFileSync(new URL('../cdk.json', import.meta.url), 'utf8')) as { context: Record<string, unknown> };
  const { workflows } = kehou(new App({ context: { ...context, 'aws:cdk:bundling-stacks': [], stage: 'test' } }));
  const deployed = Object.values(Template.fromStack(workflows).findResources('AWS::Scheduler::Schedule')).map(({ Properties }) => ({
    expression: Properties.ScheduleExpression,
    input: JSON.parse(Properties.Target.Input) as unknown,
    // A rate has no calendar.
    timezone: Properties.ScheduleExpression.startsWith('cron') ? Properties.ScheduleExpressionTimezone : 'any',
  }));
  const here = schedules.map(({ expression, input, timezone }) => ({
    expression,
    input,
    timezone: expression.startsWith('cron') ? timezone : 'any',
  }));
  const inOrder = (list: readonly { expression: string }[]) => [...list].sort((a, b) => (a.expression < b.expression ? -1 : 1));
  expect(inOrder(here)).toEqual(inOrder(deployed));
});
