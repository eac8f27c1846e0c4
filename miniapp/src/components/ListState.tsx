/** The four states of every list: loading (a skeleton), empty (what to do), failed (why, and again), end. */
import NutEmpty from '@nutui/nutui-react-taro/dist/es/packages/empty';
import NutSkeleton from '@nutui/nutui-react-taro/dist/es/packages/skeleton';
import { View } from '@tarojs/components';
import type { ReactNode } from 'react';
import { failureOf } from '../failure.ts';
import { t } from '../texts/common.ts';
import { Button } from './Button';
import { Icon, type IconName } from './Icon.tsx';
// Not `style/css`, which brings 16 KB for the buttons that its `actions` would draw; ours are our own.
import '@nutui/nutui-react-taro/dist/es/packages/empty/style/style.css';
import '@nutui/nutui-react-taro/dist/es/packages/skeleton/style/css';
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
export const hasData = (reading: Reading): boolean => (reading as { data?: unknown }).data !== undefined;

export function Skeleton({ rows, height }: { readonly rows: number; readonly height: number }) {
  return (
    <NutSkeleton
      className="k-skeleton"
      rows={rows}
      height={`${height}px`}
      // Its own sheen is a timer that draws again every other second; the stylesheet's breath costs nothing, and stops when asked to.
      animated={false}
      {...(process.env.TARO_ENV === 'h5' ? { role: 'status', 'aria-label': t('common.loading') } : {})}
    />
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
    <State icon={icon} title={text} hint={hint}>
      {action}
    </State>
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
    <View {...(process.env.TARO_ENV === 'h5' ? { role: 'alert' } : {})}>
      <State
        danger
        icon="alert"
        title={failure.message || t('list.failed')}
        hint={failure.reference ? t('error.request', { id: failure.reference }) : undefined}
      >
        {action}
        {onRetry ? (
          <Button kind="tint" icon="refresh" onTap={onRetry}>
            {t('common.retry')}
          </Button>
        ) : null}
      </State>
    </View>
  );
}

interface StateProps {
  readonly icon: IconName;
  readonly title: string;
  readonly hint?: string | undefined;
  readonly danger?: boolean;
  readonly children: ReactNode;
}
function State({ icon, title, hint, danger, children }: StateProps) {
  return (
    <NutEmpty
      className="k-state"
      image={
        <View className={`k-state__mark${danger ? ' k-state__mark--danger' : ''}`}>
          <Icon name={icon} size={1.75} />
        </View>
      }
      title={title}
      description={hint ?? null}
    >
      {children ? <View className="k-state__action">{children}</View> : null}
    </NutEmpty>
  );
}
