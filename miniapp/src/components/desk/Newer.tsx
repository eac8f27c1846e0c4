/**
 * Somebody else has changed what is being written here. What was written stays; what it says now stands beside it, and the person
 * decides: go on from there, or save their own over it knowingly.
 */
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import { failureOf } from '../../failure.ts';
import { queryClient } from '../../queries.ts';
import { t } from '../../texts/desks.ts';
import { Button } from '../Button';
import { Icon } from '../Icon.tsx';
import { type Pair, Pairs } from './Panel.tsx';

interface Versioned {
  readonly version?: number | undefined;
}

/** What a form began from (`base`: send its version), and what has come since (`newer`). */
export function useBase<T extends Versioned>(live: T): { readonly base: T; setBase(value: T): void; readonly newer: T | undefined } {
  const [base, setBase] = useState(live);
  return { base, setBase: (value) => setBase(value), newer: (live.version ?? 0) > (base.version ?? 0) ? live : undefined };
}

/** For `onFailed`: the form says why, and what it was begun from is read again where somebody else has changed it. */
export const readAgain =
  (...queryKey: readonly string[]) =>
  (error: unknown): true => {
    if (failureOf(error).code === 'school.changed_meanwhile') queryClient.invalidateQueries({ queryKey }).catch(() => undefined);
    return true;
  };

export interface NewerProps<T> {
  readonly base: T;
  readonly newer: T | undefined;
  /** What a version says, by name; what is the same in both is left out. */
  words(value: NoInfer<T>): readonly Pair[];
  onTake(newer: NoInfer<T>): void;
  onKeep(newer: NoInfer<T>): void;
}

export function Newer<T>({ base, newer, words, onTake, onKeep }: NewerProps<T>) {
  if (!newer) return null;
  const before = new Map(words(base).map(({ name, value }) => [name, value]));
  const changed = words(newer).filter(({ name, value }) => before.get(name) !== value);
  return (
    <View className="k-notice k-notice--attention" id="newer" {...(process.env.TARO_ENV === 'h5' ? { role: 'alert' } : {})}>
      <Icon name="alert" />
      <View className="k-column k-grow">
        <Text className="k-strong">{t('newer.title')}</Text>
        {changed.length > 0 ? <Pairs pairs={changed} /> : <View>{t('newer.elsewhere')}</View>}
        <View className="k-row k-row--wrap">
          <Button kind="plain" small id="newer-take" onTap={() => onTake(newer)}>
            {t('newer.take')}
          </Button>
          <Button kind="plain" small id="newer-keep" onTap={() => onKeep(newer)}>
            {t('newer.keep')}
          </Button>
        </View>
      </View>
    </View>
  );
}
