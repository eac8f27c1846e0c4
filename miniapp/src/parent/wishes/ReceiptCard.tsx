/** What was received and when, in words; the platform's signature over it for whoever wants to hold it. */
import type { DrawTerms, Receipt } from '@kehou/shared/selection/lottery';
import { View } from '@tarojs/components';
import { useState } from 'react';
import { Button } from '../../components/Button';
import { fullMoment, shortHash } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { platform } from '../../platform/current';
import { useAction } from '../../queries.ts';
import { t as common } from '../../texts/common.ts';
import { t } from '../../texts/lottery.ts';

function termsWords({ seedSource }: DrawTerms): string {
  if (seedSource.kind === 'public') return t('wishes.receipt.public', { name: seedSource.name, when: fullMoment(seedSource.bornAt) });
  return t('wishes.receipt.sealed', { hash: shortHash(seedSource.hash ?? '') });
}

export interface ReceiptCardProps {
  readonly receipt: Receipt;
  readonly childName: string;
  nameOf(offeringId: string): string;
}

export function ReceiptCard({ receipt, childName, nameOf }: ReceiptCardProps) {
  const [open, setOpen] = useState(false);
  const copy = useAction(() => platform.copy(JSON.stringify(receipt)), { done: common('common.copied') });
  return (
    <View className="k-card k-column" id="receipt">
      <View className="k-row">
        <Icon name="receipt" className="k-primary" />
        <View className="k-strong">{t('wishes.receipt')}</View>
      </View>
      <View>
        {receipt.offeringIds.length === 0
          ? t('wishes.receipt.withdrawn', { when: fullMoment(receipt.at), name: childName })
          : t('wishes.receipt.words', {
              when: fullMoment(receipt.at),
              name: childName,
              count: receipt.offeringIds.length,
              list: receipt.offeringIds.map(nameOf).join(t('wishes.join')),
            })}
      </View>
      <View className="k-text-s k-muted">{t('wishes.receipt.latest')}</View>
      {receipt.terms ? (
        <View className="k-text-s k-muted" id="receipt-terms">
          {termsWords(receipt.terms)}
        </View>
      ) : null}
      {open ? (
        <>
          <View className="k-text-s k-muted">{t('wishes.receipt.hint')}</View>
          <View className="p-wish__proof" id="receipt-signature">
            {receipt.signature}
          </View>
          <Button kind="plain" icon="copy" id="receipt-copy" running={copy.running} onTap={() => copy.run(undefined)}>
            {t('wishes.receipt.copy')}
          </Button>
        </>
      ) : (
        <Button kind="plain" small icon="shield" id="receipt-proof" onTap={() => setOpen(true)}>
          {t('wishes.receipt.proof')}
        </Button>
      )}
    </View>
  );
}
