import { readFileSync } from 'node:fs';
import { tableDefinition } from '@kehou/functions/platform/table-definition';
import { areas } from '@kehou/shared/api';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { kehou } from './app.ts';

const cdk = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'));
const app = new App({ context: { ...cdk.context, 'aws:cdk:bundling-stacks': [], stage: 'test' } });
const stacks = kehou(app);
const data = Template.fromStack(stacks.data);
const api = Template.fromStack(stacks.api);
const workflows = Template.fromStack(stacks.workflows);
const web = Template.fromStack(stacks.web);
const observability = Template.fromStack(stacks.observability);

describe('the table', () => {
  it('is the very table that the engine on one machine has', () => {
    const [table] = Object.values(data.findResources('AWS::DynamoDB::Table'));
    const properties = table?.Properties;
    const names = (definitions: readonly { AttributeName: string }[]) => definitions.map((definition) => definition.AttributeName).sort();
    expect(names(properties.AttributeDefinitions)).toEqual(names(tableDefinition.AttributeDefinitions));
    expect(properties.KeySchema).toEqual(tableDefinition.KeySchema);
    expect(
      properties.GlobalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }: Record<string, unknown>) => ({
        IndexName,
        KeySchema,
        Projection,
      })),
    ).toEqual(tableDefinition.GlobalSecondaryIndexes);
    expect(properties.BillingMode).toBe(tableDefinition.BillingMode);
    expect(properties.StreamSpecification.StreamViewType).toBe(tableDefinition.StreamSpecification.StreamViewType);
  });

  it('cannot be deleted by mistake, goes back 35 days, forgets by TTL and is encrypted with our key', () => {
    data.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      Properties: {
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
      },
    });
  });
});

describe('the API', () => {
  it('has one route a route of the contract, and one function an area', () => {
    const wanted = Object.values(areas).flatMap((routes) => Object.values(routes).map((route) => `${route.method} ${route.path}`));
    const made = Object.values(api.findResources('AWS::ApiGatewayV2::Route')).map((route) => route.Properties.RouteKey);
    expect(made.sort()).toEqual(wanted.sort());
    api.resourceCountIs('AWS::Lambda::Function', Object.keys(areas).length);
  });

  it('meters entry and logs no query strings', () => {
    api.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: { ThrottlingRateLimit: 5000, ThrottlingBurstLimit: 5000 },
      AccessLogSettings: { Format: Match.not(Match.stringLikeRegexp('querystring|requestPath')) },
    });
  });
});

describe('every function', () => {
  const functions = [api, workflows].flatMap((template) => Object.values(template.findResources('AWS::Lambda::Function')));

  it('runs Node 24 on arm64, traced', () => {
    for (const { Properties } of functions)
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], TracingConfig: { Mode: 'Active' } });
  });

  it('may do what it needs on the table and no more: no Scan, no deletion of tables, no stars', () => {
    for (const template of [api, workflows]) {
      for (const { Properties } of Object.values(template.findResources('AWS::IAM::Policy'))) {
        for (const statement of Properties.PolicyDocument.Statement) {
          const actions: string[] = [statement.Action].flat();
          expect(actions).not.toContain('dynamodb:Scan');
          for (const action of actions) expect(action).not.toMatch(/^(\w+:)?\*$/);
          // X-Ray, and Step Functions' delivery of logs, know no resources.
          if (statement.Resource === '*') for (const action of actions) expect(action).toMatch(/^(xray|logs):|^dynamodb:ListStreams$/);
        }
      }
    }
  });

  it('may open the secrets that it reads, and is told of no other', () => {
    const everyArea = Object.keys(areas).map((area): [string, string[]] => [area.toLowerCase(), ['session']]);
    const expected: Record<string, string[]> = {
      ...Object.fromEntries(everyArea),
      attendance: ['qr', 'session'],
      identity: ['qr', 'session', 'wechat'],
      billing: ['session', 'wechat'],
      selection: ['session', 'wechat'],
      tasks: ['session', 'wechat'],
      rehearse: [],
      stream: ['wechat'],
      sweep: ['wechat'],
      schedule: ['wechat'],
    };
    const nameOf = (text: string) =>
      /SessionKey/.test(text) ? 'session' : /QrKey/.test(text) ? 'qr' : /WeChat/.test(text) ? 'wechat' : text;
    const granted: Record<string, string[]> = {};
    const told: Record<string, string[]> = {};
    for (const template of [api, workflows]) {
      const policies = Object.values(template.findResources('AWS::IAM::Policy')).map(({ Properties }) => Properties);
      for (const { Properties } of Object.values(template.findResources('AWS::Lambda::Function'))) {
        const role = Properties.Role['Fn::GetAtt'][0] as string;
        const name = role.replace(/Role[0-9A-F]{8}$/, '').toLowerCase();
        const statements = policies
          .filter(({ Roles }) => JSON.stringify(Roles).includes(`"${role}"`))
          .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
        granted[name] = statements
          .filter(({ Action }) => [Action].flat().some((action: string) => action.startsWith('secretsmanager:')))
          .flatMap(({ Resource }) => [Resource].flat().map((one: unknown) => nameOf(JSON.stringify(one))))
          .sort();
        told[name] = Object.entries(Properties.Environment.Variables)
          .filter(([variable]) => /_SECRET$/.test(variable))
          .map(([, value]) => nameOf(JSON.stringify(value)))
          .sort();
      }
    }
    expect(granted).toEqual(expected);
    expect(told).toEqual(expected);
  });

  it('starts and answers state machines from what follows the table, never from the API', () => {
    const actionsOf = (template: Template) =>
      Object.values(template.findResources('AWS::IAM::Policy'))
        .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
        .flatMap(({ Action }) => [Action].flat() as string[]);
    expect(actionsOf(api).filter((action) => action.startsWith('states:'))).toEqual([]);
    expect(actionsOf(workflows)).toEqual(expect.arrayContaining(['states:StartExecution', 'states:SendTaskSuccess']));
  });

  it('keeps no secret in its environment', () => {
    for (const { Properties } of functions) {
      for (const [name, value] of Object.entries(Properties.Environment.Variables))
        if (/SECRET|KEY/.test(name)) expect(JSON.stringify(value)).toMatch(/Fn::ImportValue|Ref|Fn::GetAtt/);
    }
  });
});

describe('the workflows', () => {
  it('are the four state machines, standard, logged without what they carry', () => {
    workflows.resourceCountIs('AWS::StepFunctions::StateMachine', 4);
    workflows.allResourcesProperties('AWS::StepFunctions::StateMachine', {
      StateMachineType: 'STANDARD',
      LoggingConfiguration: Match.objectLike({ IncludeExecutionData: false }),
      TracingConfiguration: { Enabled: true },
    });
  });

  it('pay out on the 1st at 02:00 in China, settle daily at 10:00 and sweep every minute', () => {
    const schedules = Object.values(workflows.findResources('AWS::Scheduler::Schedule')).map(({ Properties }) => [
      Properties.ScheduleExpression,
      Properties.ScheduleExpressionTimezone,
    ]);
    expect(schedules).toEqual(
      expect.arrayContaining([
        ['cron(0 2 1 * ? *)', 'Asia/Shanghai'],
        ['cron(0 10 * * ? *)', 'Asia/Shanghai'],
        ['rate(1 minute)', expect.anything()],
      ]),
    );
  });

  it('keep what the calendar could not do, called or not, and tell someone at once', () => {
    const idOf = (type: string, name: RegExp) => Object.keys(workflows.findResources(type)).filter((id) => name.test(id));
    const [queue] = idOf('AWS::SQS::Queue', /^MissedSchedules/);
    const [schedule] = idOf('AWS::Lambda::Function', /^Schedule[0-9A-F]{8}$/);
    const arn = { 'Fn::GetAtt': [queue, 'Arn'] };
    workflows.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: schedule },
      DestinationConfig: { OnFailure: { Destination: arn } },
      MaximumRetryAttempts: 2,
    });
    workflows.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: Match.arrayWith(['sqs:SendMessage']), Resource: arn })]) },
      Roles: [{ Ref: Match.stringLikeRegexp('^ScheduleRole') }],
    });
    workflows.allResourcesProperties('AWS::Scheduler::Schedule', { Target: Match.objectLike({ DeadLetterConfig: { Arn: arn } }) });
    const [alarm] = Object.entries(observability.findResources('AWS::CloudWatch::Alarm')).filter(([id]) =>
      id.startsWith('MissedSchedules'),
    );
    expect(alarm?.[1].Properties).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      AlarmActions: [expect.anything()],
    });
    expect(JSON.stringify(alarm?.[1].Properties.Dimensions)).toContain(queue);
  });

  it('read the stream from its start, report single failures and park what keeps failing', () => {
    workflows.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      StartingPosition: 'TRIM_HORIZON',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      DestinationConfig: { OnFailure: Match.anyValue() },
    });
  });
});

describe('the site and the alarms', () => {
  it('serve over TLS only, from a private bucket, with a content policy', () => {
    web.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: { DefaultCacheBehavior: { ViewerProtocolPolicy: 'redirect-to-https' }, ViewerCertificate: Match.absent() },
    });
    web.hasResourceProperties('AWS::CloudFront::ResponseHeadersPolicy', {
      ResponseHeadersPolicyConfig: { SecurityHeadersConfig: { ContentSecurityPolicy: Match.anyValue() } },
    });
  });

  it('tell someone of failed state machines, parked records, throttling and errors', () => {
    expect(Object.keys(observability.findResources('AWS::CloudWatch::Alarm')).length).toBeGreaterThanOrEqual(9);
    observability.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
  });
});

it('names no partition: the same templates deploy to aws and aws-cn', () => {
  for (const template of [data, api, workflows, web, observability])
    expect(JSON.stringify(template.toJSON())).not.toMatch(/arn:aws(-cn)?:/);
});
