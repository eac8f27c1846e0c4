/** The four states of every list: loading (a skeleton), empty (what to do), failed (why, and again), end. */
import { Text, View } from '@tarojs/components';
import type { ReactNode } from 'react';
import { failureOf } from '../failure.ts';
import { t } from '../texts/common.ts';
import { Button } from './Button';
import { Icon, type IconName } from './Icon.tsx';
import './ListState.scss';

/** What react-query's results have in common. */
export interface Reading {
  readonly isPending: boolean;
  readonly isFetching?: boolean;
  readonly error: unknown;
  refetch(): unknown;
}

export interface ListStateProps {
  readonly of: Reading | readonly Reading[];
  readonly empty?: boolean;
  /** What to do when there is nothing: a sentence, and perhaps a button. */
  readonly emptyText?: string;
  readonly emptyHint?: string;
  readonly emptyIcon?: IconName;
  readonly emptyAction?: ReactNode;
  readonly hasMore?: boolean;
  readonly loadingMore?: boolean;
  onMore?(): void;
  /** Rows of the skeleton, and their height in px. */
  readonly skeletonRows?: number;
  readonly skeletonHeight?: number;
  /** "That is all" under the last row; off for short fixed lists. */
  readonly showEnd?: boolean;
  /** A function is only called once everything is there. */
  readonly children: ReactNode | (() => ReactNode);
}

export function ListState(props: ListStateProps) {
  const readings: readonly Reading[] = Array.isArray(props.of) ? props.of : [props.of as Reading];
  const failed = readings.find((reading) => reading.error && reading.isPending === false && !hasData(reading));
  if (failed) return <Failed error={failed.error} onRetry={() => readings.filter((r) => r.error).map((r) => r.refetch())} />;
  if (readings.some((reading) => reading.isPending)) {
    return <Skeleton rows={props.skeletonRows ?? 4} height={props.skeletonHeight ?? 84} />;
  }
  if (props.empty) {
    return (
      <Empty
        text={props.emptyText ?? t('list.empty')}
        {...(props.emptyHint ? { hint: props.emptyHint } : {})}
        icon={props.emptyIcon ?? 'empty'}
        action={props.emptyAction}
      />
    );
  }
  return (
    <>
      {typeof props.children === 'function' ? props.children() : props.children}
      {props.hasMore && props.onMore ? (
        <View className="k-list-end">
          <Button kind="text" running={props.loadingMore ?? false} onTap={props.onMore}>
            {t('list.more')}
          </Button>
        </View>
      ) : props.showEnd ? (
        <View className="k-list-end">{t('list.end')}</View>
      ) : null}
    </>
  );
}

// A refetch that failed leaves the last answer on the screen; only a first load that failed shows the error.
const hasData = (reading: Reading): boolean => (reading as { data?: unknown }).data !== undefined;

export function Skeleton({ rows, height }: { readonly rows: number; readonly height: number }) {
  return (
    <View className="k-skeleton" {...(process.env.TARO_ENV === 'h5' ? { role: 'status', 'aria-label': t('common.loading') } : {})}>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows of a skeleton have nothing else
        <View key={row} className="k-skeleton__row" style={{ height: `${height}px` }} />
      ))}
    </View>
  );
}

export interface EmptyProps {
  readonly text: string;
  readonly hint?: string;
  readonly icon?: IconName;
  readonly action?: ReactNode;
}
export function Empty({ text, hint, icon = 'empty', action }: EmptyProps) {
  return (
    <View className="k-state">
      <View className="k-state__mark">
        <Icon name={icon} size={1.75} />
      </View>
      <Text className="k-strong">{text}</Text>
      {hint ? <Text className="k-state__hint">{hint}</Text> : null}
      {action ? <View className="k-state__action">{action}</View> : null}
    </View>
  );
}

export interface FailedProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
  readonly action?: ReactNode;
}
export function Failed({ error, onRetry, action }: FailedProps) {
  const failure = failureOf(error);
  return (
    <View className="k-state" {...(process.env.TARO_ENV === 'h5' ? { role: 'alert' } : {})}>
      <View className="k-state__mark k-state__mark--danger">
        <Icon name="alert" size={1.75} />
      </View>
      <Text className="k-strong">{failure.message || t('list.failed')}</Text>
      {failure.reference ? <Text className="k-state__hint">{t('error.request', { id: failure.reference })}</Text> : null}
      <View className="k-state__action">
        {action}
        {onRetry ? (
          <Button kind="tint" icon="refresh" onTap={onRetry}>
            {t('common.retry')}
          </Button>
        ) : null}
      </View>
    </View>
  );
}
