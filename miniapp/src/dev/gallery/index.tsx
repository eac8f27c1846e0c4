/** Every component, for developers: `npm run build:gallery`. In no bundle that ships. */
import type { Instant, Weekday } from '@kehou/shared/kernel/time';
import { View } from '@tarojs/components';
import { useMemo, useState } from 'react';
import { serverNowMs } from '../../clock.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { CheckRow, Chips, RadioRows, Segments, Stepper } from '../../components/Choices.tsx';
import { Countdown } from '../../components/Countdown.tsx';
import { Chart } from '../../components/charts/Chart.tsx';
import { DataTable } from '../../components/DataTable';
import { Desk } from '../../components/Desk.tsx';
import { Field } from '../../components/Field.tsx';
import { Icon } from '../../components/Icon.tsx';
import { DateInput, SearchInput, SelectInput, SwitchRow, TextArea, TextInput } from '../../components/Inputs';
import { Empty, Failed, Skeleton } from '../../components/ListState.tsx';
import { Money } from '../../components/Money.tsx';
import { QrCode } from '../../components/QrCode.tsx';
import { SeatMeter } from '../../components/SeatMeter.tsx';
import { Sheet } from '../../components/Sheet.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { TabBar } from '../../components/TabBar.tsx';
import { Timeline } from '../../components/Timeline.tsx';
import { WeekGrid } from '../../components/WeekGrid.tsx';
import { useWide } from '../../platform/appearance.ts';
import { platform } from '../../platform/current';
import { PlatformError } from '../../platform/platform.ts';
import { adoptSession } from '../../session.ts';

const names = ['陈思源', '欧阳若曦', '李木子', '阿依古丽·买买提', '王一', '周子涵', '吴桐', '郑好', '孙可欣', '赵今麦'];
const courses = ['少儿编程', '书法', '足球', '合唱团', '科学实验', '国际象棋'];
const rows = Array.from({ length: 68 }, (_, index) => ({
  id: `r${index}`,
  name: names[index % names.length] as string,
  course: courses[(index * 7) % courses.length] as string,
  status: (['已缴费', '待缴费', '已退费'] as const)[index % 3] as string,
  taken: (index * 11) % 31,
  feeFen: 20_000 + ((index * 3_700) % 64_000),
}));
type Row = (typeof rows)[number];

export default function Gallery() {
  const wide = useWide();
  return wide ? <DeskGallery /> : <PhoneGallery />;
}

function PhoneGallery() {
  return (
    <AppShell
      access="anyone"
      title="组件"
      action={<StatusChip tone="information">模拟</StatusChip>}
      footer={
        <TabBar
          current="parent/home"
          tabs={[
            { page: 'parent/home', label: '首页', icon: 'home' },
            { page: 'teacher/home', label: '选课', icon: 'book' },
            { page: 'school/home', label: '课表', icon: 'calendar' },
            { page: 'bureau/home', label: '消息', icon: 'bell', count: 3 },
            { page: 'operator/home', label: '我的', icon: 'child' },
          ]}
        />
      }
    >
      <View className="k-stack">
        <Pieces />
      </View>
    </AppShell>
  );
}

function Pieces() {
  const [words, setWords] = useState('');
  const [segment, setSegment] = useState('week');
  const [chips, setChips] = useState<readonly string[]>(['mon']);
  const [radio, setRadio] = useState('wechat');
  const [check, setCheck] = useState(false);
  const [on, setOn] = useState(true);
  const [count, setCount] = useState(20);
  const [sheet, setSheet] = useState(false);
  const soon = useMemo(() => new Date(serverNowMs() + 14 * 60_000 + 20_000).toISOString() as Instant, []);
  const later = useMemo(() => new Date(serverNowMs() + 3 * 86_400_000 + 7_985_000).toISOString() as Instant, []);
  return (
    <>
      <View className="k-card k-column">
        <View className="k-row k-row--between">
          <StatusChip tone="attention">待缴费</StatusChip>
          <View className="k-row k-attention">
            <Icon name="clock" />
            <Countdown className="k-strong" until={soon} />
          </View>
        </View>
        <View className="k-text-l">少儿编程 · 周三 16:30</View>
        <View className="k-row k-row--between">
          <View className="k-muted">欧阳若曦 · 三年级 2 班</View>
          <Money fen={123_450} size="l" />
        </View>
        <Button kind="primary" block onTap={() => platform.toast('已付款', 'done')}>
          去缴费
        </Button>
      </View>
      <View className="k-card k-column">
        <View className="k-row k-row--between">
          <View>距开始</View>
          <Countdown className="k-strong k-primary" until={later} />
        </View>
        <SeatMeter taken={12} capacity={30} />
        <SeatMeter taken={27} capacity={30} />
        <SeatMeter taken={30} capacity={30} />
        <View className="k-row k-row--wrap">
          <StatusChip tone="primary">已到校</StatusChip>
          <StatusChip tone="danger">缺勤</StatusChip>
          <StatusChip tone="information">审核中</StatusChip>
          <StatusChip tone="plain">已结束</StatusChip>
          <Money fen={-5_000} wasFen={-6_000} />
        </View>
      </View>
      <View className="k-card">
        <View className="k-card__title">本周</View>
        <Week />
      </View>
      <View className="k-card">
        <View className="k-card__title">选课</View>
        <WeekGrid
          strip
          weekdays={[1, 2, 3, 4, 5]}
          periods={[
            { period: 1, startsAt: '16:30' },
            { period: 2, startsAt: '17:40' },
          ]}
          cells={[
            { weekday: 1, period: 1, state: 'taken' },
            { weekday: 2, period: 1, state: 'offered', note: '6' },
            { weekday: 3, period: 1, state: 'held' },
            { weekday: 3, period: 2, state: 'offered', note: '12' },
            { weekday: 4, period: 1, state: 'clash' },
            { weekday: 5, period: 2, state: 'blocked' },
          ]}
        />
      </View>
      <View className="k-card">
        <View className="k-card__title">退款进度</View>
        <Timeline
          steps={[
            { key: 'a', title: '已提交', time: '12月2日 09:30', state: 'done' },
            { key: 'b', title: '学校已同意', time: '12月2日 10:12', detail: '少儿编程，剩余 8 次', state: 'done' },
            { key: 'c', title: '微信处理中', detail: '一般当天到账，最迟三个工作日', state: 'now' },
            { key: 'd', title: '到账', state: 'next' },
          ]}
        />
      </View>
      <View className="k-notice">
        <Icon name="info" />
        <View>12月1日前退课全额退；开课后按剩余次数退。</View>
      </View>
      <View className="k-notice k-notice--attention">
        <Icon name="clock" />
        <View>周三 16:30 与足球冲突。</View>
      </View>
      <View className="k-notice k-notice--danger">
        <Icon name="alert" />
        <View>没有收到微信的付款结果，请不要重复付款。</View>
      </View>
      <View className="k-card">
        <Field label="姓名" hint="与学籍一致">
          <TextInput id="name" value={words} onChange={setWords} placeholder="请输入" />
        </Field>
        <Field label="学号" error="学号至少 4 位">
          <TextInput value="20" invalid onChange={() => undefined} />
        </Field>
        <Field label="日期">
          <DateInput mode="date" label="选择日期" value="2026-12-02" onChange={() => undefined} />
        </Field>
        <Field label="课程">
          <SelectInput
            label="课程"
            value="a"
            options={courses.map((label, index) => ({ value: 'abcdef'[index] as string, label }))}
            onChange={() => undefined}
          />
        </Field>
        <Field label="请假原因" optional>
          <TextArea value={words} onChange={setWords} placeholder="老师会看到" />
        </Field>
      </View>
      <Segments
        label="视图"
        value={segment}
        options={[
          { value: 'week', label: '按周' },
          { value: 'list', label: '列表' },
        ]}
        onChange={setSegment}
      />
      <Chips
        label="星期"
        values={chips}
        options={[
          { value: 'mon', label: '周一' },
          { value: 'tue', label: '周二' },
          { value: 'free', label: '有空位' },
          { value: 'science', label: '科学' },
          { value: 'sport', label: '体育' },
        ]}
        onChange={setChips}
      />
      <SearchInput value="" label="找同学" onChange={() => undefined} />
      <RadioRows
        label="支付"
        value={radio}
        options={[
          { value: 'wechat', label: '微信支付', hint: '资金进入监管账户' },
          { value: 'alipay', label: '支付宝' },
        ]}
        onChange={setRadio}
      />
      <View className="k-list">
        <CheckRow on={check} label="材料包" hint="可自备，不购买也能上课" onChange={setCheck}>
          <Money fen={4_500} />
        </CheckRow>
        <SwitchRow on={on} label="到校提醒" hint="签到后通知我" onChange={setOn} />
      </View>
      <View className="k-row k-row--between">
        <View>名额</View>
        <Stepper label="名额" value={count} min={1} max={40} onChange={setCount} />
      </View>
      <View className="k-buttons">
        <Button onTap={() => setSheet(true)} id="open-sheet">
          打开
        </Button>
        <Button
          kind="danger"
          id="open-dialog"
          onTap={() => {
            platform
              .modal({ title: '确定退掉这门课？', content: '将退 ¥1,234.50，原路返回', confirmText: '退课', danger: true })
              .catch(() => undefined);
          }}
        >
          退课
        </Button>
      </View>
      <View className="k-buttons">
        <Button kind="tint" icon="share" onTap={() => undefined}>
          分享
        </Button>
        <Button kind="primary" running onTap={() => undefined}>
          处理中
        </Button>
      </View>
      <View className="k-row" style={{ justifyContent: 'center' }}>
        <QrCode text="课后 kehou:desk:dsk_01J" size={180} />
      </View>
      <View className="k-card">
        <Empty icon="calendar" text="这周没有课" hint="选课开始后，这里会出现课表" />
      </View>
      <View className="k-card">
        <Failed error={new PlatformError('platform.network')} onRetry={() => undefined} />
      </View>
      <Skeleton rows={2} height={72} />
      <Sheet
        open={sheet}
        title="少儿编程"
        onClose={() => setSheet(false)}
        footer={
          <Button kind="primary" block onTap={() => setSheet(false)}>
            选这门课
          </Button>
        }
      >
        <View className="k-column">
          <View className="k-muted">周三 16:30–17:30 · 科学楼 302 · 李木子</View>
          <View>从图形化编程开始，学期末做一个自己的小游戏。</View>
        </View>
      </Sheet>
    </>
  );
}

function Week() {
  return (
    <WeekGrid
      today={3}
      weekdays={[1, 2, 3, 4, 5]}
      periods={[
        { period: 1, startsAt: '16:30', endsAt: '17:30' },
        { period: 2, startsAt: '17:40', endsAt: '18:30' },
      ]}
      cells={[
        { weekday: 1, period: 1, state: 'taken', title: '书法', note: '302' },
        { weekday: 2 as Weekday, period: 2, state: 'offered', title: '合唱团', note: '剩 6' },
        { weekday: 3, period: 1, state: 'held', title: '少儿编程', note: '待缴费' },
        { weekday: 4, period: 1, state: 'clash', title: '足球', note: '冲突' },
        { weekday: 5, period: 2, state: 'blocked' },
      ]}
    />
  );
}

function DeskGallery() {
  const [open, setOpen] = useState<Row>();
  useMemo(() => {
    // The gallery's own world: nobody is signed in to anything.
    adoptSession({
      token: 'gallery',
      expiresAt: '2099-01-01T00:00:00.000Z',
      me: {
        personId: 'per_01JDQ3Z8Q0000000000000000A',
        name: '王老师',
        roles: [{ organisationId: 'org_01JDQ3Z8Q0000000000000000A', role: 'school', organisationName: '滨江实验小学' }],
        children: [],
        unreadMessages: 0,
      },
    } as unknown as Parameters<typeof adoptSession>[0]);
  }, []);
  const series = useMemo(() => courses.map((course) => rows.filter((row) => row.course === course).length), []);
  return (
    <Desk
      access="school"
      title="报名"
      lead="2026 年秋季学期 · 实时"
      current="school/home"
      menu={[
        { page: 'school/home', label: '总览', icon: 'home' },
        { page: 'teacher/home', label: '选课窗口', icon: 'clock', group: '选课' },
        { page: 'parent/home', label: '课程', icon: 'book' },
        { page: 'bureau/home', label: '退费审批', icon: 'receipt', count: 4, group: '资金' },
        { page: 'operator/home', label: '课酬', icon: 'wallet' },
      ]}
      actions={
        <>
          <Button kind="plain" icon="share" onTap={() => undefined}>
            分享到群
          </Button>
          <Button kind="primary" icon="plus" onTap={() => undefined}>
            新建窗口
          </Button>
        </>
      }
      figures={[
        { key: 'pupils', label: '报名人数', value: '1,204', trend: { by: 86, words: '86 人', goodWhen: 'up' } },
        { key: 'fill', label: '满班率', value: '78.4%', trend: { by: -2, words: '2.1%', goodWhen: 'up' } },
        { key: 'money', label: '已收', value: '¥486,400.00', hint: '在途 ¥3,200.00' },
        { key: 'wait', label: '待审批退费', value: '4', tone: 'attention', hint: '最早的还剩 5 小时' },
      ]}
    >
      <View className="k-card">
        <View className="k-card__title">各课报名</View>
        <Chart
          label="各课报名人数"
          height={200}
          option={() => ({
            grid: { left: 36, right: 8, top: 16, bottom: 28 },
            tooltip: {},
            xAxis: { type: 'category', data: courses },
            yAxis: { type: 'value' },
            series: [{ type: 'bar', data: series, barWidth: 28, itemStyle: { borderRadius: [6, 6, 0, 0] } }],
          })}
        />
      </View>
      <DataTable
        name="报名"
        rows={rows}
        keyOf={(row) => row.id}
        pageSize={12}
        openKey={open?.id}
        onOpen={setOpen}
        columns={[
          { key: 'name', title: '学生', value: (row) => row.name },
          { key: 'course', title: '课程', value: (row) => row.course, filter: true },
          {
            key: 'status',
            title: '状态',
            value: (row) => row.status,
            filter: true,
            render: (row) => (
              <StatusChip tone={row.status === '已缴费' ? 'primary' : row.status === '待缴费' ? 'attention' : 'plain'}>
                {row.status}
              </StatusChip>
            ),
          },
          { key: 'seats', title: '名额', value: (row) => row.taken, render: (row) => <SeatMeter taken={row.taken} capacity={30} /> },
          {
            key: 'fee',
            title: '费用',
            value: (row) => row.feeFen,
            exported: (row) => row.feeFen / 100,
            render: (row) => <Money fen={row.feeFen} size="s" />,
            align: 'end',
          },
        ]}
      />
      <View className="k-card" style={{ maxWidth: '720px' }}>
        <View className="k-stack" style={{ padding: 0 }}>
          <Pieces />
        </View>
      </View>
      <Sheet
        open={open !== undefined}
        title={open?.name ?? ''}
        onClose={() => setOpen(undefined)}
        footer={
          <View className="k-buttons">
            <Button onTap={() => setOpen(undefined)}>关闭</Button>
            <Button kind="primary" onTap={() => undefined}>
              同意退费
            </Button>
          </View>
        }
      >
        <View className="k-column">
          <View className="k-muted">{open?.course}</View>
          <Week />
        </View>
      </Sheet>
    </Desk>
  );
}
