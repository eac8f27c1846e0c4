/** A label, an input, a hint, and what is wrong with it in words. */
import { Text, View } from '@tarojs/components';
import type { ReactNode } from 'react';
import { t } from '../texts/common.ts';
import { Icon } from './Icon.tsx';

export interface FieldProps {
  readonly label: string;
  readonly children: ReactNode;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
  readonly optional?: boolean;
}

export function Field({ label, children, hint, error, optional }: FieldProps) {
  return (
    <View className="k-field">
      <View className="k-field__label">
        {label}
        {optional ? <Text className="k-muted k-text-s"> {t('common.optional')}</Text> : null}
      </View>
      {children}
      {error ? (
        <View className="k-field__error" {...(process.env.TARO_ENV === 'h5' ? { role: 'alert' } : {})}>
          <Icon name="alert" size={1} />
          <Text>{error}</Text>
        </View>
      ) : hint ? (
        <View className="k-field__hint">{hint}</View>
      ) : null}
    </View>
  );
}
