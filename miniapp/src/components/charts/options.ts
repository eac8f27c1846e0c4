/** The charts that desks share, as ECharts options. */
import type { ChinaDate } from '@kehou/shared/kernel/time';
import type { EChartsCoreOption } from 'echarts/core';
import { day } from '../format.ts';
import type { Palette } from './Chart.tsx';

const grid = { left: 8, right: 16, top: 32, bottom: 8, containLabel: true };

export interface MoneyDay {
  readonly date: ChinaDate;
  readonly paidFen: number;
  readonly refundedFen: number;
}

/** Paid and refunded by day, in yuan. */
export function moneyByDayOption(
  days: readonly MoneyDay[],
  names: { readonly paid: string; readonly refunded: string },
  colours: Palette,
): EChartsCoreOption {
  return {
    grid,
    legend: { top: 0, right: 8, itemWidth: 12, itemHeight: 8, textStyle: { color: colours['ink-2'] } },
    tooltip: { trigger: 'axis', valueFormatter: (value: unknown) => `¥${Number(value).toFixed(2)}`, ...tooltip(colours) },
    xAxis: {
      type: 'category',
      data: days.map(({ date }) => day(date)),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colours.line } },
    },
    yAxis: {
      type: 'value',
      splitLine: { lineStyle: { color: colours.line } },
      axisLabel: { formatter: (value: number) => `¥${shortNumber(value)}` },
    },
    series: [
      {
        name: names.paid,
        type: 'bar',
        barMaxWidth: 18,
        itemStyle: { color: colours.primary, borderRadius: [3, 3, 0, 0] },
        data: days.map((one) => one.paidFen / 100),
      },
      {
        name: names.refunded,
        type: 'bar',
        barMaxWidth: 18,
        itemStyle: { color: colours.attention, borderRadius: [3, 3, 0, 0] },
        data: days.map((one) => one.refundedFen / 100),
      },
    ],
  };
}

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** Beside the bar, in words: `27/30`. */
  readonly label: string;
  /** Drawn in the colour of attention: below what is wanted. */
  readonly weak?: boolean;
}

/** Things compared, longest first: a horizontal bar each, its figure written at the end. `max`: the end of the axis. */
export function barsOption(bars: readonly Bar[], colours: Palette, max?: number): EChartsCoreOption {
  // ECharts draws the first category at the bottom.
  const drawn = [...bars].reverse();
  return {
    grid: { ...grid, top: 8, right: 64 },
    tooltip: { show: false },
    xAxis: { type: 'value', show: false, ...(max === undefined ? {} : { max }) },
    yAxis: {
      type: 'category',
      data: drawn.map(({ name }) => name),
      axisTick: { show: false },
      axisLine: { show: false },
      axisLabel: { color: colours.ink, width: 132, overflow: 'truncate' },
    },
    series: [
      {
        type: 'bar',
        barMaxWidth: 16,
        showBackground: true,
        backgroundStyle: { color: colours.sunken, borderRadius: 4 },
        label: { show: true, position: 'right', color: colours.ink },
        data: drawn.map(({ value, label, weak }) => ({
          value,
          label: { formatter: label },
          itemStyle: { color: weak ? colours.attention : colours.primary, borderRadius: 4 },
        })),
      },
    ],
  };
}

/** A height that gives each bar its room. */
export const barsHeight = (count: number): number => Math.max(96, count * 30 + 24);

function tooltip(colours: Palette) {
  return { backgroundColor: colours.surface, borderColor: colours.line, textStyle: { color: colours.ink } };
}

/** `12,000` → `1.2万` would need the language: thousands as k are read in both. */
function shortNumber(value: number): string {
  return Math.abs(value) >= 10_000 ? `${Math.round(value / 1000)}k` : String(value);
}
