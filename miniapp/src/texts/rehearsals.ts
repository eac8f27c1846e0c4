/** Words of the school's desk for the rehearsal of a window. */
import { texts } from './catalogue.ts';

export const t = texts({
  'rehearsals.title': ['选课演练', 'Rehearsal'],
  'rehearsals.hint': [
    '用模拟的家长在数据副本上演一遍开放当晚：不占名额，不收钱，不通知任何人',
    'Made-up parents play the evening on a copy of the data: no place is taken, no money moves, nobody is told',
  ],
  'rehearsals.hint.draw': [
    '用模拟的家长在数据副本上演一遍，从填志愿到最后一笔付款：不占名额，不收钱，不通知任何人',
    'Made-up parents play it on a copy of the data, from the first wish to the last payment: no place is taken, no money moves, nobody is told',
  ],
  'rehearsals.parents': ['多少位家长', 'How many parents'],
  'rehearsals.parents.hint': ['留空就按花名册人数，最多 {max} 位', 'Left empty: as many as on the roster; {max} at most'],
  'rehearsals.parents.bad': ['填 1 到 {max} 的整数，或留空', 'A whole number from 1 to {max}, or nothing'],
  'rehearsals.favourites': ['预计哪些班最热门', 'What will be wanted most'],
  'rehearsals.favourites.hint': [
    '按先后选，最多 {max} 个；没选的由系统随机排',
    'In this order, {max} at most; the others are drawn at random',
  ],
  'rehearsals.start': ['开始演练', 'Rehearse'],
  'rehearsals.again': ['再演一遍', 'Rehearse again'],
  'rehearsals.started': ['演练开始了', 'The rehearsal has begun'],
  'rehearsals.running': ['正在演练，已完成 {progress}%', 'Rehearsing, {progress}% done'],
  'rehearsals.failed': ['这次演练没有完成，请再演一遍', 'This rehearsal did not finish. Start it again'],
  'rehearsals.stale': ['演练之后选课又改过，请再演一遍', 'The window was changed after this rehearsal. Rehearse again'],
  'rehearsals.at': ['{when} 演练，{parents#位家长#位家长}', 'Rehearsed {when}, {parents#parent#parents}'],
  'rehearsals.go': ['可以开放', 'Go'],
  'rehearsals.noGo': ['先别开放', 'No-go'],
  'rehearsals.fine': ['没有发现要改的地方', 'Nothing to change was found'],
  'rehearsals.tries': ['抢位次数', 'Places asked for'],
  'rehearsals.tries.hint': ['{seated} 次抢到，{refused} 次没有', '{seated} given, {refused} refused'],
  'rehearsals.wait': ['多数人等多久', 'Half wait at most'],
  'rehearsals.wait.hint': ['最慢的 1% 要 {p99} 毫秒以上', 'One in a hundred {p99} ms or more'],
  'rehearsals.ms': ['{ms} 毫秒', '{ms} ms'],
  'rehearsals.empty': ['一个班都没有的孩子', 'Children without any place'],
  'rehearsals.empty.hint': ['{placed} 个孩子有班', '{placed} have one'],
  'rehearsals.drawn': ['抽中的孩子', 'Children who win'],
  'rehearsals.drawn.hint': [
    '{entries} 个孩子填了志愿，抽出 {places} 个名额；没付款的有 {handedOn} 个顺延给了下一位',
    '{entries} wished, {places} places drawn; {handedOn} that were let go went to the next in line',
  ],
  'rehearsals.left': ['留给先到先得的名额', 'Places left for who comes first'],
  'rehearsals.unwanted': ['空着的名额', 'Places that stay empty'],
  'rehearsals.wanting': ['各班有多少孩子最想上', 'Children who want each class most'],
  'rehearsals.wanting.hint': ['人数/名额；黄色：比名额多', 'Children/places; yellow: more than it has places'],
  'rehearsals.hottest': ['最忙的班每秒写入', 'Writes a second, busiest class'],
  'rehearsals.hottest.hint': ['{courseName}，上限 {max}', '{courseName}, of {max}'],
  'rehearsals.paid': ['按时付款', 'Paid in time'],
  'rehearsals.paid.hint': ['{late} 个付晚了，{lapsed} 个没付', '{late} too late, {lapsed} never'],
  'rehearsals.filling': ['各班多久满', 'How soon each class is full'],
  'rehearsals.filling.hint': [
    '从开放起的秒数；黄色：10 秒内就满；没满的班不在图里',
    'Seconds after the opening; yellow: within 10 s; what never fills is left out',
  ],
  'rehearsals.filling.hint.draw': [
    '从先到先得开放起的秒数；抽签就满的、没满的都不在图里',
    'Seconds after the hours of first come begin; what the draw fills, or nothing does, is left out',
  ],
  'rehearsals.filling.none': ['没有一个班满', 'No class was full'],
  'rehearsals.seconds': ['{seconds} 秒', '{seconds} s'],
  'rehearsals.refused': ['没抢到的原因', 'Why places were refused'],
  'rehearsals.times': ['{count} 次', '{count#time#times}'],
  'rehearsals.broken': ['系统出错', 'Something broke'],
  'rehearsals.assumed': [
    '假设：65% 的家长提前等着，每人排 4 个志愿，6% 不付款，2% 付晚；数据库与网络按常见延迟。真实当晚会有出入。',
    'Assumed: 65% of the parents are there beforehand, each has 4 wishes, 6% do not pay, 2% too late; usual delays of database and network. The real evening will differ.',
  ],
  'rehearsals.assumed.draw': [
    '假设：每个孩子填 4 个志愿，一半集中在头尾一小时，6% 抽中不付款，2% 付晚；没抽够的家长在先到先得时选剩下的班，65% 提前等着；此前没抽中的加签不算在内。真实情况会有出入。',
    'Assumed: 4 wishes a child, half of them in the first and the last hour; 6% win and do not pay, 2% too late; who has too few takes what is left, 65% are there beforehand; extra tickets of those who lost before are not counted. The real days will differ.',
  ],
  'rehearsals.finding.slow': [
    '最慢的 1% 要等 {value} 毫秒：分年级错峰开放',
    'One answer in a hundred takes {value} ms: let the grades in one after the other',
  ],
  'rehearsals.finding.slow.draw': [
    '先到先得时最慢的 1% 要等 {value} 毫秒：把这段时间放长，家长会分批进入',
    'After the draw one answer in a hundred takes {value} ms: make those hours longer, and families are let in more slowly',
  ],
  'rehearsals.finding.hot-item': [
    '“{courseName}”一秒写入 {value}，上限 {limit}：分年级错峰，或改用抽签',
    '{courseName}: {value} writes in a second of {limit}: let the grades in one after the other, or draw lots',
  ],
  'rehearsals.finding.hot-item.draw': [
    '“{courseName}”一秒写入 {value}，上限 {limit}：把先到先得的时间放长',
    '{courseName}: {value} writes in a second of {limit}: make the hours after the draw longer',
  ],
  'rehearsals.finding.turned-away-busy': [
    '{value} 次因为太忙被挡回：分年级错峰开放',
    '{value#try was#tries were} turned away as too busy: let the grades in one after the other',
  ],
  'rehearsals.finding.turned-away-busy.draw': [
    '{value} 次因为太忙被挡回：把先到先得的时间放长',
    '{value#try was#tries were} turned away as too busy: make the hours after the draw longer',
  ],
  'rehearsals.finding.broken': ['{value} 次出错：开放前请联系平台', '{value#try#tries} broke: call the platform before you open'],
  'rehearsals.finding.empty-handed': [
    '{value}% 的孩子一个班都没有：多开几个班，或改用抽签',
    '{value}% of the children have no place at all: more classes, or draw lots',
  ],
  'rehearsals.finding.empty-handed.draw': [
    '{value}% 的孩子一个班都没有：多开几个班',
    '{value}% of the children have no place at all: more classes',
  ],
  'rehearsals.finding.few-places': ['{value} 个孩子，只有 {limit} 个名额', '{value#child#children} for {limit#place#places}'],
  'rehearsals.finding.nothing-left': [
    '{value} 个名额抽签就全抽完了：先到先得没有名额可选，可以取消这一段，或多开几个班',
    'The draw gives all {value} places: the hours of first come are for nothing. Give them up, or add classes',
  ],
  'rehearsals.finding.snatched': [
    '“{courseName}”{value} 秒就满，还有 {limit} 个最想上的孩子没有：加开一个班，或改用抽签',
    '{courseName} is full after {value} s, {limit} who want it most get none: one more class, or draw lots',
  ],
  'rehearsals.finding.overrun': [
    '“{courseName}”有 {value} 个孩子最想上：再加 {limit} 个名额也坐得满',
    '{courseName} is wanted most by {value}: {limit#place#places} more would be filled',
  ],
  'rehearsals.finding.under-size': [
    '“{courseName}”只有 {value} 人，开班要 {limit} 人：和别的班合并，或降低人数要求',
    '{courseName} would have {value} of the {limit} it needs: merge it, or ask fewer',
  ],
  'rehearsals.finding.unwanted': [
    '“{courseName}”没有人想选：看看年级和时间合不合适',
    '{courseName} is on nobody’s list: are its grades and hours right?',
  ],
});
