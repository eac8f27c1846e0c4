import { newId } from '@kehou/shared/kernel/id';
import { instant } from '@kehou/shared/kernel/time';
import { nextParty } from './next-party.ts';

const approval = (role: 'school' | 'operator') => ({ role, personId: newId('person'), at: instant(0) });

test('the chain is walked in its order, and nobody has a turn outside approving', () => {
  const chain: ('school' | 'operator')[] = ['school', 'operator'];
  expect(nextParty({ status: 'approving', chain, approvals: [] })).toBe('school');
  expect(nextParty({ status: 'approving', chain, approvals: [approval('school')] })).toBe('operator');
  expect(nextParty({ status: 'sending', chain, approvals: [approval('school')] })).toBeUndefined();
  expect(nextParty({ status: 'attention', chain, approvals: [] })).toBeUndefined();
});
