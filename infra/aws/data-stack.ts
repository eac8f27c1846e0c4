/** What must never be lost: the table, the files and the secrets, under one customer key. */
import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, StreamViewType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { Settings } from './settings.ts';

export class DataStack extends Stack {
  readonly key: Key;
  readonly table: Table;
  readonly objects: Bucket;
  readonly accessLogs: Bucket;
  /** Symmetric keys that the platform makes for itself. */
  readonly sessionKey: Secret;
  readonly qrKey: Secret;
  /** WeChat's credentials: a JSON document that an officer fills in after the first deployment. */
  readonly wechat: Secret;

  constructor(scope: Construct, id: string, props: StackProps & { settings: Settings }) {
    super(scope, id, props);
    this.key = new Key(this, 'Key', {
      enableKeyRotation: true,
      description: 'Kehou: table, files, secrets, logs',
      removalPolicy: RemovalPolicy.RETAIN,
    });

    // Table and not TableV2: a global table's replica cannot name its key before the region is known.
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'PK', type: AttributeType.STRING },
      sortKey: { name: 'SK', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: 'ttl',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: 35 },
      deletionProtection: true,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.key,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    for (const name of ['GSI1', 'GSI2']) {
      this.table.addGlobalSecondaryIndex({
        indexName: name,
        partitionKey: { name: `${name}PK`, type: AttributeType.STRING },
        sortKey: { name: `${name}SK`, type: AttributeType.STRING },
        projectionType: ProjectionType.ALL,
      });
    }

    this.accessLogs = new Bucket(this, 'AccessLogs', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_PREFERRED,
      lifecycleRules: [{ expiration: Duration.days(365) }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.objects = new Bucket(this, 'Objects', {
      encryption: BucketEncryption.KMS,
      encryptionKey: this.key,
      bucketKeyEnabled: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: true,
      serverAccessLogsBucket: this.accessLogs,
      serverAccessLogsPrefix: 'objects/',
      // Exports are for the minute; bank files are evidence and stay.
      lifecycleRules: [{ prefix: 'exports/', expiration: Duration.days(1), noncurrentVersionExpiration: Duration.days(1) }],
      removalPolicy: RemovalPolicy.RETAIN,
    });

    const generated = (name: string) =>
      new Secret(this, name, {
        encryptionKey: this.key,
        generateSecretString: { passwordLength: 64, excludePunctuation: true },
        removalPolicy: RemovalPolicy.RETAIN,
      });
    this.sessionKey = generated('SessionKey');
    this.qrKey = generated('QrKey');
    this.wechat = new Secret(this, 'WeChat', {
      encryptionKey: this.key,
      description: 'appId, appSecret, merchant id, keys and certificates of WeChat Pay',
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
