/** Steps in time: where the money is, how far a request has come. State is said by mark and by word. */
import Step from '@nutui/nutui-react-taro/dist/es/packages/step';
import Steps from '@nutui/nutui-react-taro/dist/es/packages/steps';
import { Text, View } from '@tarojs/components';
import { Icon, type IconName } from './Icon.tsx';
import '@nutui/nutui-react-taro/dist/es/packages/step/style/css';
import '@nutui/nutui-react-taro/dist/es/packages/steps/style/css';
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

// NutUI tells what is behind, here and ahead by comparing numbers; our steps say it themselves, and one may have failed.
const HERE = 1;
const places: Record<TimelineStep['state'], number> = { done: HERE - 1, failed: HERE - 1, now: HERE, next: HERE + 1 };

export function Timeline({ steps }: { readonly steps: readonly TimelineStep[] }) {
  return (
    <View {...(process.env.TARO_ENV === 'h5' ? { role: 'list' } : {})}>
      <Steps className="k-timeline" direction="vertical" type="icon" value={HERE}>
        {steps.map((step) => {
          const mark = marks[step.state];
          return (
            <View
              key={step.key}
              {...(process.env.TARO_ENV === 'h5' ? { role: 'listitem', ...(step.state === 'now' ? { 'aria-current': 'step' } : {}) } : {})}
            >
              <Step
                className={`k-timeline__step k-timeline__step--${step.state}`}
                value={places[step.state]}
                icon={mark ? <Icon name={mark} size={0.8} /> : <View />}
                title={
                  <View className="k-row k-row--between k-row--top">
                    <Text>{step.title}</Text>
                    {step.time ? <Text className="k-timeline__time k-number">{step.time}</Text> : null}
                  </View>
                }
                description={step.detail}
              />
            </View>
          );
        })}
      </Steps>
    </View>
  );
}
