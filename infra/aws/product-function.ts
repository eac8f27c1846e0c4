/** One Lambda of the product: its entry is named as a string, never imported. */
import { join } from 'node:path';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { DataStack } from './data-stack.ts';
import type { Settings } from './settings.ts';

const root = join(import.meta.dirname, '..', '..');

export const workflowNames = ['selection-window', 'refund', 'monthly-payout', 'rehearsal'] as const;

/** The three secrets, by what the platform calls them and in which variable it looks for their id. */
const secretVariables = { session: 'SESSION_KEY_SECRET', qr: 'QR_KEY_SECRET', wechat: 'WECHAT_SECRET' } as const;
export type SecretName = keyof typeof secretVariables;

export interface ProductFunctionProps {
  readonly settings: Settings;
  readonly data: DataStack;
  /** File in functions/src/lambda, without `.ts`. */
  readonly entry: string;
  readonly timeoutSeconds: number;
  /** What it reads, and no more: any other it can neither name nor open. */
  readonly secrets: readonly SecretName[];
  readonly memoryMiB?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Item reads and writes by key and by query. No Scan: nothing in the product reads by a pattern that is not planned. */
const TABLE_ACTIONS = [
  'dynamodb:GetItem',
  'dynamodb:BatchGetItem',
  'dynamodb:Query',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:ConditionCheckItem',
];

export class ProductFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: ProductFunctionProps) {
    const { settings, data } = props;
    const all = { session: data.sessionKey, qr: data.qrKey, wechat: data.wechat };
    const logGroup = new LogGroup(scope, `${id}Logs`, { retention: RetentionDays.SIX_MONTHS, removalPolicy: RemovalPolicy.RETAIN });
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    super(scope, id, {
      entry: join(root, 'functions', 'src', 'lambda', `${props.entry}.ts`),
      depsLockFilePath: join(root, 'package-lock.json'),
      projectRoot: root,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMiB ?? 512,
      timeout: Duration.seconds(props.timeoutSeconds),
      tracing: Tracing.ACTIVE,
      role,
      logGroup,
      bundling: {
        // Ways to credentials that the SDK loads only where the environment has none: on Lambda it always has.
        externalModules: scope.node.getContext('kehou:notBundled'),
        minify: true,
        sourceMap: true,
        format: OutputFormat.ESM,
        target: 'node24',
        mainFields: ['module', 'main'],
        // Some CommonJS dependencies call require() at run time.
        banner: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);",
      },
      environment: {
        NODE_OPTIONS: '--enable-source-maps',
        STAGE: settings.stage,
        TABLE_NAME: data.table.tableName,
        OBJECTS_BUCKET: data.objects.bucketName,
        ...Object.fromEntries(props.secrets.map((name) => [secretVariables[name], all[name].secretArn])),
        WECHAT_API_URL: settings.wechatApiUrl,
        WECHAT_PAY_URL: settings.wechatPayUrl,
        ORIGINS: settings.origins.join(','),
        ...props.environment,
      },
    });
    this.addToRolePolicy(
      new PolicyStatement({
        actions: TABLE_ACTIONS,
        resources: [data.table.tableArn, ...['GSI1', 'GSI2'].map((index) => `${data.table.tableArn}/index/${index}`)],
      }),
    );
    this.addToRolePolicy(new PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [data.key.keyArn] }));
    for (const name of props.secrets) {
      this.addToRolePolicy(new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [all[name].secretArn] }));
    }
  }

  /** Starts and answers the state machines by name, so that the two stacks do not need each other. */
  mayRunWorkflows(stage: string): this {
    const { partition, region, account } = Stack.of(this);
    const prefix = `arn:${partition}:states:${region}:${account}:stateMachine:kehou-${stage}-`;
    const resources = workflowNames.map((name) => `${prefix}${name}`);
    this.addToRolePolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources }));
    this.addToRolePolicy(
      new PolicyStatement({
        actions: ['states:SendTaskSuccess', 'states:SendTaskFailure', 'states:SendTaskHeartbeat'],
        resources,
      }),
    );
    this.addEnvironment('STATE_MACHINE_PREFIX', prefix);
    return this;
  }

  mayUseObjects(data: DataStack, prefixes: readonly string[], actions: readonly string[] = ['s3:GetObject', 's3:PutObject']): this {
    const resources = prefixes.map((prefix) => data.objects.arnForObjects(`${prefix}/*`));
    this.addToRolePolicy(new PolicyStatement({ actions: [...actions], resources }));
    // Without it a file that is not there is answered 403, and could not be told from one that may not be read.
    this.addToRolePolicy(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [data.objects.bucketArn] }));
    return this;
  }
}
