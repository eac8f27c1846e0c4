/** A form in a sheet: its fields scroll, and at the bottom stay why it was not accepted and the one button that sends it. */
import { View } from '@tarojs/components';
import type { ReactNode } from 'react';
import { Button } from '../Button';
import { Sheet, type SheetProps } from '../Sheet.tsx';
import { FormFailure } from './FormFailure.tsx';

export interface FormSheetProps extends Pick<SheetProps, 'title' | 'wide' | 'onClose'> {
  /** Of the form (`<id>-form`) and its button (`<id>-save`). */
  readonly id: string;
  /** What the button says. */
  readonly words: string;
  readonly save: { readonly running: boolean; readonly error: unknown };
  readonly children: ReactNode;
  onSave(): void;
}

export function FormSheet({ id, title, wide, words, save, children, onSave, onClose }: FormSheetProps) {
  return (
    <Sheet
      open
      id={`${id}-form`}
      title={title}
      {...(wide ? { wide } : {})}
      onClose={onClose}
      footer={
        <View className="k-column">
          <FormFailure error={save.error} />
          <Button kind="primary" block id={`${id}-save`} running={save.running} onTap={onSave}>
            {words}
          </Button>
        </View>
      }
    >
      {children}
    </Sheet>
  );
}
