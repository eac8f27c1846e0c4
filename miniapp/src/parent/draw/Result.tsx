/** What the draw gave one child: its place, each turn in words, what is to be paid, where it stands in line. */
import { calledOffWith, type Enrolment } from '@kehou/shared/selection/enrolment';
import type { ChildDraw } from '@kehou/shared/selection/lottery';
import { TICKETS_MAX } from '@kehou/shared/selection/lottery';
import { View } from '@tarojs/components';
import { Button } from '../../components/Button';
import { moment } from '../../components/format.ts';
import { useRequiredChild } from '../../components/Gate.tsx';
import { Icon } from '../../components/Icon.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { go } from '../../platform/navigation.ts';
import { useCall } from '../../queries.ts';
import { t } from '../../texts/lottery.ts';
import type { NameOf } from '../class-labels.ts';
import { turnWords, wonIn } from '../turn-words.ts';

const NOT_IN = { 'off-roster': 'draw.offRoster', withdrawn: 'draw.withdrawn', none: 'draw.noEntry' } as const;

interface ResultProps {
  readonly part: ChildDraw;
  readonly nameOf: NameOf;
}

/** What there is to do, first on the screen: what was won and is to be paid, or what else is so. */
export function Result({ part, nameOf }: ResultProps) {
  const child = useRequiredChild();
  const { draw, entry, place } = part;
  if (!entry) {
    return (
      <View className="k-card k-column" id="draw-no-entry">
        <View className="k-strong">{t(NOT_IN[part.notListed ?? 'none'], { name: child.name })}</View>
        <View className="k-text-s k-muted">{t(`${NOT_IN[part.notListed ?? 'none']}.hint`, { name: child.name })}</View>
      </View>
    );
  }
  if (draw.stage === 'fixed' || place === undefined) {
    return (
      <View className="k-notice" id="draw-waiting">
        <Icon name="clock" />
        <View>{t(`draw.waiting.${draw.seedSource.kind}`, { name: child.name })}</View>
      </View>
    );
  }
  return <Outcome part={part} nameOf={nameOf} />;
}

/** The child's place in the drawn order, and each of its turns. */
export function Turns({ part: { draw, place, steps }, nameOf }: ResultProps) {
  const child = useRequiredChild();
  if (place === undefined) return null;
  return (
    <>
      <View className="k-section-title">{t('draw.turns')}</View>
      <View className="k-list" id="draw-turns">
        <View className="k-list-row">
          <Icon name="list" className="k-primary" />
          <View className="k-grow k-strong">{t('draw.place', { name: child.name, place, count: draw.entries })}</View>
        </View>
        {steps.map((step) => (
          <View key={`${step.round}.${step.turn}`} className="k-list-row p-turn">
            {step.got && !step.got.notGiven ? (
              <Icon name="check-circle" className="k-primary" />
            ) : (
              <Icon name="minus" className="k-muted" />
            )}
            <View className="k-grow">{turnWords(step, nameOf)}</View>
          </View>
        ))}
      </View>
    </>
  );
}

function Outcome({ part: { draw, steps }, nameOf }: ResultProps) {
  const child = useRequiredChild();
  const { pupilId } = child;
  const enrolments = useCall('selection', 'listChildEnrolments', { pupilId }, { everyMs: 20_000 });
  const waits = useCall('selection', 'listChildWaits', { pupilId }, { everyMs: 60_000 });
  const won = wonIn(steps);
  const holds = won.some(({ notGiven }) => !notGiven);
  const mine = (enrolments.data?.items ?? []).filter((one) => one.windowId === draw.windowId && one.drawn);
  const line = (waits.data?.items ?? []).filter((wait) => wait.windowId === draw.windowId && wait.status === 'waiting');
  const toPay = mine.some(({ status }) => status === 'held');
  return (
    <>
      {won.length > 0 ? (
        <View className="k-card k-column" id="draw-won">
          <View className="k-text-s k-muted">{t(holds ? 'draw.won' : 'draw.notGiven')}</View>
          {won.map(({ offeringId, courseName, notGiven }) => (
            <View key={offeringId}>
              <View className="k-text-l">{nameOf(offeringId, courseName)}</View>
              {notGiven ? (
                <View className="k-text-s k-attention">{t(`draw.notGiven.${notGiven}`)}</View>
              ) : (
                <HowItStands place={mine.find((one) => one.offeringId === offeringId)} payBefore={draw.payBefore} />
              )}
            </View>
          ))}
          {won.some(({ notGiven }) => notGiven) ? (
            <View className="k-text-s k-muted" id="draw-not-given">
              <View>{t('draw.notGiven.ask')}</View>
              {holds ? null : <View>{t('draw.notGiven.counts', { max: TICKETS_MAX })}</View>}
            </View>
          ) : null}
          {toPay ? (
            <Button kind="primary" block id="draw-pay" onTap={() => go('parent/pay')}>
              {t('draw.pay')}
            </Button>
          ) : null}
        </View>
      ) : (
        <View className="k-card k-column" id="draw-lost">
          <View className="k-strong">{t('draw.won.none')}</View>
          {line.length > 0 ? <View className="k-text-s k-muted">{t('draw.won.none.line')}</View> : null}
          <View className="k-text-s k-muted">{t('draw.won.none.hint', { max: TICKETS_MAX })}</View>
        </View>
      )}
      {line.length > 0 ? (
        <View className="k-card k-column" id="draw-line">
          <View className="k-text-s k-muted">{t('draw.line')}</View>
          {line.map(({ waitId, offeringId, courseName, ahead }) => {
            const name = nameOf(offeringId, courseName);
            return <View key={waitId}>{ahead === 0 ? t('draw.line.next', { name }) : t('draw.line.ahead', { name, count: ahead })}</View>;
          })}
        </View>
      ) : null}
    </>
  );
}

function endWords(place: Enrolment) {
  if (calledOffWith(place)) return 'draw.calledOff';
  return place.status === 'lapsed' && place.givenUp ? 'draw.givenUp' : 'draw.lapsed';
}

interface HowItStandsProps {
  readonly place: Enrolment | undefined;
  readonly payBefore: ChildDraw['draw']['payBefore'];
}

function HowItStands({ place, payBefore }: HowItStandsProps) {
  const until = place?.holdUntil ?? payBefore;
  switch (place?.status) {
    case 'confirmed':
      return <StatusChip tone="primary">{t('draw.paid')}</StatusChip>;
    case 'held':
    case 'closing':
      return until ? <View className="k-text-s k-attention">{t('draw.pay.before', { when: moment(until) })}</View> : null;
    case 'lapsed':
    case 'cancelled':
    case 'lost':
      return <StatusChip tone="plain">{t(endWords(place))}</StatusChip>;
    default:
      return <View className="k-text-s k-muted">{t('draw.allotting')}</View>;
  }
}
