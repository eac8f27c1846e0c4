/** How a window gives its places, in plain words: for parents before it opens, for the school that chooses. In every bundle: keep it small. */
import { texts } from './catalogue.ts';

export const t = texts({
  'mode.first-come': ['先到先得', 'First come, first served'],
  'mode.lottery': ['抽签', 'A draw'],
  'mode.lottery-then-first-come': ['先抽签，剩余先到先得', 'A draw, then first come for what is left'],
  'mode.first-come.words': [
    '到点开放，谁先选到是谁的，占座后按时付款。',
    'Places go to whoever takes them first; then they are paid in time.',
  ],
  'mode.admission': [
    '人多，开放后 {seconds} 秒内按随机次序放行：早到、刷新都不占先。',
    'It will be busy: families are let in in a random order within {seconds} seconds of the opening. Coming early or refreshing gains nothing.',
  ],
  'mode.grades': ['{grades} 年级 {when} 开始', 'Grades {grades}: from {when}'],
  'mode.grades.join': ['、', ', '],
  'mode.lottery.words': [
    '开放期间按喜欢的程度排好志愿，早填晚填一样。截止后公开抽签，每位家长都能核对。',
    'Rank the classes you like while it is open: early or late makes no difference. After the close places are drawn in public, and every parent can check it.',
  ],
  'mode.lottery.rounds': [
    '抽 {rounds} 轮，每轮每个孩子最多得一个班；抽中后 {hours} 小时内付款。',
    '{rounds#round#rounds}, at most one class a child in each; winners have {hours#hour#hours} to pay.',
  ],
  'mode.lottery.public': ['抽签用的公开数：{name}，{when}产生。', 'The public value that decides: {name}, born {when}.'],
  'mode.lottery.secret': [
    '抽签用平台事先封存的数，指纹 {hash}…，换不了；要信任平台没有告诉别人。',
    'A number that the platform sealed beforehand decides. With the fingerprint {hash}… it cannot be exchanged; that nobody was told it has to be trusted.',
  ],
  'mode.lottery.secret.draft': [
    '抽签用平台事先封存的数，公布选课时公布它的指纹。',
    'A number that the platform seals beforehand decides; its fingerprint is published with the selection.',
  ],
  'mode.fingerprint.show': ['看完整指纹', 'The whole fingerprint'],
  'mode.fingerprint.copy': ['复制指纹', 'Copy the fingerprint'],
  'picture.opens': ['{when} 开始', 'Opens {when}'],
  'picture.closes': ['{when} 截止', 'Closes {when}'],
  'picture.over': ['已经结束', 'It has closed'],
  'picture.today': ['今天 {time}', 'today {time}'],
  'picture.tonight': ['今晚 {time}', 'tonight {time}'],
  'picture.tomorrow': ['明天 {time}', 'tomorrow {time}'],
  'picture.tomorrow-night': ['明晚 {time}', 'tomorrow night {time}'],
  'picture.days': ['{days} 天后 {time}', 'in {days#day#days}, {time}'],
  'picture.from': ['{when} 开始', 'From {when}'],
  'picture.to': ['{when} 截止', 'Until {when}'],
  'mode.drawing': ['志愿已截止，抽签进度和结果登录后看', 'Wishing has closed; sign in for the draw and its result'],
  'mode.lottery.left': ['抽完还有名额的班，{opens} 起先到先得，{closes} 截止。', 'What is left is first come from {opens} until {closes}.'],
});
