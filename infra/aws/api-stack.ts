/** The HTTP API: one Lambda an area, and one API route a route of the contract, made from the same list. */
import { type AreaName, areas } from '@kehou/shared/api';
import type { Route } from '@kehou/shared/kernel/route';
import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { CorsHttpMethod, HttpApi, HttpMethod, type HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { DataStack } from './data-stack.ts';
import { ProductFunction, type SecretName } from './product-function.ts';
import type { Settings } from './settings.ts';

/** Which files the areas' use cases touch, and which secrets beside the key of sessions. None starts or answers a state machine: followers do. */
const needs: Readonly<
  Partial<Record<AreaName, { objects?: readonly string[]; reads?: readonly string[]; memoryMiB?: number; secrets?: readonly SecretName[] }>>
> = {
  // The code on show at a school, and the desk's.
  attendance: { secrets: ['qr'] },
  identity: { secrets: ['qr', 'wechat'] },
  billing: { objects: ['exports'], secrets: ['wechat'] },
  // Mini-program codes are kept once they are made.
  selection: { objects: ['codes'], reads: ['draws'], memoryMiB: 1024, secrets: ['wechat'] },
  school: { memoryMiB: 1024 },
};

export class ApiStack extends Stack {
  readonly api: HttpApi;
  readonly functions: ReadonlyMap<AreaName, ProductFunction>;

  constructor(scope: Construct, id: string, props: StackProps & { settings: Settings; data: DataStack }) {
    super(scope, id, props);
    const { settings, data } = props;
    this.api = new HttpApi(this, 'Api', {
      apiName: `kehou-${settings.stage}`,
      createDefaultStage: false,
      disableExecuteApiEndpoint: false,
      ...(settings.origins.length
        ? {
            corsPreflight: {
              allowOrigins: [...settings.origins],
              allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST, CorsHttpMethod.PUT, CorsHttpMethod.DELETE],
              allowHeaders: ['authorization', 'content-type'],
              exposeHeaders: ['x-kehou-now'],
              maxAge: Duration.minutes(10),
            },
          }
        : {}),
    });
    const accessLog = new LogGroup(this, 'AccessLog', { retention: RetentionDays.SIX_MONTHS, removalPolicy: RemovalPolicy.RETAIN });
    const stage: HttpStage = this.api.addStage('Stage', {
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: settings.requestsPerSecondMax, burstLimit: settings.requestBurstMax },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        // No query strings and no bodies: cursors and names stay out of the logs.
        format: AccessLogFormat.custom(
          JSON.stringify({
            requestId: '$context.requestId',
            at: '$context.requestTime',
            route: '$context.routeKey',
            status: '$context.status',
            tookMs: '$context.responseLatency',
            ip: '$context.identity.sourceIp',
          }),
        ),
      },
    });
    stage.node.addDependency(accessLog);

    const functions = new Map<AreaName, ProductFunction>();
    for (const [area, routes] of Object.entries(areas) as [AreaName, (typeof areas)[AreaName]][]) {
      const need = needs[area];
      const handler = new ProductFunction(this, `${area[0]?.toUpperCase()}${area.slice(1)}`, {
        settings,
        data,
        entry: area,
        timeoutSeconds: 29,
        // Every area asks who the token speaks for.
        secrets: ['session', ...(need?.secrets ?? [])],
        ...(need?.memoryMiB ? { memoryMiB: need.memoryMiB } : {}),
        ...(area === 'selection' ? { environment: { FAMILIES_PER_SECOND: String(settings.familiesPerSecond) } } : {}),
      });
      if (need?.objects) handler.mayUseObjects(data, need.objects);
      if (need?.reads) handler.mayUseObjects(data, need.reads, ['s3:GetObject']);
      functions.set(area, handler);
      const integration = new HttpLambdaIntegration(`${area}Integration`, handler, { scopePermissionToRoute: false });
      for (const { path, method } of Object.values(routes) as Route[]) {
        this.api.addRoutes({ path, methods: [HttpMethod[method]], integration });
      }
    }
    this.functions = functions;
  }
}
