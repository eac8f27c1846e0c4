/** What a rehearsal found: go or no-go, what to change, how soon each class is full, and the numbers behind it. */
import { explain, isFailureCode } from '@kehou/shared/kernel/errors';
import type { Instant } from '@kehou/shared/kernel/time';
import { type Finding, HOT_WRITES_MAX, type RehearsalReport, SNATCHED_MS } from '@kehou/shared/selection/rehearsal';
import { View } from '@tarojs/components';
import { useCallback, useMemo } from 'react';
import { Chart, type Palette } from '../../components/charts/Chart.tsx';
import { barsHeight, barsOption } from '../../components/charts/options.ts';
import { Pairs } from '../../components/desk/Panel.tsx';
import { Figures } from '../../components/Figures.tsx';
import { fullMoment, whole } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { Empty } from '../../components/ListState.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { language } from '../../texts/catalogue.ts';
import { t } from '../../texts/rehearsals.ts';

export function RehearsalReportView({ at, report }: { readonly at: Instant; readonly report: RehearsalReport }) {
  const { mode, go, findings, waits, children, draw, hottest, payments, refused, tries, seated } = report;
  const isRush = mode !== 'lottery';
  return (
    <View className="k-column k-column--wide" id="rehearsal-report">
      <View className="k-row k-row--wrap">
        <StatusChip tone={go ? 'primary' : 'danger'} id="rehearsal-verdict">
          {go ? t('rehearsals.go') : t('rehearsals.noGo')}
        </StatusChip>
        <View className="k-text-s k-muted k-number">{t('rehearsals.at', { when: fullMoment(at), parents: report.parents })}</View>
      </View>
      <View className="k-column" id="rehearsal-findings">
        {findings.length === 0 ? <View>{t('rehearsals.fine')}</View> : null}
        {findings.map((finding) => (
          <View key={`${finding.code}-${finding.offeringId ?? ''}`} className="k-row k-row--top">
            <Icon name={finding.grave ? 'alert' : 'info'} className={finding.grave ? 'k-danger' : 'k-muted'} />
            <View className="k-grow">{words(finding, mode)}</View>
          </View>
        ))}
      </View>
      <Figures
        figures={[
          ...(draw
            ? [
                {
                  key: 'drawn',
                  label: t('rehearsals.drawn'),
                  value: whole(draw.won),
                  hint: t('rehearsals.drawn.hint', {
                    entries: whole(draw.entries),
                    places: whole(draw.places),
                    handedOn: whole(draw.handedOn),
                  }),
                },
                { key: 'left', label: t(isRush ? 'rehearsals.left' : 'rehearsals.unwanted'), value: whole(draw.left) },
              ]
            : []),
          ...(isRush
            ? [
                {
                  key: 'tries',
                  label: t('rehearsals.tries'),
                  value: whole(tries),
                  hint: t('rehearsals.tries.hint', { seated: whole(seated), refused: whole(tries - seated) }),
                },
              ]
            : []),
          {
            key: 'empty',
            label: t('rehearsals.empty'),
            value: whole(children.emptyHanded),
            hint: t('rehearsals.empty.hint', { placed: whole(children.placed) }),
          },
          {
            key: 'wait',
            label: t('rehearsals.wait'),
            value: t('rehearsals.ms', { ms: whole(waits.p50Ms) }),
            hint: t('rehearsals.wait.hint', { p99: whole(waits.p99Ms) }),
          },
          ...(isRush
            ? [
                {
                  key: 'hottest',
                  label: t('rehearsals.hottest'),
                  value: whole(hottest.writesPerSecond),
                  hint: t('rehearsals.hottest.hint', { courseName: hottest.courseName, max: whole(HOT_WRITES_MAX) }),
                },
              ]
            : []),
          {
            key: 'paid',
            label: t('rehearsals.paid'),
            value: whole(payments.paid),
            hint: t('rehearsals.paid.hint', { late: whole(payments.late), lapsed: whole(payments.lapsed) }),
          },
        ]}
      />
      {draw ? <Wanting report={report} /> : null}
      {isRush ? <Filling report={report} /> : null}
      {refused.length > 0 ? (
        <View>
          <View className="k-strong">{t('rehearsals.refused')}</View>
          <Pairs
            pairs={refused.map(({ reason, count }) => ({
              name: isFailureCode(reason) ? explain(reason, language()) : t('rehearsals.broken'),
              value: t('rehearsals.times', { count: whole(count) }),
              number: true,
            }))}
          />
        </View>
      ) : null}
      <View className="k-text-s k-muted">{t(draw ? 'rehearsals.assumed.draw' : 'rehearsals.assumed')}</View>
    </View>
  );
}

/** Where lots are drawn already, other things mend it. */
const drawnWords = {
  slow: 'rehearsals.finding.slow.draw',
  'hot-item': 'rehearsals.finding.hot-item.draw',
  'turned-away-busy': 'rehearsals.finding.turned-away-busy.draw',
  'empty-handed': 'rehearsals.finding.empty-handed.draw',
} as const;

function words({ code, courseName = '', value, limit = 0 }: Finding, mode: RehearsalReport['mode']): string {
  const shown = { courseName, value: code === 'snatched' ? value.toFixed(1) : whole(value), limit: whole(limit) };
  const isOther = (one: Finding['code']): one is keyof typeof drawnWords => mode !== 'first-come' && one in drawnWords;
  return isOther(code) ? t(drawnWords[code], shown) : t(`rehearsals.finding.${code}`, shown);
}

/** How many want each class most, against its places. */
function Wanting({ report }: { readonly report: RehearsalReport }) {
  const bars = useMemo(
    () =>
      [...report.classes]
        .sort((one, other) => other.wantedMost - one.wantedMost)
        .map(({ courseName, wantedMost, capacity }) => ({
          name: courseName,
          value: wantedMost,
          label: `${whole(wantedMost)}/${whole(capacity)}`,
          weak: wantedMost > capacity,
        })),
    [report],
  );
  const option = useCallback((colours: Palette) => barsOption(bars, colours), [bars]);
  return (
    <View id="rehearsal-wanting">
      <View className="k-strong">{t('rehearsals.wanting')}</View>
      <View className="k-text-s k-muted">{t('rehearsals.wanting.hint')}</View>
      <Chart label={t('rehearsals.wanting')} option={option} height={barsHeight(bars.length)} />
    </View>
  );
}

function Filling({ report }: { readonly report: RehearsalReport }) {
  const bars = useMemo(
    () =>
      report.classes
        .flatMap(({ courseName, fullAfterMs }) => (fullAfterMs === undefined ? [] : [{ name: courseName, seconds: fullAfterMs / 1000 }]))
        .sort((one, other) => one.seconds - other.seconds)
        .map(({ name, seconds }) => ({
          name,
          value: seconds,
          label: t('rehearsals.seconds', { seconds: seconds < 60 ? seconds.toFixed(1) : whole(seconds) }),
          weak: !report.draw && seconds * 1000 < SNATCHED_MS,
        })),
    [report],
  );
  const option = useCallback((colours: Palette) => barsOption(bars, colours), [bars]);
  return (
    <View>
      <View className="k-strong">{t('rehearsals.filling')}</View>
      <View className="k-text-s k-muted">{t(report.draw ? 'rehearsals.filling.hint.draw' : 'rehearsals.filling.hint')}</View>
      {bars.length > 0 ? (
        <Chart label={t('rehearsals.filling')} option={option} height={barsHeight(bars.length)} />
      ) : (
        <Empty text={t('rehearsals.filling.none')} />
      )}
    </View>
  );
}
