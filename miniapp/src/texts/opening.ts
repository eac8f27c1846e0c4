/** Opening time: staggered openings in the school's window form, and families' turns on the class page. */
import { texts } from './catalogue.ts';

export const t = texts({
  'openings.title': ['按年级错开', 'Staggered by grade'],
  'openings.hint': [
    '列出的年级晚一点开始，没列出的年级在选课开始时开始。报名的人错开了，到点就不挤。',
    'Grades listed here begin later, all others when selection opens. It spreads the rush.',
  ],
  'openings.add': ['加一批年级', 'Add a group of grades'],
  'openings.remove': ['去掉这一批', 'Remove this group'],
  'openings.group': ['第 {number} 批', 'Group {number}'],
  'openings.opens': ['这一批的开始时间', 'Opens for them'],
  'openings.noGrades': ['至少选一个年级', 'One grade at least'],
  'openings.twice': ['{grade} 年级已在另一批里', 'Grade {grade} is in another group'],
  'openings.outside': ['要在选课开始和截止之间', 'Must lie between opening and close'],
  'turn.title': ['排队中', 'In the queue'],
  'turn.title.before': ['次序已排好', 'Your place is drawn'],
  'turn.place': ['约第 {place} 位，最多 {families} 个孩子', 'About No. {place} of at most {families} children'],
  'turn.left': ['轮到您家还有', 'Your turn in'],
  'turn.words': [
    '人多时按随机次序放行，刷新不会变快也不会变慢。轮到时自动开放，不用一直点。',
    'Families are let in in a random order: refreshing makes it neither faster nor slower. It opens by itself on your turn.',
  ],
  'turn.same': ['同一家的家长和孩子是同一个次序，换手机也一样。', 'Guardians and children of one family have one place, on any phone.'],
  'turn.now': ['轮到您家了，现在可以选', 'It is your turn: choose now'],
  'turn.chip': ['排队中', 'Waiting'],
  'stale.known': [
    '暂时连不上，正在自动重试（已试 {count} 次）。下面是 {seconds} 秒前看到的班和余位。',
    'No connection right now; trying again by itself ({count#try#tries} so far). Below are the classes and seats of {seconds} seconds ago.',
  ],
  'stale.nothing': [
    '暂时连不上，正在自动重试（已试 {count} 次），不用退出，排队的次序不会变。',
    'No connection right now; trying again by itself ({count#try#tries} so far). Stay here: your place does not change.',
  ],
  'stale.again': ['马上再试', 'Try now'],
  'stale.age': ['{seconds} 秒前的余位', 'Seats of {seconds} seconds ago'],
  'take.again': ['重试中（{count}）', 'Trying again ({count})'],
});
