/**
 * A chart (ECharts): where people compare. 500 KB, so only desk roles' subpackages import it; never the main package or a
 * parent's page. Give it a `table` too: a screen reader gets the numbers, and so does anyone who asks.
 */
import { Canvas, View } from '@tarojs/components';
import Taro from '@tarojs/taro';
import { BarChart, LineChart, PieChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import type { EChartsCoreOption, EChartsType } from 'echarts/core';
import * as echarts from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useId, useMemo, useRef } from 'react';
import { useSystemInfo } from '../../platform/appearance.ts';
import { dark, light } from '../../theme/tokens.ts';

echarts.use([BarChart, LineChart, PieChart, GridComponent, TooltipComponent, LegendComponent, CanvasRenderer]);

export type Palette = Record<keyof typeof light, string>;

export interface ChartProps {
  /** What it shows, in a sentence: the accessible name. */
  readonly label: string;
  /** Made from the colours of now; memoise it by its data. */
  option(colours: Palette): EChartsCoreOption;
  readonly height?: number;
  readonly id?: string;
}

interface CanvasNode {
  width: number;
  height: number;
  addEventListener?: unknown;
  removeEventListener?: unknown;
}

export function Chart({ label, option, height = 260, id }: ChartProps) {
  const own = useId().replace(/[^\w-]/g, '');
  const chartId = id ?? `k-chart-${own}`;
  const { dark: isDark, fontScale, windowWidth, reducedMotion } = useSystemInfo();
  const chart = useRef<EChartsType | undefined>(undefined);
  const colours: Palette = isDark ? dark : light;
  const full: EChartsCoreOption = {
    animation: !reducedMotion,
    animationDuration: 180,
    ...option(colours),
  };
  const theme = useMemo(() => themeOf(colours, Math.round(12 * fontScale)), [colours, fontScale]);
  const latest = useRef(full);
  latest.current = full;

  useEffect(() => {
    let gone = false;
    // The node is there after the page's next drawing, in WeChat and in browsers.
    const timer = setTimeout(() => {
      if (process.env.TARO_ENV === 'h5') {
        const element = document.getElementById(chartId);
        if (element && !gone) chart.current = echarts.init(element as HTMLDivElement, theme);
        chart.current?.setOption(latest.current);
        return;
      }
      Taro.createSelectorQuery()
        .select(`#${chartId}`)
        .fields({ node: true, size: true })
        .exec((found: readonly ({ node?: CanvasNode; width: number; height: number } | null)[]) => {
          const place = found[0];
          if (!place?.node || gone) return;
          const ratio = Taro.getWindowInfo().pixelRatio;
          const canvas = place.node;
          canvas.width = place.width * ratio;
          canvas.height = place.height * ratio;
          canvas.addEventListener ??= () => undefined;
          canvas.removeEventListener ??= () => undefined;
          echarts.setPlatformAPI({ createCanvas: () => canvas as unknown as HTMLCanvasElement });
          chart.current = echarts.init(canvas as unknown as HTMLDivElement, theme, {
            width: place.width,
            height: place.height,
            devicePixelRatio: ratio,
            renderer: 'canvas',
          });
          chart.current.setOption(latest.current);
        });
    }, 50);
    return () => {
      gone = true;
      clearTimeout(timer);
      chart.current?.dispose();
      chart.current = undefined;
    };
  }, [chartId, theme]);

  const key = JSON.stringify(full);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the option's content, not its identity
  useEffect(() => {
    chart.current?.setOption(latest.current, true);
  }, [key]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new width is the reason
  useEffect(() => {
    if (process.env.TARO_ENV === 'h5') chart.current?.resize();
  }, [windowWidth]);

  const style = { width: '100%', height: `${height}px` };
  if (process.env.TARO_ENV === 'h5') return <View id={chartId} style={style} role="img" aria-label={label} />;

  const touch = (name: 'mousedown' | 'mousemove' | 'mouseup') => (event: { touches?: unknown; changedTouches?: unknown }) => {
    const points = (event.touches ?? event.changedTouches) as readonly { x: number; y: number }[] | undefined;
    const point = points?.[0];
    if (!point || !chart.current) return;
    const { handler } = chart.current.getZr() as unknown as { handler: { dispatch(name: string, event: object): void } };
    handler.dispatch(name, { zrX: point.x, zrY: point.y, preventDefault: () => undefined, stopPropagation: () => undefined });
  };
  return (
    <Canvas
      type="2d"
      id={chartId}
      canvasId={chartId}
      style={style}
      aria-label={label}
      onTouchStart={touch('mousedown')}
      onTouchMove={touch('mousemove')}
      onTouchEnd={touch('mouseup')}
    />
  );
}

/** ECharts' own greys do not follow our schemes: axes, grid, legend and tooltip get ours. */
function themeOf(colours: Palette, fontSize: number) {
  const words = { color: colours['ink-2'], fontSize };
  const axis = {
    axisLabel: words,
    nameTextStyle: words,
    axisLine: { lineStyle: { color: colours.line } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: colours.line } },
  };
  return {
    color: [colours.primary, colours.information, colours.attention, colours.danger, colours['ink-2']],
    textStyle: words,
    categoryAxis: axis,
    valueAxis: { ...axis, axisLine: { show: false } },
    timeAxis: axis,
    legend: { textStyle: words },
    tooltip: { backgroundColor: colours.surface, borderColor: colours.line, textStyle: { color: colours.ink, fontSize } },
  };
}
