import { payoutRoutes } from '@kehou/shared/payout/routes';
import { payout } from '../payout/index.ts';
import { stepFunctions } from '../platform/workflow-client-sfn.ts';
import { areaApi, lazily } from './entry.ts';

export const create = areaApi('payout', payoutRoutes, payout);
export const handler = lazily(create, { workflows: stepFunctions });
