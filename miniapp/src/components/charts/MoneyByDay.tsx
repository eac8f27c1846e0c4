/** Paid and refunded by day; days without any money say so instead of drawing an empty axis. */
import { useCallback } from 'react';
import { t } from '../../texts/desks.ts';
import { Empty } from '../ListState.tsx';
import { Chart, type Palette } from './Chart.tsx';
import { type MoneyDay, moneyByDayOption } from './options.ts';

export function MoneyByDay({ days }: { readonly days: readonly MoneyDay[] }) {
  const option = useCallback(
    (colours: Palette) => moneyByDayOption(days, { paid: t('money.paid'), refunded: t('money.refunded') }, colours),
    [days],
  );
  if (days.every((day) => day.paidFen === 0 && day.refundedFen === 0)) return <Empty icon="chart" text={t('figures.money.none')} />;
  return <Chart label={t('money.byDay')} option={option} height={260} />;
}
