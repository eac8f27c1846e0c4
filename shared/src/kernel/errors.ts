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
  'session.device_crowded': {
    status: 429,
    zh: '这部手机一小时内登录的人太多了，请过一会儿再试，或用自己的手机登录',
    en: 'Too many people have signed in on this phone within the hour. Wait a while, or use your own phone',
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
  'identity.last_guardian': {
    status: 409,
    zh: '您是孩子唯一绑定的家长，请先让另一位家长绑定，再解除',
    en: 'You are the only guardian linked to this child. Have another guardian linked first',
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
  'selection.tries_max': {
    status: 429,
    zh: '点得太快了，请过几秒再试；座位不会因此丢失',
    en: 'That was too fast. Wait a few seconds and try again; no seat is lost by it',
  },
  'selection.not_your_turn': {
    status: 409,
    zh: '还没轮到您家，轮到时自动开放，不用刷新',
    en: 'It is not your turn yet. It opens by itself when it is; no need to refresh',
  },
  'selection.wrong_turn': {
    status: 403,
    zh: '排队信息已更新，请从选课页重新进入',
    en: 'Your place in the queue has changed. Open the class page again',
  },
  'selection.closed': { status: 409, zh: '选课已经结束，如有需要请联系学校', en: 'Selection has closed. Ask the school if you need help' },
  'selection.class_cancelled': { status: 409, zh: '这个班不开了，请选择其他班', en: 'This class will not run. Choose another one' },
  'selection.wrong_grade': { status: 409, zh: '这个班不面向孩子所在的年级', en: "This class is not for the child's grade" },
  'selection.pupil_left': {
    status: 409,
    zh: '孩子已不在这所学校的名册上，不能选课；如有疑问请联系学校',
    en: 'The child has left this school and cannot take classes here. Ask the school if this is wrong',
  },
  'selection.clash': {
    status: 409,
    zh: '和孩子已选的班时间冲突，请先取消那个班或另选时间',
    en: 'It clashes with a class the child already has',
  },
  'selection.lapses_max': {
    status: 409,
    zh: '这个班已多次占座没有付款，不能再占；如有需要请联系学校',
    en: 'Places in this class were taken and not paid too often. Ask the school if you need help',
  },
  'selection.not_all': {
    status: 409,
    zh: '同一份“要么全中”的选课单里有别的班没选上，这个班也没有占',
    en: 'Another class of the same all-or-nothing list was not to be had, so this one was not taken either',
  },
  'selection.shortlist_full': {
    status: 409,
    zh: '选课单最多放 12 个班，请先移除几个',
    en: 'A list holds 12 classes at most. Take some off first',
  },
  'selection.reserve_empty': {
    status: 409,
    zh: '为这个用途预留的名额已经给完了',
    en: 'No place is left of those kept for this purpose',
  },
  'selection.no_such_pupil': {
    status: 409,
    zh: '名册上没有这个学号和姓名的学生，请核对',
    en: 'No pupil on the roster has this number and name. Please check',
  },
  'selection.has_seats': { status: 409, zh: '还有名额，可以直接选课，不用候补', en: 'There are seats: take one, no need to wait' },
  'selection.no_waiting_list': { status: 409, zh: '这个班现在不能候补', en: 'This class has no waiting list now' },
  'selection.waits_max': { status: 409, zh: '候补的班太多了，请先退出几个', en: 'You are on too many waiting lists. Leave some first' },
  'lottery.not_now': { status: 409, zh: '现在不能填报或修改志愿', en: 'Wishes cannot be changed now' },
  'lottery.changed_meanwhile': {
    status: 409,
    zh: '这份志愿刚刚有人改过（另一位家长，或另一部手机）。请看过新的再决定',
    en: 'These wishes were just changed, by the other guardian or on another phone. Look at the new list, then decide',
  },
  'lottery.no_lottery': { status: 409, zh: '这次选课不抽签', en: 'This selection has no draw' },
  'lottery.only_lottery': {
    status: 409,
    zh: '这次选课先填志愿、再抽签，现在不能直接占座',
    en: 'Places are drawn in this selection. Rank your wishes instead',
  },
  'lottery.too_early': { status: 409, zh: '这个公开值还没有产生，产生后再登记', en: 'The public value is not born yet' },
  'lottery.already_recorded': { status: 409, zh: '公开值已经登记，不能更改', en: 'The public value is on record and cannot be changed' },
  'selection.already_taken': { status: 409, zh: '孩子已经选了这个班，不用再选', en: 'The child already has a place in this class' },
  'selection.hold_over': { status: 409, zh: '占座时间已过，请重新选课', en: 'The hold has run out. Take a seat again' },
  'selection.other_school': { status: 409, zh: '这次选课属于另一所学校', en: 'This selection belongs to another school' },
  'share.wrong_end': {
    status: 422,
    zh: '链接的有效期要晚于现在，最多到选课结束后 90 天',
    en: 'A link must end after now, and at most 90 days after the window',
  },
  'share.links_max': { status: 409, zh: '这次选课的链接太多了，请用已有的', en: 'This window has too many links. Use one of them' },
  'share.window_hidden': { status: 409, zh: '公布以后才能分享', en: 'A window can be shared once it is published' },
  'window.wrong_hours': {
    status: 409,
    zh: '结束时间要晚于开始时间，并且都不能早于现在',
    en: 'It must close after it opens, and neither may be in the past',
  },
  'window.value_too_soon': {
    status: 409,
    zh: '志愿截止后至少隔 30 分钟，公开数才能产生：名单要先公布。请让志愿早些截止，或换一个更晚产生的数',
    en: 'The public value must be born at least 30 minutes after wishing closes, so that the list is published first. Close earlier, or name a later value',
  },
  'window.wrong_openings': {
    status: 409,
    zh: '各年级的开始时间要在选课时间之内，一个年级只能有一个，已经开始的不能再改',
    en: "Each grade's opening must lie inside the window's hours, one a grade, and what has opened stays open",
  },
  'window.close_notice': {
    status: 409,
    zh: '正在选课，提前截止至少要给家长留 24 小时，请把截止时间往后一些',
    en: 'Parents are choosing: an earlier close must leave them 24 hours. Close later',
  },
  'window.turns_to_come': {
    status: 409,
    zh: '还有家庭没轮到，这么早结束他们就选不了了，请把结束时间往后一些',
    en: 'Some families have not had their turn yet and could not choose any more. Close later',
  },
  'window.class_elsewhere': {
    status: 409,
    zh: '有班级已放在另一次选课里，或不属于这所学校和学期',
    en: 'A class is in another window already, or of another school or term',
  },
  'under_size.not_asked': {
    status: 409,
    zh: '这个班现在不用决定，请刷新后查看',
    en: 'Nothing is to be decided about this class now. Refresh to see how it stands',
  },
  'under_size.no_merge': {
    status: 422,
    zh: '只有上课时间和收费都相同的班可以直接并；其他的班请发出换班建议，由家长决定',
    en: 'Only a class at the same hours and the same fee can be merged with. Ask the families to move to any other',
  },
  'under_size.no_target': {
    status: 422,
    zh: '请选一个会开、同一学期的班',
    en: 'Choose a class of the same term that runs',
  },
  'window.class_begins': {
    status: 409,
    zh: '有班级在选课结束前就要开课了，请提前结束时间，或把这个班移出这次选课',
    en: 'A class begins before selection is settled. Close earlier, or take the class out of this window',
  },
  'window.class_flagged': {
    status: 409,
    zh: '有班级的课程或教师已暂停或过期，请更换后再发布',
    en: 'The course or instructor of a class is suspended or has expired. Replace it before publishing',
  },
  'rehearsal.too_late': {
    status: 409,
    zh: '只有尚未开放的选课可以演练',
    en: 'Only a window that has not opened yet can be rehearsed',
  },
  'rehearsal.running': { status: 409, zh: '已有一次演练正在进行，请等它结束', en: 'A rehearsal is under way. Wait until it has ended' },
  'rehearsal.too_many': {
    status: 429,
    zh: '今天的演练次数已用完，请明天再试',
    en: 'That was the last rehearsal of today. Try again tomorrow',
  },
  'window.not_editable': { status: 409, zh: '这次选课已经进行到这一步，不能再改', en: 'The window is too far along to change that' },

  'calendar.year_unpublished': {
    status: 409,
    zh: '这一年的放假安排还没有公布，请教育局先录入该年日历',
    en: 'No calendar is published for that year yet. The bureau has to enter it first',
  },
  'calendar.wrong_days': {
    status: 422,
    zh: '日历里有重复的日期，或有日期不在这一年',
    en: 'A day is listed twice, or lies outside that year',
  },
  'term.wrong_days': {
    status: 422,
    zh: '学期最长 200 天，课后服务的起止日期要在学期之内',
    en: 'A term has 200 days at most, and the service must start and end inside it',
  },
  'term.overlaps': { status: 409, zh: '和另一个学期的日期重叠，请调整起止日期', en: 'It overlaps another term. Change its days' },
  'settings.wrong_periods': {
    status: 422,
    zh: '节次编号不能重复，结束要晚于开始，各节时间不能重叠',
    en: 'Periods need their own numbers, must end after they start and may not overlap',
  },
  'settings.wrong_chain': { status: 422, zh: '审批顺序里同一方只能出现一次', en: 'Each party may appear once in an approval chain' },
  'settings.payout_chain': {
    status: 422,
    zh: '课酬发放要由学校先审批，并且至少还有运营方或教育局中的一方审批',
    en: 'Payouts are approved by the school first, and by the operator or the bureau as well',
  },
  'school.changed_meanwhile': {
    status: 409,
    zh: '别人刚刚改过这里，没有保存；您写的内容还在。请先看看现在的内容，再决定怎么改',
    en: 'Someone else has just changed this, so nothing was saved. What you wrote is still here: look at what it says now, then decide',
  },
  'school.classes_clash': {
    status: 409,
    zh: '这样改会和已有的班冲突，没有保存；请先调整这些班，或换一种改法',
    en: 'Classes that are there would clash, so nothing was saved. Move those classes first, or change it another way',
  },
  'school.room_in_use': {
    status: 409,
    zh: '这间教室里有班的名额比新的容纳人数多，没有保存；请先给班换教室',
    en: 'A class in this room has more places than it would hold, so nothing was saved. Move the class first',
  },
  'roster.unreadable': {
    status: 422,
    zh: '文件无法读取，请用 .xlsx 或 .csv 格式另存后再上传',
    en: 'The file cannot be read. Save it as .xlsx or .csv and upload again',
  },
  'roster.too_large': {
    status: 413,
    zh: '文件太大：最多 5000 行、4 MB，请拆成几个文件',
    en: 'The file is too large: 5,000 rows and 4 MB at most. Split it',
  },
  'roster.busy': {
    status: 409,
    zh: '学校正在导入另一份名册，请等它完成后再试',
    en: 'Another import of this school is still running. Try again when it is done',
  },
  'library.wrong_dates': {
    status: 422,
    zh: '有效期要晚于决定日期，并且决定日期不能晚于今天',
    en: 'The decision cannot be of a later day than today, nor end before it was made',
  },
  'library.over_already': {
    status: 422,
    zh: '新的有效期已经过去，请填写今天或以后的日期',
    en: 'That admission would be over already. Give a day from today on',
  },
  'library.phone_taken': {
    status: 409,
    zh: '这个手机号已登记在另一名教师名下，请核对',
    en: 'That phone number belongs to another instructor in the library. Check it',
  },
  'library.not_usable': {
    status: 409,
    zh: '已暂停、退出或过期，不能用于新开班',
    en: 'Suspended, withdrawn or expired: no new classes can be built on it',
  },
  'library.withdrawn': { status: 409, zh: '已退出资源库，不能恢复，需要重新准入', en: 'It was withdrawn for good. Admit it anew' },
  'offering.not_picked': {
    status: 409,
    zh: '课程或教师不在本校资源库里，请先选入',
    en: "The course or instructor is not in the school's library. Pick it first",
  },
  'offering.no_scale': {
    status: 409,
    zh: '教育局还没有登记收费和课酬标准，暂时不能开班',
    en: 'No fee and pay scale is on record yet, so no class can be opened',
  },
  'offering.above_scale': { status: 409, zh: '超过了登记的收费或课酬标准', en: 'It is above the recorded fee or pay scale' },
  'offering.room_clash': { status: 409, zh: '教室在这个时间已有别的班', en: 'Another class has the room at that time' },
  'offering.instructor_clash': {
    status: 409,
    zh: '教师在这个时间已有别的班',
    en: 'The instructor has another class at that time',
  },
  'offering.room_too_small': { status: 409, zh: '名额超过了教室可容纳的人数', en: 'The class has more places than the room holds' },
  'offering.wrong_slots': {
    status: 422,
    zh: '上课时间重复，或学校没有设这个节次',
    en: 'A slot is given twice, or the school has no such period',
  },
  'offering.wrong_grades': { status: 422, zh: '年级超出了课程适用范围', en: "Those grades are outside the course's range" },
  'offering.no_sessions': {
    status: 422,
    zh: '这个时间在学期内没有可上课的日子',
    en: 'There is no day in the term on which it could meet',
  },
  'offering.not_editable': {
    status: 409,
    zh: '这个班已公布，只能更换教室、教师、增加名额或减少预留',
    en: 'The class is published: only room, instructor, a larger capacity and fewer kept places may change',
  },
  'offering.not_removable': {
    status: 409,
    zh: '这个班已经公布，不能删除；不开的话请停办',
    en: 'The class is published and cannot be removed. Call it off instead',
  },
  'offering.not_running': {
    status: 409,
    zh: '只有正在上课的班可以停办',
    en: 'Only a class that runs can be called off',
  },
  'offering.session_over': {
    status: 409,
    zh: '上课时不能停课；没有上成的课，下课后 7 天内可以停课',
    en: 'A session cannot be cancelled while it runs. One that was not held can, within 7 days',
  },
  'offering.session_held': {
    status: 409,
    zh: '这次课已有教师签到或点名，不能停课',
    en: 'A teacher has signed in or called the roll: that session was held',
  },

  'attendance.qr_unreadable': {
    status: 422,
    zh: '这不是学校的签到码，请扫描学校出示的二维码',
    en: "That is not a school's sign-in code. Scan the one on show at the school",
  },
  'attendance.qr_expired': {
    status: 409,
    zh: '签到码已更换，请重新扫描屏幕上的二维码',
    en: 'The code has changed since. Scan the one on the screen again',
  },
  'attendance.qr_other_school': {
    status: 409,
    zh: '这是另一所学校的签到码，请到上课的学校扫码',
    en: "That code is another school's. Scan at the school where you teach",
  },
  'attendance.qr_used': {
    status: 409,
    zh: '这个签到码你已经用过，请等它更换后再扫一次',
    en: 'You have used this code already. Wait for the next one and scan again',
  },
  'attendance.position_vague': {
    status: 422,
    zh: '定位不够准确，请打开精确定位、走到开阔处再试',
    en: 'Your position is not precise enough. Turn on precise location, step outside and try again',
  },
  'attendance.no_fence': {
    status: 409,
    zh: '学校还没有设置签到范围，请联系学校，或申请补签',
    en: 'The school has not set where to sign in. Tell the school, or ask for an exception',
  },
  'attendance.too_far': {
    status: 409,
    zh: '你不在学校的签到范围内，请到校后再签到',
    en: "You are outside the school's grounds. Come to the school and try again",
  },
  'attendance.moved_too_fast': {
    status: 409,
    zh: '和你上一次签到的地点相距太远，无法签到；如有误会请申请补签',
    en: 'Your last sign-in was too far away to be here now. If that is wrong, ask for an exception',
  },
  'attendance.too_early': { status: 409, zh: '还没到签到时间，请稍后再来', en: 'It is too early to sign. Come back later' },
  'attendance.too_late': {
    status: 409,
    zh: '签到时间已过，请向学校申请补签',
    en: 'The time to sign is over. Ask the school for an exception',
  },
  'attendance.session_cancelled': { status: 409, zh: '这节课已取消', en: 'This session was cancelled' },
  'attendance.not_signed_in': {
    status: 409,
    zh: '还没有签到，请先签到再签退',
    en: 'You have not signed in yet. Sign in before you sign out',
  },
  'attendance.mark_there': { status: 409, zh: '这一项已经有记录，不用申请', en: 'That is on record already. There is nothing to ask for' },
  'attendance.exception_open': {
    status: 409,
    zh: '已经申请过了，请等学校处理',
    en: 'You have asked already. Wait for the school to decide',
  },
  'attendance.exception_decided': { status: 409, zh: '这份申请已经处理过了', en: 'That request has been decided already' },
  'attendance.exception_own': {
    status: 409,
    zh: '不能处理自己的申请，请同事来处理',
    en: 'You may not decide on your own request. Ask a colleague',
  },
  'attendance.roll_not_open': { status: 409, zh: '还没到点名时间', en: 'It is too early to call the roll' },
  'attendance.roll_over': {
    status: 409,
    zh: '点名和更正的期限已过，请联系学校',
    en: 'The time to call or correct this roll is over. Ask the school',
  },
  'attendance.not_on_roll': { status: 409, zh: '名单里没有这个学生，请刷新名单', en: 'A pupil is not on this roll. Refresh it' },
  'attendance.nobody_due': { status: 409, zh: '这节课没有应到的学生', en: 'Nobody is due in this session' },
  'attendance.session_begun': { status: 409, zh: '这节课已经开始，请直接联系老师', en: 'The session has begun. Call the teacher instead' },
  'attendance.roll_called': { status: 409, zh: '老师已经点过名，请直接联系老师', en: 'The roll has been called. Call the teacher instead' },
  'attendance.not_enrolled': { status: 409, zh: '孩子没有报这个班', en: 'The child is not enrolled in this class' },
  'attendance.leave_there': { status: 409, zh: '这节课已经请过假了', en: 'Leave from this session has been asked already' },

  'teaching.not_on_roll': {
    status: 409,
    zh: '请先点名，再给名单里的学生写评语',
    en: 'Call the roll first, then comment on those who are on it',
  },
  'teaching.not_begun': { status: 409, zh: '课还没有开始，下课后再写评语吧', en: 'The session has not begun. Comment once it has' },
  'teaching.too_late': { status: 409, zh: '写评语的期限已过', en: 'The time to comment on this session is over' },

  'payout.month_not_over': {
    status: 409,
    zh: '这个月还没有结束，请在下月 1 日以后发起发放',
    en: 'That month is not over yet. Start its payout from the 1st of the next on',
  },
  'payout.not_approving': {
    status: 409,
    zh: '这次发放现在不需要审批，请刷新后查看',
    en: 'This payout does not wait for approval. Refresh to see how it stands',
  },
  'payout.not_your_turn': { status: 409, zh: '现在还没轮到你审批', en: 'It is not your turn to approve' },
  'payout.approved_by_you': {
    status: 409,
    zh: '你已经审批过这次发放，下一步要由另一个人审批',
    en: 'You have approved this payout before. Somebody else must take the next step',
  },

  'order.many_schools': {
    status: 422,
    zh: '一张订单只能包含同一所学校的班，请分开下单',
    en: 'An order holds classes of one school only. Place one order a school',
  },
  'order.no_material': { status: 422, zh: '这个班没有材料包，请取消勾选', en: 'This class has no material pack. Untick it' },
  'order.seat_in_order': {
    status: 409,
    zh: '这个名额已在另一张待支付的订单里，请到订单里支付，或先取消那张订单',
    en: 'This seat is in another order that waits for payment. Pay that one, or give the seat back first',
  },
  'order.closing': {
    status: 409,
    zh: '订单正在关闭，请稍等片刻再查看结果',
    en: 'The order is being closed. Look again in a moment',
  },
  'order.closed': { status: 409, zh: '订单已关闭，请重新选课', en: 'The order is closed. Take a seat again' },
  'order.already_paid': {
    status: 409,
    zh: '这个名额已经支付，如需退课请申请退费',
    en: 'The seat is paid for. To leave the class, ask for a refund',
  },
  'payment.no_payer': {
    status: 409,
    zh: '请先用微信登录，再支付',
    en: 'Sign in with WeChat first, then pay',
  },
  'payment.provider_silent': {
    status: 503,
    zh: '暂时联系不上微信支付，没有扣款，请稍后再试',
    en: 'WeChat Pay does not answer right now and nothing was charged. Try again shortly',
  },
  'payment.forged_notice': { status: 401, zh: '签名验证失败', en: 'The signature does not hold' },
  'payment.refused': {
    status: 502,
    zh: '微信支付没有受理这笔支付，请稍后再试，或联系学校',
    en: 'WeChat Pay did not accept this payment. Try again later, or ask the school',
  },
  'refund.not_confirmed': {
    status: 409,
    zh: '这个班没有已支付的名额可退，请刷新后查看',
    en: 'There is no paid seat to refund here. Refresh to see how it stands',
  },
  'refund.already_asked': {
    status: 409,
    zh: '这个班已经申请过退费，请在退费记录里查看进度',
    en: 'A refund of this class is under way already. See how far it is under refunds',
  },
  'refund.quote_changed': {
    status: 409,
    zh: '可退金额刚刚有变化，请重新查看后再确认',
    en: 'The sum has just changed. Look at it again, then confirm',
  },
  'refund.not_approving': {
    status: 409,
    zh: '这笔退费现在不需要审批，请刷新后查看',
    en: 'This refund does not wait for approval. Refresh to see how it stands',
  },
  'refund.not_your_turn': { status: 409, zh: '现在还没轮到你审批', en: 'It is not your turn to approve' },
  'refund.approved_by_you': {
    status: 409,
    zh: '你已经审批过这笔退费，下一步要由另一个人审批',
    en: 'You have approved this refund before. Somebody else must take the next step',
  },
  'refund.own_request': {
    status: 409,
    zh: '不能审批自己申请的退费，请同事来处理',
    en: 'You may not decide on your own request. Ask a colleague',
  },
  'refund.abnormal': {
    status: 409,
    zh: '收款账户异常，重新发起也退不回去。请在微信支付商户平台处理后再查一次，或另行付款后登记凭证',
    en: "The payer's account takes no money, and sending it again will not help. Handle it on WeChat Pay's merchant platform and try again, or pay it by hand and record the document",
  },
  'refund.not_by_hand': {
    status: 409,
    zh: '支付渠道已经退了、正在退或还没有定论，不能登记为手工退款，请先重新发起',
    en: 'The provider has paid it, is paying it or has not said. It cannot be recorded as paid by hand: send it again first',
  },
  'refund.not_retryable': {
    status: 409,
    zh: '这笔退费现在不需要重试，请刷新后查看',
    en: 'This refund needs no retry. Refresh to see how it stands',
  },
  'move.no_trial': {
    status: 409,
    zh: '学校没有设换班的试听期，可以退课后再选别的班',
    en: 'The school has no trial period for moving. You may cancel the class and take another',
  },
  'move.trial_over': {
    status: 409,
    zh: '换班的试听期已经结束，可以退课后再选别的班',
    en: 'The trial period for moving is over. You may cancel the class and take another',
  },
  'move.not_running': {
    status: 409,
    zh: '这个班现在不能换入，请换一个班',
    en: 'This class cannot be moved to right now. Choose another',
  },
  'move.under_way': {
    status: 409,
    zh: '这个名额正在换班，请先付清差价，或放弃换入的名额',
    en: 'This place is being moved. Pay the difference, or give the new place back first',
  },
  'move.too_often': { status: 409, zh: '这个名额换班的次数已用完', en: 'This place has been moved as often as it may be' },
  'move.difference_changed': {
    status: 409,
    zh: '差价刚刚有变化，请重新查看后再确认',
    en: 'The difference has just changed. Look at it again, then confirm',
  },
  'move.over': {
    status: 409,
    zh: '这次换班没有完成，原来的班还在，请重新操作',
    en: 'This move did not come about and your place in the old class stands. Start again',
  },
  'move.pays_itself': {
    status: 409,
    zh: '换班的差价有自己的订单，请在那张订单里支付',
    en: 'The difference of a move has an order of its own. Pay that one',
  },
  'material.none': { status: 409, zh: '这个名额没有购买材料包', en: 'No material pack was bought with this seat' },
  'material.place_gone': {
    status: 409,
    zh: '这个名额已退掉或正在换班，材料包不能再发放',
    en: 'The place has been given up or is being moved: its pack cannot be handed out any more',
  },
  'material.in_refund': {
    status: 409,
    zh: '这份材料包正在退费，不要发放',
    en: 'This material pack is being refunded. Do not hand it out',
  },
  'payment.not_parked': {
    status: 409,
    zh: '这笔付款已经处理过，请刷新后查看',
    en: 'This payment has been dealt with already. Refresh to see how it stands',
  },
  'provider.no_answer': {
    status: 503,
    zh: '暂时联系不上支付渠道，什么都没有改变，请稍后再试',
    en: 'The payment provider does not answer right now and nothing was changed. Try again shortly',
  },
  'fees.more_than_owed': {
    status: 409,
    zh: '填写的金额超过了待补的手续费，请刷新后核对',
    en: 'That is more than the fees that are owed. Refresh and compare',
  },
  'fees.document_used': {
    status: 409,
    zh: '这张凭证已经登记过另一笔金额，请核对凭证编号',
    en: 'This document stands for another sum already. Compare its number',
  },
  'break.closed': {
    status: 409,
    zh: '这笔差异已由他人关闭，请刷新后查看',
    en: 'Someone else has closed this difference already. Refresh to see it',
  },
  'export.too_large': {
    status: 422,
    zh: '数据太多，无法一次导出，请联系管理员',
    en: 'There is too much to export at once. Ask the administrator',
  },
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
