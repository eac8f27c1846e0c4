/** Words of the operator's desk. */
import { texts } from './catalogue.ts';

export const t = texts({
  'operator.menu.home': ['实时看板', 'Live board'],
  'operator.menu.payouts': ['课酬发放', 'Payouts'],
  'operator.menu.refunds': ['退费审批', 'Refunds'],
  'operator.menu.breaks': ['账单差异', 'Differences'],
  'operator.menu.figures': ['学校数据', 'Figures'],

  'operator.board.title': ['实时看板', 'Live board'],
  'operator.board.lead': [
    '授权学校今天的课：谁签到了、到了多少学生',
    'Today in the schools that authorised you: who has signed in, who is there',
  ],
  'operator.board.day': ['日期', 'Day'],
  'operator.board.sessions': ['课次', 'Sessions'],
  'operator.board.signedIn': ['已签到', 'Signed in'],
  'operator.board.late': ['还没签到', 'Not signed in yet'],
  'operator.board.late.hint': ['已到上课时间', 'though it has begun'],
  'operator.board.missing': ['没有签到', 'Never signed in'],
  'operator.board.missing.hint': ['已下课', 'and it is over'],
  'operator.board.present': ['到课', 'Present'],
  'operator.board.present.hint': ['{present} / {due} 人', '{present} of {due}'],
  'operator.board.schools': ['学校', 'Schools'],
  'operator.board.allSchools': ['全部学校', 'All schools'],
  'operator.board.none': ['还没有学校授权给你', 'No school has authorised you yet'],
  'operator.board.none.hint': ['教育局为学校指定运营方后会出现在这里', 'They appear once the bureau names you for them'],
  'operator.board.line': ['{sessions} 节 · 已签到 {signedIn} · 未签 {missing}', '{sessions} sessions · {signedIn} in · {missing} not'],
  'operator.board.quiet': ['今天没有课', 'No sessions'],
  'operator.board.failed': ['没有读到，点这里重试', 'Did not load. Tap to retry'],
  'operator.board.shownOf': ['先看 {shown} 所，共 {all} 所', '{shown} of {all} schools'],

  'operator.payouts.title': ['课酬发放', 'Payouts'],
  'operator.payouts.lead': ['学校同意后由运营审批，一次批完所有学校', 'After the schools, you approve, all in one run'],
  'operator.payouts.month': ['月份', 'Month'],
  'operator.payouts.waiting': ['待你审批', 'Waits for you'],
  'operator.payouts.waiting.hint': ['{amount}', '{amount}'],
  'operator.payouts.school': ['待学校审批', 'With the schools'],
  'operator.payouts.paid': ['已到账', 'Paid'],
  'operator.payouts.rejected': ['银行退回', 'Returned'],
  'operator.payouts.notStarted': ['未发起', 'Not started'],
  'operator.payouts.start': ['发起 {month}', 'Start {month}'],
  'operator.payouts.start.title': ['为 {count} 所学校发起 {month} 的发放？', 'Start {month} for {count#school#schools}?'],
  'operator.payouts.start.content': [
    '按签到和点名汇总。已经发起过的学校不会重复发起。',
    'Counted from sign-ins and roll calls. Nothing is started twice.',
  ],
  'operator.payouts.approveAll': ['一次批完（{count}）', 'Approve all ({count})'],
  'operator.payouts.approveAll.title': ['同意 {count} 所学校共 {amount}？', 'Approve {amount} for {count#school#schools}?'],
  'operator.payouts.approveAll.content': ['同意后交银行发放。', 'The bank is asked to pay.'],
  'operator.payouts.done': ['{done} 所学校已完成', '{done#school#schools} done'],
  'operator.payouts.someFailed': ['{done} 所已完成，{failed} 所没有成功：{reason}', '{done} done, {failed} failed: {reason}'],
  'operator.payouts.blocked': ['暂缓发放', 'Held back'],
  'operator.payouts.blocked.hint': ['点开看原因', 'Open one to see why'],
  'operator.payouts.none': ['这个月还没有发放', 'No payouts in this month'],

  'operator.refunds.title': ['退费审批', 'Refunds'],
  'operator.refunds.lead': ['学校设置了需要运营审批的退费', 'Refunds that schools have you approve'],
  'operator.refunds.school': ['学校', 'School'],

  'operator.breaks.title': ['账单差异', 'Differences'],
  'operator.breaks.lead': [
    '支付渠道的账单和我们的账对不上的地方；没处理完，课酬暂缓发放',
    "Where the provider's bill and our books differ. Pay waits until they are settled",
  ],

  'operator.figures.title': ['学校数据', 'Figures'],
});
