/** A guardian's relation to the child, in words; what a roster calls it stays as it is written there. */
import { t } from '../../texts/school.ts';

const relations = ['mother', 'father', 'grandparent', 'other'] as const;

export function relationText(relation: string): string {
  const known = relations.find((one) => one === relation);
  return known ? t(`school.links.relation.${known}`) : relation;
}
