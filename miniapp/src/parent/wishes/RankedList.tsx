/** The wishes, the dearest first, each with its buttons: up, down, away. */
import { CHOICES_MAX } from '@kehou/shared/selection/lottery';
import { Text, View } from '@tarojs/components';
import { useEffect, useRef } from 'react';
import { t } from '../../texts/lottery.ts';
import { Tool } from '../Tool.tsx';
import type { Wishes } from '../wish-list.ts';

export interface WishRow {
  readonly name: string;
  /** When it meets and who leads it; none of a class that is no longer there. */
  readonly detail?: string;
}

export interface RankedListProps {
  readonly wishes: Wishes;
  /** May it be changed now? */
  readonly open: boolean;
  /** What it is called where it stands alone: said by the buttons. */
  nameOf(offeringId: string): string;
  rowOf(offeringId: string): WishRow;
  onMove(offeringId: string, by: -1 | 1): void;
  onRemove(offeringId: string): void;
}

export function RankedList({ wishes, open, nameOf, rowOf, onMove, onRemove }: RankedListProps) {
  const pressed = useRef<string>();
  // A row that moves is taken out of the page and put back, and the focus with it: whoever moves by keyboard goes on where they were.
  // biome-ignore lint/correctness/useExhaustiveDependencies: after each new order
  useEffect(() => {
    if (process.env.TARO_ENV === 'h5' && pressed.current) document.getElementById(pressed.current)?.focus();
    pressed.current = undefined;
  }, [wishes]);
  const moving = (offeringId: string, by: -1 | 1) => {
    pressed.current = `${by < 0 ? 'up' : 'down'}-${offeringId}`;
    onMove(offeringId, by);
  };
  return (
    <>
      <View className="k-section-title">{t('wishes.list', { count: wishes.length, max: CHOICES_MAX })}</View>
      {wishes.length === 0 ? (
        <View className="k-card">
          <View>{t('wishes.list.empty')}</View>
          {open ? <View className="k-text-s k-muted">{t('wishes.list.empty.hint')}</View> : null}
        </View>
      ) : (
        <View className="k-list" id="wishes-list">
          {wishes.map((offeringId, index) => {
            const name = nameOf(offeringId);
            const row = rowOf(offeringId);
            return (
              <View key={offeringId} className="k-list-row p-wish" id={`wish-${index + 1}`}>
                <Text className="k-rank k-number">{index + 1}</Text>
                <View className="k-grow">
                  <View className="k-strong">{row.name}</View>
                  {row.detail ? <View className="k-text-s k-muted">{row.detail}</View> : null}
                </View>
                {open ? (
                  <View className="p-tools">
                    <Tool
                      id={`up-${offeringId}`}
                      icon="up"
                      label={t('wishes.up', { name })}
                      off={index === 0}
                      onTap={() => moving(offeringId, -1)}
                    />
                    <Tool
                      id={`down-${offeringId}`}
                      icon="down"
                      label={t('wishes.down', { name })}
                      off={index === wishes.length - 1}
                      onTap={() => moving(offeringId, 1)}
                    />
                    <Tool
                      id={`remove-${offeringId}`}
                      icon="close"
                      label={t('wishes.remove', { name })}
                      off={false}
                      onTap={() => onRemove(offeringId)}
                    />
                  </View>
                ) : null}
              </View>
            );
          })}
        </View>
      )}
    </>
  );
}
