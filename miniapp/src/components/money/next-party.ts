import type { Refund } from '@kehou/shared/billing/refund';

export type Party = 'school' | 'operator' | 'bureau';

/** Whose turn it is to approve; `undefined` when nobody's. */
export const nextParty = ({ status, chain, approvals }: Pick<Refund, 'status' | 'chain' | 'approvals'>): Party | undefined =>
  status === 'approving' ? chain[approvals.length] : undefined;
