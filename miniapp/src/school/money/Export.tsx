/** Enrolments, payments and refunds of a term as a spreadsheet. */
import type { Id } from '@kehou/shared/kernel/id';
import { View } from '@tarojs/components';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { Field } from '../../components/Field.tsx';
import { SelectInput } from '../../components/Inputs';
import { ListState } from '../../components/ListState.tsx';
import { Sheet } from '../../components/Sheet.tsx';
import { platform } from '../../platform/current';
import { useAction } from '../../queries.ts';
import { useOrganisation } from '../../session.ts';
import { t } from '../../texts/school.ts';
import { useTerm } from '../terms.ts';

export function Export({ open, onOpen }: { readonly open: boolean; onOpen(open: boolean): void }) {
  const organisation = useOrganisation('school');
  return (
    <View>
      <Button kind="plain" icon="download" id="money-export" disabled={!organisation} onTap={() => onOpen(true)}>
        {t('school.money.export')}
      </Button>
      {open && organisation ? <Form schoolId={organisation.organisationId as Id<'organisation'>} onClose={() => onOpen(false)} /> : null}
    </View>
  );
}

function Form({ schoolId, onClose }: { readonly schoolId: Id<'organisation'>; onClose(): void }) {
  const { reading, terms, term, choose } = useTerm(schoolId);
  const make = useAction(
    async (termId: Id<'term'>) => {
      const { url, filename } = await api.billing.exportMoney({ schoolId, termId });
      await platform.download(url, filename);
    },
    { done: t('school.money.exported'), onDone: onClose },
  );
  return (
    <Sheet
      open
      title={t('school.money.export')}
      onClose={onClose}
      footer={
        <Button
          kind="primary"
          block
          icon="download"
          id="money-export-confirm"
          running={make.running}
          disabled={!term}
          onTap={() => term && make.run(term.termId)}
        >
          {t('school.money.export.make')}
        </Button>
      }
    >
      <ListState of={reading} empty={!term} emptyText={t('school.classes.noTerm')}>
        <Field label={t('school.term')} hint={t('school.money.export.hint')}>
          <SelectInput
            id="export-term"
            label={t('school.term')}
            value={term?.termId ?? ''}
            options={terms.map((one) => ({ value: one.termId as string, label: one.name }))}
            onChange={choose}
          />
        </Field>
      </ListState>
    </Sheet>
  );
}
