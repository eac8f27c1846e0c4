/** Steps in time: where the money is, how far a request has come. State is said by mark and by word. */
import { Text, View } from '@tarojs/components';
import { Icon, type IconName } from './Icon.tsx';
import './Timeline.scss';

export interface TimelineStep {
  readonly key: string;
  readonly title: string;
  /** When, in words. */
  readonly time?: string | undefined;
  readonly detail?: string | undefined;
  readonly state: 'done' | 'now' | 'next' | 'failed';
}

const marks: Record<TimelineStep['state'], IconName | undefined> = { done: 'check', now: undefined, next: undefined, failed: 'close' };

export function Timeline({ steps }: { readonly steps: readonly TimelineStep[] }) {
  return (
    <View className="k-timeline" {...(process.env.TARO_ENV === 'h5' ? { role: 'list' } : {})}>
      {steps.map((step) => {
        const mark = marks[step.state];
        return (
          <View
            key={step.key}
            className={`k-timeline__step k-timeline__step--${step.state}`}
            {...(process.env.TARO_ENV === 'h5' ? { role: 'listitem', 'aria-current': step.state === 'now' ? 'step' : undefined } : {})}
          >
            <View className="k-timeline__rail">
              <View className="k-timeline__mark">{mark ? <Icon name={mark} size={0.8} /> : null}</View>
            </View>
            <View className="k-timeline__words">
              <View className="k-row k-row--between k-row--top">
                <Text className="k-timeline__title">{step.title}</Text>
                {step.time ? <Text className="k-timeline__time k-number">{step.time}</Text> : null}
              </View>
              {step.detail ? <View className="k-text-s k-muted">{step.detail}</View> : null}
            </View>
          </View>
        );
      })}
    </View>
  );
}
