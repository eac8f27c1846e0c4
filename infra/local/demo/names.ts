import type { Chance } from './chance.ts';

/** The commonest surnames, about as common as they are. */
const surnames = [
  ...'王李张刘陈杨黄赵周吴徐孙胡朱高林何郭马罗王李张刘陈杨黄赵周吴王李张刘陈',
  ...'梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文',
];
const girls = [
  '雨桐',
  '欣怡',
  '诗涵',
  '梓萱',
  '可馨',
  '思琪',
  '语嫣',
  '佳怡',
  '梦瑶',
  '若溪',
  '一诺',
  '子涵',
  '雅静',
  '依诺',
  '晨曦',
  '沐瑶',
  '书瑶',
  '安然',
  '宛如',
  '静怡',
  '悦',
  '萌',
  '琳',
  '婷',
  '颖',
  '悠然',
  '清越',
  '采薇',
  '知夏',
  '念真',
];
const boys = [
  '浩然',
  '子轩',
  '宇航',
  '博文',
  '俊杰',
  '梓豪',
  '天佑',
  '嘉懿',
  '煜城',
  '明哲',
  '睿',
  '泽宇',
  '奕辰',
  '弘文',
  '志远',
  '思远',
  '铭',
  '瑞霖',
  '伟祺',
  '昊',
  '一鸣',
  '家齐',
  '承泽',
  '景行',
  '致远',
  '子墨',
  '晓峰',
  '乐',
  '锦程',
  '云帆',
];
const women = [
  '敏',
  '丽华',
  '秀英',
  '静',
  '艳',
  '娟',
  '霞',
  '桂兰',
  '红梅',
  '玉珍',
  '晓燕',
  '海燕',
  '雪梅',
  '春花',
  '婷婷',
  '慧',
  '莉',
  '美玲',
  '文静',
  '爱华',
  '小红',
  '素芬',
  '云',
  '倩',
  '洁',
];
const men = [
  '建国',
  '志强',
  '伟',
  '磊',
  '军',
  '勇',
  '建华',
  '国庆',
  '俊',
  '海涛',
  '建平',
  '小军',
  '志刚',
  '文斌',
  '永强',
  '德明',
  '鹏',
  '浩',
  '斌',
  '辉',
  '晓东',
  '立新',
  '振华',
  '卫东',
  '亮',
];

export function surname(chance: Chance): string {
  return chance.pick(surnames);
}

export function childName(chance: Chance, family: string): string {
  return family + chance.pick(chance.happens(0.5) ? girls : boys);
}

export function womanName(chance: Chance): string {
  return surname(chance) + chance.pick(women);
}

export function manName(chance: Chance, family = surname(chance)): string {
  return family + chance.pick(men);
}
