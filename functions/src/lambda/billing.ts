import { billingRoutes } from '@kehou/shared/billing/routes';
import { billing } from '../billing/index.ts';
import { s3Objects } from '../platform/objects-s3.ts';
import { stepFunctions } from '../platform/workflow-client-sfn.ts';
import { areaApi, lazily } from './entry.ts';

export const create = areaApi('billing', billingRoutes, billing);
export const handler = lazily(create, { objects: s3Objects, workflows: stepFunctions });
