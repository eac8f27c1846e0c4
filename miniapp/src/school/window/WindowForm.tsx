/** A window's name, hours, classes and note. Once it is published only the hours and the note can still change. */
import { newId } from '@kehou/shared/kernel/id';
import { type Instant, ms } from '@kehou/shared/kernel/time';
import { VALUE_GAP_MINUTES_MIN } from '@kehou/shared/selection/lottery';
import { CLOSE_NOTICE_HOURS, earliestNoticedClose } from '@kehou/shared/selection/rules';
import type { Window } from '@kehou/shared/selection/window';
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { serverNow, serverNowMs } from '../../clock.ts';
import { Button } from '../../components/Button';
import { CheckRow } from '../../components/Choices.tsx';
import { FormFailure, inForm } from '../../components/desk/FormFailure.tsx';
import { gradesText, slotsText } from '../../components/desk/words.ts';
import { Field } from '../../components/Field.tsx';
import { duration, fullMoment } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { SelectInput, TextArea, TextInput } from '../../components/Inputs';
import { ListState } from '../../components/ListState.tsx';
import { Sheet } from '../../components/Sheet.tsx';
import { go } from '../../platform/navigation.ts';
import { useAction, useCallPages } from '../../queries.ts';
import { t as common } from '../../texts/common.ts';
import { t as desks } from '../../texts/desks.ts';
import { t as draws } from '../../texts/draws.ts';
import { t } from '../../texts/school.ts';
import { useSchool } from '../desk.tsx';
import { TermSelect } from '../TermSelect.tsx';
import { useTerm } from '../terms.ts';
import { GradeOpenings } from './GradeOpenings.tsx';
import { LotteryFields } from './LotteryFields.tsx';
import { draftOf, hoursOf, instantOf, latestClose, lotteryOf, problemsOf } from './lottery-form.ts';
import { Moment } from './Moment.tsx';
import { gradeOpeningsOf, openingProblems, openingsDraftOf } from './openings-form.ts';
import { UnderSizeFields } from './UnderSizeFields.tsx';

export interface WindowFormProps {
  readonly window: Window | undefined;
  onClose(): void;
  onSaved?(window: Window): void;
}

const CLASSES_MAX = 80;
/** Minutes that an offered place is kept: what a new window has, and what there is to choose. */
const KEEP_MINUTES = 120;
const KEEP_CHOICES = [30, KEEP_MINUTES, 12 * 60, 24 * 60, 48 * 60];

export function WindowForm({ window, onClose, onSaved }: WindowFormProps) {
  const { schoolId } = useSchool();
  const [windowId] = useState(() => window?.windowId ?? newId('window'));
  const { reading, terms, term: shownTerm, choose } = useTerm(schoolId);
  const term = window ? terms.find((one) => one.termId === window.termId) : shownTerm;
  const [name, setName] = useState(window?.name ?? '');
  const [opens, setOpens] = useState(hoursOf(window?.opensAt));
  const [closes, setCloses] = useState(hoursOf(window?.closesAt));
  const [note, setNote] = useState(window?.note ?? '');
  const [keep, setKeep] = useState(window ? window.waitingList?.offerMinutes : KEEP_MINUTES);
  const [askHours, setAskHours] = useState(window?.underSize?.askHours);
  const [chosen, setChosen] = useState<readonly string[] | undefined>(window?.offeringIds);
  const [lottery, setLottery] = useState(() => draftOf(window));
  const [openings, setOpenings] = useState(() => openingsDraftOf(window));
  const [tried, setTried] = useState(false);
  const offerings = useCallPages(
    'offering',
    'listOfferings',
    { schoolId, termId: term?.termId as NonNullable<typeof term>['termId'], limit: 100 },
    { enabled: term !== undefined },
  );
  const drafting = window === undefined || window.status === 'draft';
  const free = offerings.items.filter((one) => one.status === 'draft' && (one.windowId === undefined || one.windowId === windowId));
  // A new window takes every class that waits for one, until someone unticks it.
  const offeringIds = drafting
    ? (chosen ?? free.map((one) => one.offeringId)).filter((id) => free.some((one) => one.offeringId === id))
    : (window?.offeringIds ?? []);
  const opensAt = instantOf(opens);
  const closesAt = instantOf(closes);
  const running = window?.status === 'open';
  // Wishes are being ranked: what was said of their hours stays.
  const wishing = running && window.lottery !== undefined;
  const noticed = running && earliestNoticedClose(window, serverNow());
  const latest = drafting ? undefined : latestClose(window, closesAt);
  const problems = {
    name: name.trim() === '' ? desks('desks.required') : name.trim().length < 2 ? t('school.window.name.short') : undefined,
    opens: opensAt === undefined ? desks('desks.badDate') : !running && ms(opensAt) <= serverNowMs() ? t('school.window.past') : undefined,
    closes:
      closesAt === undefined
        ? desks('desks.badDate')
        : opensAt && closesAt <= opensAt
          ? t('school.window.closesFirst')
          : ms(closesAt) <= serverNowMs()
            ? t('school.window.past')
            : noticed && ms(closesAt) < ms(noticed)
              ? t('school.window.notice', { when: fullMoment(noticed), hours: CLOSE_NOTICE_HOURS })
              : latest && draws('draws.closes.bad', { when: fullMoment(latest), minutes: VALUE_GAP_MINUTES_MIN }),
    classes:
      offeringIds.length === 0
        ? t('school.window.noClasses')
        : offeringIds.length > CLASSES_MAX
          ? t('school.window.manyClasses', { max: CLASSES_MAX })
          : undefined,
  };
  const firstCome = drafting ? lottery.mode === 'first-come' : window?.lottery === undefined;
  const fine =
    Object.values(problems).every((problem) => problem === undefined) &&
    (!drafting || Object.keys(problemsOf(lottery, closesAt)).length === 0) &&
    (!firstCome || openingProblems(openings, { opensAt, closesAt }).every((problem) => Object.keys(problem).length === 0));
  const save = useAction(
    () => {
      const input = {
        schoolId,
        windowId,
        termId: (window?.termId ?? term?.termId) as NonNullable<typeof term>['termId'],
        name: name.trim(),
        opensAt: opensAt as Instant,
        closesAt: closesAt as Instant,
        offeringIds: [...offeringIds] as Window['offeringIds'],
        ...(note.trim() ? { note: note.trim() } : {}),
        ...(keep === undefined ? {} : { waitingList: { offerMinutes: keep } }),
        ...(askHours === undefined ? {} : { underSize: { askHours } }),
        ...(firstCome && openings.length > 0 ? { gradeOpenings: gradeOpeningsOf(openings) } : {}),
        ...withLottery(drafting ? lotteryOf(lottery) : window?.lottery),
      };
      return window ? api.selection.changeWindow(input) : api.selection.createWindow(input);
    },
    {
      done: window && !drafting ? t('school.window.changed') : common('common.saved'),
      refresh: [['selection'], ['offering']],
      onDone: (saved) => {
        onClose();
        onSaved?.(saved);
      },
      onFailed: inForm,
    },
  );
  const error = (key: keyof typeof problems) => (tried ? problems[key] : undefined);
  return (
    <Sheet
      open
      id="window-form"
      title={window ? t('school.window.edit') : t('school.windows.add')}
      onClose={onClose}
      footer={
        <View className="k-column">
          <FormFailure error={save.error} />
          <Button
            kind="primary"
            block
            id="window-save"
            running={save.running}
            onTap={() => {
              setTried(true);
              if (fine) save.run(undefined);
            }}
          >
            {window ? common('common.save') : t('school.window.saveDraft')}
          </Button>
        </View>
      }
    >
      <ListState
        of={reading}
        empty={term === undefined}
        emptyText={t('school.classes.noTerm')}
        emptyHint={t('school.classes.noTerm.hint')}
        emptyAction={
          <Button kind="primary" onTap={() => go('school/calendar')}>
            {t('school.term.add')}
          </Button>
        }
      >
        <View className="k-column k-column--wide">
          {drafting ? null : (
            <View className="k-notice k-notice--attention">
              <Icon name="info" />
              <Text>{t(wishing ? 'school.window.limited.wishing' : running ? 'school.window.limited.open' : 'school.window.limited')}</Text>
            </View>
          )}
          {window ? null : <TermSelect terms={terms} term={term} onChange={choose} />}
          <Field label={t('school.window.name')} error={error('name')}>
            <TextInput
              id="window-name"
              value={name}
              lengthMax={40}
              disabled={!drafting}
              placeholder={t('school.window.name.example')}
              invalid={error('name') !== undefined}
              onChange={setName}
            />
          </Field>
          <Moment
            id="window-opens"
            label={t('school.window.opens')}
            value={opens}
            disabled={running}
            error={error('opens')}
            onChange={setOpens}
          />
          <Moment
            id="window-closes"
            label={t('school.window.closes')}
            value={closes}
            disabled={wishing}
            error={error('closes')}
            onChange={setCloses}
          />
          {drafting ? <LotteryFields draft={lottery} closesAt={closesAt} tried={tried} onChange={setLottery} /> : null}
          {firstCome ? (
            <GradeOpenings drafts={openings} opens={opens} opensAt={opensAt} closesAt={closesAt} tried={tried} onChange={setOpenings} />
          ) : null}
          <Field label={t('school.window.note')} optional hint={t('school.window.note.hint')}>
            <TextArea id="window-note" value={note} lengthMax={300} onChange={setNote} />
          </Field>
          {drafting ? <WaitingList keep={keep} onChange={setKeep} /> : null}
          {drafting ? <UnderSizeFields hours={askHours} onChange={setAskHours} /> : null}
          {drafting ? (
            <Field label={t('school.window.choose', { count: offeringIds.length })} error={error('classes')}>
              <ListState
                of={offerings}
                empty={free.length === 0}
                emptyText={t('school.window.noFree')}
                emptyHint={t('school.window.noFree.hint')}
                skeletonHeight={52}
              >
                <View className="k-list">
                  {free.map((one) => (
                    <CheckRow
                      key={one.offeringId}
                      id={`window-class-${one.offeringId}`}
                      on={offeringIds.includes(one.offeringId)}
                      label={one.courseName}
                      hint={`${one.instructorName} · ${slotsText(one.slots)} · ${gradesText(one.grades)}`}
                      onChange={(on) =>
                        setChosen(on ? [...offeringIds, one.offeringId] : offeringIds.filter((id) => id !== one.offeringId))
                      }
                    />
                  ))}
                </View>
              </ListState>
            </Field>
          ) : null}
        </View>
      </ListState>
    </Sheet>
  );
}

interface WaitingListProps {
  /** Minutes; `undefined`: no waiting list. */
  readonly keep: number | undefined;
  onChange(keep: number | undefined): void;
}

function WaitingList({ keep, onChange }: WaitingListProps) {
  const choices = keep === undefined || KEEP_CHOICES.includes(keep) ? KEEP_CHOICES : [...KEEP_CHOICES, keep].sort((a, b) => a - b);
  return (
    <View className="k-column">
      <View className="k-list">
        <CheckRow
          id="window-waiting"
          on={keep !== undefined}
          label={t('school.window.waiting')}
          hint={t('school.window.waiting.hint')}
          onChange={(on) => onChange(on ? KEEP_MINUTES : undefined)}
        />
      </View>
      {keep === undefined ? null : (
        <Field label={t('school.window.waiting.keep')}>
          <SelectInput
            id="window-keep"
            label={t('school.window.waiting.keep')}
            value={String(keep)}
            options={choices.map((minutes) => ({ value: String(minutes), label: duration(minutes) }))}
            onChange={(minutes) => onChange(Number(minutes))}
          />
        </Field>
      )}
    </View>
  );
}

const withLottery = (lottery: Window['lottery']): Pick<Window, 'lottery'> => (lottery ? { lottery } : {});
