/** The fingerprint of a sealed number: its beginning stands in the words beside it, the whole of it is a tap away, to be kept. */
import { View } from '@tarojs/components';
import { useState } from 'react';
import { platform } from '../platform/current';
import { useAction } from '../queries.ts';
import { t as common } from '../texts/common.ts';
import { t } from '../texts/modes.ts';
import { Button } from './Button';

export function Fingerprint({ id, hash }: { readonly id: string; readonly hash: string }) {
  const [open, setOpen] = useState(false);
  const copy = useAction(() => platform.copy(hash), { done: common('common.copied') });
  return (
    <View className="k-column k-gap-1" id={id}>
      {open ? (
        <>
          <View className="k-code" id={`${id}-whole`}>
            {hash}
          </View>
          <Button kind="text" small icon="copy" id={`${id}-copy`} running={copy.running} onTap={() => copy.run(undefined)}>
            {t('mode.fingerprint.copy')}
          </Button>
        </>
      ) : (
        <Button kind="text" small icon="shield" id={`${id}-show`} onTap={() => setOpen(true)}>
          {t('mode.fingerprint.show')}
        </Button>
      )}
    </View>
  );
}
