/**
 * What can go wrong and is expected: one code, one HTTP status, one sentence for people in each language that says
 * what happened and what to do. A bug is never one of these: it throws an ordinary Error and becomes a plain 500.
 */
interface Failure {
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 429 | 502 | 503;
  readonly zh: string;
  readonly en: string;
}

const catalogue = {
  'request.invalid': {
    status: 400,
    zh: '填写的内容有误，请按提示修改后再提交',
    en: 'Some fields are not valid. Correct them and send again',
  },
  'request.bad_json': { status: 400, zh: '请求内容无法读取，请重试', en: 'The request could not be read. Try again' },
  'request.too_large': { status: 413, zh: '内容太大，请拆分后再提交', en: 'That is too large. Split it and send again' },
  'request.wrong_type': { status: 415, zh: '请求的格式不受支持', en: 'That content type is not supported' },
  'request.id_reused': {
    status: 409,
    zh: '这个编号已用于另一次提交，请重新填写',
    en: 'This id was already used with other content. Start again',
  },
  'request.busy': { status: 503, zh: '人有点多，请稍等片刻再试', en: 'It is busy right now. Wait a moment and try again' },
  'request.not_found': { status: 404, zh: '没有找到，可能已被移除', en: 'Not found. It may have been removed' },
  'request.changed': { status: 409, zh: '内容刚刚有变化，请刷新后再试', en: 'It has just changed. Refresh and try again' },
  'request.too_often': { status: 429, zh: '操作太频繁，请稍后再试', en: 'Too many attempts. Wait a little' },
  'session.missing': { status: 401, zh: '请先登录', en: 'Sign in first' },
  'session.expired': { status: 401, zh: '登录已过期，请重新登录', en: 'Your session has expired. Sign in again' },
  'session.code_refused': {
    status: 401,
    zh: '微信登录凭证已失效，请重新操作一次',
    en: 'The sign-in code from WeChat has lapsed. Try once more',
  },
  'session.phone_foreign': {
    status: 422,
    zh: '目前只支持中国大陆手机号，请换一个号码，或联系学校登记',
    en: 'Only mainland China numbers work here. Use another number, or ask the school to register you',
  },
  'session.forbidden': { status: 403, zh: '当前身份不能进行这项操作', en: 'Your role may not do this' },
  'organisation.not_contained': {
    status: 422,
    zh: '这一级单位之下不能设立此类机构，请选择正确的上级单位',
    en: 'That kind of organisation cannot stand under this one. Choose another parent',
  },
  'identity.child_not_matched': {
    status: 422,
    zh: '学号与姓名和学校名册对不上，请核对后再试，或联系班主任',
    en: 'That number and name do not match the school roster. Check them, or ask the class teacher',
  },
  'identity.link_decided': {
    status: 409,
    zh: '这条申请已由他人处理，请刷新查看结果',
    en: 'Someone else has already decided this request. Refresh to see the result',
  },
  'identity.desk_expired': {
    status: 409,
    zh: '二维码已过期，请在电脑上刷新后重新扫码',
    en: 'This code has lapsed. Refresh it on the computer and scan again',
  },
  'identity.desk_taken': {
    status: 409,
    zh: '这个二维码已被使用，请在电脑上刷新后重新扫码',
    en: 'This code was already used. Refresh it on the computer and scan again',
  },
  'identity.no_desk_role': {
    status: 403,
    zh: '您没有学校、运营方或教育局的管理身份，不能登录电脑端；请联系管理员授权',
    en: 'Only school, operator and bureau staff sign in on a computer. Ask your administrator for a role',
  },
  'identity.role_not_here': {
    status: 422,
    zh: '该单位没有这种身份，请重新选择',
    en: 'That role does not exist in this organisation. Choose another',
  },
  'identity.own_role': {
    status: 403,
    zh: '不能变更自己的身份，请由同事或上级操作',
    en: 'Nobody changes their own roles. Ask a colleague or the authority above',
  },

  'selection.full': { status: 409, zh: '这个班已经满了，可以看看其他班', en: 'This class is full. Have a look at the others' },
  'selection.not_open': {
    status: 409,
    zh: '选课还没有开始，请按公布的时间再来',
    en: 'Selection has not opened yet. Come back at the time announced',
  },
  'selection.closed': { status: 409, zh: '选课已经结束，如有需要请联系学校', en: 'Selection has closed. Ask the school if you need help' },
  'selection.class_cancelled': { status: 409, zh: '这个班不开了，请选择其他班', en: 'This class will not run. Choose another one' },
  'selection.wrong_grade': { status: 409, zh: '这个班不面向孩子所在的年级', en: "This class is not for the child's grade" },
  'selection.clash': {
    status: 409,
    zh: '和孩子已选的班时间冲突，请先取消那个班或另选时间',
    en: 'It clashes with a class the child already has',
  },
  'selection.already_taken': { status: 409, zh: '孩子已经选了这个班，不用再选', en: 'The child already has a place in this class' },
  'selection.hold_over': { status: 409, zh: '占座时间已过，请重新选课', en: 'The hold has run out. Take a seat again' },
  'selection.other_school': { status: 409, zh: '这次选课属于另一所学校', en: 'This selection belongs to another school' },
  'window.wrong_hours': {
    status: 409,
    zh: '结束时间要晚于开始时间，并且都不能早于现在',
    en: 'It must close after it opens, and neither may be in the past',
  },
  'window.class_elsewhere': {
    status: 409,
    zh: '有班级已放在另一次选课里，或不属于这所学校和学期',
    en: 'A class is in another window already, or of another school or term',
  },
  'window.not_editable': { status: 409, zh: '这次选课已经进行到这一步，不能再改', en: 'The window is too far along to change that' },
} as const satisfies Record<string, Failure>;

/** Every expected failure's code. */
export type FailureCode = keyof typeof catalogue;

export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

/** An expected failure. `details` is shown to the caller: never put personal data or secrets in it. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: FailureCode;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: FailureCode, details?: Readonly<Record<string, unknown>>) {
    super(code);
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return failureOf(this.code).status;
  }
}

export function failureOf(code: FailureCode): Failure {
  return catalogue[code];
}

/** Narrows a code that came over the wire: a newer server may know codes that this client does not. */
export function isFailureCode(code: string): code is FailureCode {
  return code in catalogue;
}

/** The sentence for people. */
export function explain(code: FailureCode, language: 'zh' | 'en' = 'zh'): string {
  return failureOf(code)[language];
}

/** The body of every reply that is not a success. */
export interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly requestId: string;
  readonly fields?: readonly FieldProblem[];
  readonly details?: Readonly<Record<string, unknown>>;
}
