/**
 * Every key of the one table. Nothing else spells a key; README.md's access-pattern table lists who reads what by which.
 * GSI1 lists things by their owner; GSI2 is sparse: what is due, or waits in a queue.
 */
import type { ChinaDate, ChinaMonth, Instant } from '@kehou/shared/kernel/time';
import type { Key } from './table.ts';

const key = (PK: string, SK: string): Key => ({ PK, SK });
const gsi1 = (GSI1PK: string, GSI1SK: string) => ({ GSI1PK, GSI1SK });
const gsi2 = (GSI2PK: string, GSI2SK: string) => ({ GSI2PK, GSI2SK });

/** Due entries are spread over so many partitions; the sweeper reads each. */
export const DUE_SHARDS = 8;
/** Wishes of one lottery are spread over so many partitions. */
export const CHOICE_SHARDS = 16;
/** What came of a link is counted in so many items. */
export const SHARE_SHARDS = 4;
/** A stable small number from an id, for sharding. */
export function shardOf(id: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193) >>> 0;
  return hash % shards;
}

export const keys = {
  // organisation
  organisation: (id: string) => key(`ORG#${id}`, 'ORG'),
  /** One entry for each bureau above a school, and for its operator. */
  schoolUnder: (ancestorId: string, schoolId: string) => key(`ORG#${ancestorId}`, `SCHOOL#${schoolId}`),
  schoolsUnder: (ancestorId: string) => ({ pk: `ORG#${ancestorId}`, beginsWith: 'SCHOOL#' }),
  /** One entry for each bureau above a bureau or office. */
  bureauUnder: (ancestorId: string, bureauId: string) => key(`ORG#${ancestorId}`, `BUREAU#${bureauId}`),
  bureausUnder: (ancestorId: string) => ({ pk: `ORG#${ancestorId}`, beginsWith: 'BUREAU#' }),
  /** Under the bureau that authorised it. */
  operatorUnder: (bureauId: string, operatorId: string) => key(`ORG#${bureauId}`, `OPERATOR#${operatorId}`),
  operatorsUnder: (bureauId: string) => ({ pk: `ORG#${bureauId}`, beginsWith: 'OPERATOR#' }),
  audit: (organisationId: string, month: ChinaMonth, at: Instant, id: string) => key(`AUDIT#${organisationId}#${month}`, `${at}#${id}`),
  auditOf: (organisationId: string, month: ChinaMonth) => ({ pk: `AUDIT#${organisationId}#${month}` }),

  // identity: a person's partition holds who they are, their roles, their children and how many messages are unread
  person: (id: string) => key(`PERSON#${id}`, 'PERSON'),
  personPartition: (id: string) => ({ pk: `PERSON#${id}` }),
  openId: (openId: string) => key(`OPENID#${openId}`, 'OPENID'),
  phone: (phone: string) => key(`PHONE#${phone}`, 'PHONE'),
  phonePartition: (phone: string) => ({ pk: `PHONE#${phone}` }),
  /** What a roster or a grant promises to whoever verifies this number. */
  phoneChild: (phone: string, pupilId: string) => key(`PHONE#${phone}`, `CHILD#${pupilId}`),
  phoneRole: (phone: string, organisationId: string, role: string) => key(`PHONE#${phone}`, `ROLE#${organisationId}#${role}`),
  personRole: (personId: string, organisationId: string, role: string) => key(`PERSON#${personId}`, `ROLE#${organisationId}#${role}`),
  personChild: (personId: string, pupilId: string) => key(`PERSON#${personId}`, `CHILD#${pupilId}`),
  pupilGuardian: (pupilId: string, personId: string) => key(`PUPIL#${pupilId}`, `GUARDIAN#${personId}`),
  /** That a person is a guardian of this pupil no more: who ended it, when, and why. */
  unlinked: (pupilId: string, personId: string) => key(`PUPIL#${pupilId}`, `UNLINKED#${personId}`),
  pupilGuardians: (pupilId: string) => ({ pk: `PUPIL#${pupilId}`, beginsWith: 'GUARDIAN#' }),
  organisationMember: (organisationId: string, role: string, personId: string) =>
    key(`ORG#${organisationId}`, `MEMBER#${role}#${personId}`),
  organisationMembers: (organisationId: string, role: string) => ({ pk: `ORG#${organisationId}`, beginsWith: `MEMBER#${role}#` }),
  deskTicket: (id: string) => key(`DESK#${id}`, 'DESK'),
  linkRequest: (id: string) => key(`LINK#${id}`, 'LINK'),
  linkRequestsOfSchool: (schoolId: string, at: string) => gsi1(`LINKS#${schoolId}`, at),
  linkRequestsOfPupil: (pupilId: string, at: string) => gsi2(`LINKS#${pupilId}`, at),
  /** Counts tries in a window of time; TTL clears it. */
  attempts: (what: string, who: string, windowStart: string) => key(`ATTEMPTS#${what}#${who}`, windowStart),

  // school
  settings: (schoolId: string) => key(`SCHOOL#${schoolId}`, 'SETTINGS'),
  term: (schoolId: string, termId: string) => key(`SCHOOL#${schoolId}`, `TERM#${termId}`),
  terms: (schoolId: string) => ({ pk: `SCHOOL#${schoolId}`, beginsWith: 'TERM#' }),
  /** Rises with every change of a school's terms, so that two changes at once cannot make two terms overlap. */
  termGuard: (schoolId: string) => key(`SCHOOL#${schoolId}`, 'GUARD#TERMS'),
  /** Keeps changes of a school's frame (periods, terms, calendar, rooms) and of the classes in it apart. */
  frame: (schoolId: string) => key(`SCHOOL#${schoolId}`, 'GUARD#FRAME'),
  /** Asks for the school's sessions to be dated anew: calendar, terms, periods or rooms have changed. */
  redating: (schoolId: string) => key(`SCHOOL#${schoolId}`, 'REDATING'),
  calendarYear: (bureauId: string, year: number) => key(`ORG#${bureauId}`, `CALENDAR#${year}`),
  schoolDay: (schoolId: string, date: ChinaDate) => key(`SCHOOL#${schoolId}`, `DAY#${date}`),
  schoolDays: (schoolId: string, from: ChinaDate, to: ChinaDate) => ({
    pk: `SCHOOL#${schoolId}`,
    between: [`DAY#${from}`, `DAY#${to}`] as const,
  }),
  room: (schoolId: string, roomId: string) => key(`SCHOOL#${schoolId}`, `ROOM#${roomId}`),
  rooms: (schoolId: string) => ({ pk: `SCHOOL#${schoolId}`, beginsWith: 'ROOM#' }),
  pupil: (pupilId: string) => key(`PUPIL#${pupilId}`, 'PUPIL'),
  /** A pupil who has left, until everything of theirs is ended: due at once. */
  leaving: (pupilId: string) => key(`PUPIL#${pupilId}`, 'LEAVING'),
  pupilPartition: (pupilId: string) => ({ pk: `PUPIL#${pupilId}` }),
  pupilsOfSchool: (schoolId: string, grade: number, className: string, pupilNumber: string) =>
    gsi1(`PUPILS#${schoolId}`, `${grade}#${className}#${pupilNumber}`),
  pupilNumber: (schoolId: string, pupilNumber: string) => key(`SCHOOL#${schoolId}#NUMBERS`, `NUMBER#${pupilNumber}`),
  pupilNumbers: (schoolId: string) => ({ pk: `SCHOOL#${schoolId}#NUMBERS`, beginsWith: 'NUMBER#' }),
  /** A member of staff as the school's roster names them. */
  staff: (schoolId: string, phone: string) => key(`SCHOOL#${schoolId}#STAFF`, `STAFF#${phone}`),
  rosterImport: (schoolId: string, importId: string) => key(`SCHOOL#${schoolId}`, `IMPORT#${importId}`),
  rosterImportsOfSchool: (schoolId: string, startedAt: Instant, importId: string) =>
    gsi1(`IMPORTS#${schoolId}`, `${startedAt}#${importId}`),
  /** One import at a time is applied at a school. */
  rosterImporting: (schoolId: string) => key(`SCHOOL#${schoolId}`, 'GUARD#IMPORT'),
  /** The rows of an accepted import, in chunks, until they are applied. `fingerprint`: of the file. */
  rosterChunk: (importId: string, fingerprint: string, chunk: number) =>
    key(`IMPORT#${importId}#${fingerprint}`, `CHUNK#${String(chunk).padStart(4, '0')}`),
  scale: (bureauId: string, validFrom: ChinaDate, scaleId: string) => key(`ORG#${bureauId}`, `SCALE#${validFrom}#${scaleId}`),
  scales: (bureauId: string) => ({ pk: `ORG#${bureauId}`, beginsWith: 'SCALE#' }),
  /** Scales of a bureau that had come into force by `on`. */
  scalesUntil: (bureauId: string, on: ChinaDate) => ({ pk: `ORG#${bureauId}`, between: ['SCALE#', `SCALE#${on}#~`] as const }),

  // library
  course: (courseId: string) => key(`COURSE#${courseId}`, 'COURSE'),
  coursesOfBureau: (bureauId: string, kind: string, courseId: string) => gsi1(`COURSES#${bureauId}`, `${kind}#${courseId}`),
  instructor: (instructorId: string) => key(`INSTRUCTOR#${instructorId}`, 'INSTRUCTOR'),
  instructorsOfBureau: (bureauId: string, instructorId: string) => gsi1(`INSTRUCTORS#${bureauId}`, instructorId),
  pickedCourse: (schoolId: string, courseId: string) => key(`LIBRARY#${schoolId}`, `COURSE#${courseId}`),
  pickedInstructor: (schoolId: string, instructorId: string) => key(`LIBRARY#${schoolId}`, `INSTRUCTOR#${instructorId}`),
  picked: (schoolId: string) => ({ pk: `LIBRARY#${schoolId}` }),
  /** One instructor a phone number, whoever admits them. */
  instructorPhone: (phone: string) => key(`INSTRUCTORPHONE#${phone}`, 'INSTRUCTOR'),
  /** The instructor behind a signed-in person. */
  personInstructor: (personId: string) => key(`PERSON#${personId}`, 'INSTRUCTOR'),
  /** Schools that picked an instructor or course, to flag running classes on suspension. */
  pickedBy: (subjectId: string, schoolId: string) => gsi1(`PICKED#${subjectId}`, schoolId),

  // offering
  offering: (offeringId: string) => key(`OFFERING#${offeringId}`, 'OFFERING'),
  offeringPartition: (offeringId: string) => ({ pk: `OFFERING#${offeringId}` }),
  offeringsOfTerm: (schoolId: string, termId: string, offeringId: string) => gsi1(`OFFERINGS#${schoolId}#${termId}`, offeringId),
  session: (offeringId: string, sessionId: string) => key(`OFFERING#${offeringId}`, `SESSION#${sessionId}`),
  sessions: (offeringId: string) => ({ pk: `OFFERING#${offeringId}`, beginsWith: 'SESSION#' }),
  sessionsOfSchool: (schoolId: string, date: ChinaDate, startsAt: Instant, sessionId: string) =>
    gsi1(`SESSIONS#${schoolId}`, `${date}#${startsAt}#${sessionId}`),
  sessionsOfInstructor: (instructorId: string, date: ChinaDate, startsAt: Instant, sessionId: string) =>
    gsi2(`SESSIONS#${instructorId}`, `${date}#${startsAt}#${sessionId}`),
  sessionsOfSchoolBetween: (schoolId: string, from: ChinaDate, to: ChinaDate) => ({
    index: 'GSI1' as const,
    pk: `SESSIONS#${schoolId}`,
    between: [`${from}#`, `${to}#~`] as const,
  }),
  sessionsOfInstructorBetween: (instructorId: string, from: ChinaDate, to: ChinaDate) => ({
    index: 'GSI2' as const,
    pk: `SESSIONS#${instructorId}`,
    between: [`${from}#`, `${to}#~`] as const,
  }),
  /** When a class may be over: due on the day after its last session. */
  ending: (offeringId: string) => key(`OFFERING#${offeringId}`, 'ENDING'),
  /** What is left to be done of a class that its school has called off. */
  callOff: (offeringId: string) => key(`OFFERING#${offeringId}`, 'CALLOFF'),
  /** A claim that makes clashes impossible: one class a room, term and weekly slot. */
  roomSlot: (roomId: string, termId: string, weekday: number, period: number) =>
    key(`ROOM#${roomId}`, `SLOT#${termId}#${weekday}#${period}`),
  /** Every class in a room in a term. */
  roomSlots: (roomId: string, termId: string) => ({ pk: `ROOM#${roomId}`, beginsWith: `SLOT#${termId}#` }),
  /** Every weekly hour that an instructor is engaged for, at all schools, in one versioned item: a clash cannot slip between two schools. */
  instructorTimetable: (instructorId: string) => key(`INSTRUCTOR#${instructorId}`, 'TIMETABLE'),
  /** Classes built on a course or an instructor, by their last day: who is flagged when the admission ends. */
  courseUse: (courseId: string, lastDay: ChinaDate, offeringId: string) => key(`COURSE#${courseId}`, `USE#${lastDay}#${offeringId}`),
  courseUses: (courseId: string, from: ChinaDate) => ({ pk: `COURSE#${courseId}`, between: [`USE#${from}`, 'USE#~'] as const }),
  instructorUse: (instructorId: string, lastDay: ChinaDate, offeringId: string) =>
    key(`INSTRUCTOR#${instructorId}`, `USE#${lastDay}#${offeringId}`),
  instructorUses: (instructorId: string, from: ChinaDate) => ({
    pk: `INSTRUCTOR#${instructorId}`,
    between: [`USE#${from}`, 'USE#~'] as const,
  }),

  // selection
  window: (windowId: string) => key(`WINDOW#${windowId}`, 'WINDOW'),
  windowsOfSchool: (schoolId: string, opensAt: Instant, windowId: string) => gsi1(`WINDOWS#${schoolId}`, `${opensAt}#${windowId}`),
  /** A window's own partition: the window and one projected card a class, so that the class page is one query. */
  windowPartition: (windowId: string) => ({ pk: `WINDOW#${windowId}` }),
  windowCard: (windowId: string, offeringId: string) => key(`WINDOW#${windowId}`, `CARD#${offeringId}`),
  /** The hot item: holders, capacity, hours. Alone in its partition. */
  seat: (offeringId: string) => key(`SEAT#${offeringId}`, 'SEAT'),
  enrolment: (pupilId: string, enrolmentId: string) => key(`PUPIL#${pupilId}`, `ENROLMENT#${enrolmentId}`),
  enrolments: (pupilId: string) => ({ pk: `PUPIL#${pupilId}`, beginsWith: 'ENROLMENT#' }),
  enrolmentsOfOffering: (offeringId: string, takenAt: Instant, enrolmentId: string) =>
    gsi1(`ENROLMENTS#${offeringId}`, `${takenAt}#${enrolmentId}`),
  /** At most one live attempt a pupil and offering. */
  attempt: (pupilId: string, offeringId: string) => key(`PUPIL#${pupilId}`, `ATTEMPT#${offeringId}`),
  pupilSlot: (pupilId: string, termId: string, weekday: number, period: number) =>
    key(`PUPIL#${pupilId}`, `SLOT#${termId}#${weekday}#${period}`),
  /** What a child's guardians have marked in a window. */
  shortlist: (pupilId: string, windowId: string) => key(`PUPIL#${pupilId}`, `SHORTLIST#${windowId}`),
  /** A child's place in a class's waiting list. */
  wait: (pupilId: string, offeringId: string) => key(`PUPIL#${pupilId}`, `WAIT#${offeringId}`),
  waits: (pupilId: string) => ({ pk: `PUPIL#${pupilId}`, beginsWith: 'WAIT#' }),
  /** The waiting list of a class, in order. */
  queued: (offeringId: string, joinedAt: Instant, waitId: string) => key(`WAITING#${offeringId}`, `QUEUED#${joinedAt}#${waitId}`),
  queue: (offeringId: string) => ({ pk: `WAITING#${offeringId}`, beginsWith: 'QUEUED#' }),
  queuedBefore: (offeringId: string, joinedAt: Instant, waitId: string) => ({
    pk: `WAITING#${offeringId}`,
    between: ['QUEUED#', `QUEUED#${joinedAt}#${waitId}`] as const,
  }),
  /** That a class has a waiting list, and when it ends. */
  waitingList: (offeringId: string) => key(`WAITING#${offeringId}`, 'LIST'),
  /** A child's wishes in a lottery, spread over the shards of the window by the child. */
  choice: (windowId: string, pupilId: string) => key(`CHOICES#${windowId}#${shardOf(pupilId, CHOICE_SHARDS)}`, `CHOICE#${pupilId}`),
  choices: (windowId: string, shard: number | string) => ({ pk: `CHOICES#${windowId}#${shard}`, beginsWith: 'CHOICE#' }),
  /** There once the list is closed: no wish is taken in after it. */
  choicesGuard: (windowId: string, shard: number | string) => key(`CHOICES#${windowId}#${shard}`, 'GUARD'),
  /** A draw has a partition of its own, so that what shows classes never reads the secret. */
  /** The newest rehearsal of a window, with its report. */
  rehearsal: (windowId: string) => key(`REHEARSAL#${windowId}`, 'REHEARSAL'),
  draw: (windowId: string) => key(`DRAW#${windowId}`, 'DRAW'),
  drawSecret: (windowId: string) => key(`DRAW#${windowId}`, 'SECRET'),
  /** Terms in which a child won nothing. */
  luck: (pupilId: string) => key(`PUPIL#${pupilId}`, 'LUCK'),
  /** A link to a window, in a partition of its own: people who open it do not touch the window. */
  shareLink: (shareLinkId: string) => key(`SHARE#${shareLinkId}`, 'SHARE'),
  shareLinksOfWindow: (windowId: string, madeAt: Instant, shareLinkId: string) => gsi1(`SHARES#${windowId}`, `${madeAt}#${shareLinkId}`),
  /** A part of what came of a link; they are added up when they are shown. */
  shareCount: (shareLinkId: string, shard: number | string) => key(`SHARE#${shareLinkId}`, `COUNT#${shard}`),
  /** That a person has opened a link: beside the other links of the same window that they opened. */
  shareOpening: (windowId: string, personId: string, shareLinkId: string) => key(`OPENED#${windowId}#${personId}`, `LINK#${shareLinkId}`),
  shareOpenings: (windowId: string, personId: string) => ({ pk: `OPENED#${windowId}#${personId}`, beginsWith: 'LINK#' }),
  /** By which link an enrolment came, and whether it is counted there. */
  shareEnrolment: (enrolmentId: string) => key(`CAMEBY#${enrolmentId}`, 'CAMEBY'),
  pupilSlots: (pupilId: string, termId: string) => ({ pk: `PUPIL#${pupilId}`, beginsWith: `SLOT#${termId}#` }),
  /** What must happen by then: overdue enrolments, leases, things to chase. Sharded. */
  due: (id: string, at: Instant) => gsi2(`DUE#${shardOf(id, DUE_SHARDS)}`, `${at}#${id}`),
  dueShard: (shard: number) => `DUE#${shard}`,

  // attendance: a session's record, roll and comments stand beside it in the offering's partition
  sessionRecord: (offeringId: string, sessionId: string) => key(`OFFERING#${offeringId}`, `RECORD#${sessionId}`),
  /** Records of an instructor at a school by date: what a payout counts. */
  recordsOfInstructor: (schoolId: string, instructorId: string, date: ChinaDate, sessionId: string) =>
    gsi1(`RECORDS#${schoolId}`, `${date}#${instructorId}#${sessionId}`),
  recordsOfSchool: (schoolId: string, from: ChinaDate, to: ChinaDate) => ({
    index: 'GSI1' as const,
    pk: `RECORDS#${schoolId}`,
    between: [`${from}#`, `${to}#~`] as const,
  }),
  /** Records that are signed in to, until they are on a statement that is owed: the payout finds them however old they are. */
  recordsUnpaid: (schoolId: string, date: ChinaDate, sessionId: string) => gsi2(`UNPAID#${schoolId}`, `${date}#${sessionId}`),
  rollEntry: (sessionId: string, pupilId: string) => key(`ROLL#${sessionId}`, `PUPIL#${pupilId}`),
  roll: (sessionId: string) => ({ pk: `ROLL#${sessionId}` }),
  /** The same entry as the parents list it. */
  rollOfPupil: (pupilId: string, date: ChinaDate, sessionId: string) => gsi1(`ROLL#${pupilId}`, `${date}#${sessionId}`),
  /** A code that this person has used, and for which mark: it is good for no other. */
  usedQr: (nonce: string, personId: string) => key(`QR#${nonce}`, personId),
  /** Where and when a person last signed, for a day: nobody is in two towns at once. */
  lastSign: (personId: string) => key(`SIGNS#${personId}`, 'LAST'),
  leave: (pupilId: string, leaveId: string) => key(`PUPIL#${pupilId}`, `LEAVE#${leaveId}`),
  leaves: (pupilId: string) => ({ pk: `PUPIL#${pupilId}`, beginsWith: 'LEAVE#' }),
  /** A live leave, in the roll's own partition: one read has the roll and who is on leave. At most one a pupil and session. */
  leaveOfSession: (sessionId: string, pupilId: string) => key(`ROLL#${sessionId}`, `LEAVE#${pupilId}`),
  exception: (schoolId: string, exceptionId: string) => key(`EXCEPTIONS#${schoolId}`, `EXCEPTION#${exceptionId}`),
  /** Read newest first: what is open comes before what is decided. */
  exceptionsOfSchool: (schoolId: string, open: boolean, askedAt: Instant, exceptionId: string) =>
    gsi1(`EXCEPTIONS#${schoolId}`, `${open ? 1 : 0}#${askedAt}#${exceptionId}`),
  /** The same request as its teacher lists it. */
  exceptionsOfInstructor: (instructorId: string, askedAt: Instant, exceptionId: string) =>
    gsi2(`EXCEPTIONS#${instructorId}`, `${askedAt}#${exceptionId}`),
  /** At most one open exception a session and mark. */
  exceptionOfMark: (sessionId: string, mark: string) => key(`ROLL#${sessionId}`, `EXCEPTION#${mark}`),

  // billing
  order: (orderId: string) => key(`ORDER#${orderId}`, 'ORDER'),
  orderPartition: (orderId: string) => ({ pk: `ORDER#${orderId}` }),
  /** One a child in the order, so that each child's list is one query. */
  orderOfPupil: (pupilId: string, orderId: string) => key(`PUPIL#${pupilId}`, `ORDER#${orderId}`),
  ordersOfPupil: (pupilId: string) => ({ pk: `PUPIL#${pupilId}`, beginsWith: 'ORDER#' }),
  payment: (orderId: string, paymentId: string) => key(`ORDER#${orderId}`, `PAYMENT#${paymentId}`),
  /** From the provider's callback to the order. */
  paymentOrder: (paymentId: string) => key(`PAYMENT#${paymentId}`, 'PAYMENT'),
  paymentsOfSchool: (schoolId: string, at: Instant, paymentId: string) => gsi1(`PAYMENTS#${schoolId}`, `${at}#${paymentId}`),
  /** Payments that a person must look at: the provider took another sum than we asked for. Few, so of every school together. */
  parkedPayments: (at: Instant, paymentId: string) => gsi2('PARKED', `${at}#${paymentId}`),
  parkedPaymentsPartition: () => 'PARKED',
  /** A day's bill of the provider, how far it has been settled, and each line that does not match our books. */
  settlement: (date: ChinaDate) => key(`SETTLEMENT#${date}`, 'SETTLEMENT'),
  settlementBreak: (date: ChinaDate, breakId: string) => key(`SETTLEMENT#${date}`, `BREAK#${breakId}`),
  settlementPartition: (date: ChinaDate) => ({ pk: `SETTLEMENT#${date}` }),
  /** Breaks that are open, whatever day they are of: payouts wait while there is one. */
  openBreaks: (date: ChinaDate, breakId: string) => gsi2('BREAKS', `${date}#${breakId}`),
  openBreaksPartition: () => 'BREAKS',
  refund: (refundId: string) => key(`REFUND#${refundId}`, 'REFUND'),
  /** What was paid for a confirmed enrolment, and by which payment: what a refund is counted from. */
  receipt: (pupilId: string, enrolmentId: string) => key(`PUPIL#${pupilId}`, `RECEIPT#${enrolmentId}`),
  /** One live refund an enrolment. */
  refundOfEnrolment: (pupilId: string, enrolmentId: string) => key(`PUPIL#${pupilId}`, `REFUNDING#${enrolmentId}`),
  /** A payment that came too late is given back once a line, whatever becomes of the enrolment. */
  refundOfLatePayment: (pupilId: string, enrolmentId: string, paymentId: string) =>
    key(`PUPIL#${pupilId}`, `REFUNDING#${enrolmentId}#${paymentId}`),
  refundOfPupil: (pupilId: string, refundId: string) => key(`PUPIL#${pupilId}`, `REFUND#${refundId}`),
  refundsOfPupil: (pupilId: string) => ({ pk: `PUPIL#${pupilId}`, beginsWith: 'REFUND#' }),
  refundOfOrder: (orderId: string, refundId: string) => key(`ORDER#${orderId}`, `REFUND#${refundId}`),
  refundsOfSchool: (schoolId: string, at: Instant, refundId: string) => gsi1(`REFUNDS#${schoolId}`, `${at}#${refundId}`),
  refundQueue: (schoolId: string, queue: 'approving' | 'attention', at: Instant, refundId: string) =>
    gsi2(`REFUNDS#${schoolId}#${queue}`, `${at}#${refundId}`),
  material: (pupilId: string, enrolmentId: string) => key(`PUPIL#${pupilId}`, `MATERIAL#${enrolmentId}`),
  ledger: (schoolId: string, month: ChinaMonth, at: Instant, id: string) => key(`LEDGER#${schoolId}#${month}`, `${at}#${id}`),
  ledgerMonth: (schoolId: string, month: ChinaMonth) => ({ pk: `LEDGER#${schoolId}#${month}` }),
  /** Guards that one event is booked once, whatever the instant. */
  ledgerOnce: (id: string) => key(`BOOKED#${id}`, 'BOOKED'),
  /** What a school's entries add up to, in all and by month; kept by the stream, each transaction counted once. */
  balances: (schoolId: string) => key(`BALANCES#${schoolId}`, 'BALANCES'),
  balancesOfMonth: (schoolId: string, month: ChinaMonth) => key(`BALANCES#${schoolId}`, `MONTH#${month}`),
  balanceMonths: (schoolId: string) => ({ pk: `BALANCES#${schoolId}`, beginsWith: 'MONTH#' }),
  moneyDay: (schoolId: string, date: ChinaDate) => key(`MONEY#${schoolId}`, date),
  moneyDays: (schoolId: string, from: ChinaDate, to: ChinaDate) => ({ pk: `MONEY#${schoolId}`, between: [from, to] as const }),

  // teaching
  comment: (sessionId: string, pupilId: string) => key(`COMMENTS#${sessionId}`, `PUPIL#${pupilId}`),
  comments: (sessionId: string) => ({ pk: `COMMENTS#${sessionId}` }),
  commentsOfPupil: (pupilId: string, at: Instant) => gsi1(`COMMENTS#${pupilId}`, at),

  // payout
  /** Every city on the platform, from its making on: where the monthly payout and the catch-up begin to look for schools. */
  city: (bureauId: string) => key('CITIES', `ORG#${bureauId}`),
  cities: { pk: 'CITIES' },
  payoutRun: (schoolId: string, month: ChinaMonth) => key(`PAYOUT#${schoolId}`, `RUN#${month}`),
  payoutRuns: (schoolId: string) => ({ pk: `PAYOUT#${schoolId}`, beginsWith: 'RUN#' }),
  statement: (schoolId: string, month: ChinaMonth, instructorId: string) => key(`PAYOUT#${schoolId}#${month}`, `STATEMENT#${instructorId}`),
  statements: (schoolId: string, month: ChinaMonth) => ({ pk: `PAYOUT#${schoolId}#${month}` }),
  statementsOfInstructor: (instructorId: string, month: ChinaMonth, schoolId: string) =>
    gsi1(`STATEMENTS#${instructorId}`, `${month}#${schoolId}`),
  /** Statements that the bank sent back and no later statement carries yet. */
  rejectedStatements: (schoolId: string, month: ChinaMonth, instructorId: string) =>
    gsi2(`REJECTED#${schoolId}`, `${month}#${instructorId}`),
  /** A session that is on a statement is on no other. */
  paidSession: (sessionId: string) => key(`PAIDSESSION#${sessionId}`, 'PAIDSESSION'),

  // supervision
  figures: (schoolId: string) => key(`SCHOOL#${schoolId}`, 'FIGURES'),
  /** What one thing (a pupil, a class, a session, a ledger transaction) adds to its school's figures. */
  figureShare: (subject: string) => key(`FIGURE#${subject}`, 'SHARE'),

  /** A school whose projections are to be worked out anew, and how far that has come. */
  catchUp: (schoolId: string) => key(`SCHOOL#${schoolId}`, 'CATCHUP'),

  // messaging
  message: (personId: string, messageId: string) => key(`INBOX#${personId}`, messageId),
  inbox: (personId: string) => ({ pk: `INBOX#${personId}` }),
  unread: (personId: string) => key(`PERSON#${personId}`, 'UNREAD'),
  /** One cause tells one person once. */
  told: (personId: string, cause: string) => key(`TOLD#${personId}#${cause}`, 'TOLD'),
  /** One message to many, on its way chunk by chunk. */
  fanOut: (cause: string) => key(`FANOUT#${cause}`, 'FANOUT'),
};
