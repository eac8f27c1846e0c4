import { newId } from '@kehou/shared/kernel/id';
import type { Room } from '@kehou/shared/school/school';
import { View } from '@tarojs/components';
import { useMemo, useState } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { type Column, DataTable } from '../../components/DataTable';
import { inForm } from '../../components/desk/FormFailure.tsx';
import { FormSheet } from '../../components/desk/FormSheet.tsx';
import { Field } from '../../components/Field.tsx';
import { TextInput } from '../../components/Inputs';
import { useAction, useCall } from '../../queries.ts';
import { t as common } from '../../texts/common.ts';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/school.ts';
import { useSchool } from '../desk.tsx';

const CAPACITY_MAX = 2000;

const columns = (): readonly Column<Room>[] => [
  { key: 'name', title: t('school.room.name'), value: (row) => row.name, head: true },
  { key: 'capacity', title: t('school.room.capacity'), align: 'end', value: (row) => row.capacity },
];

export function Rooms() {
  const { schoolId } = useSchool();
  const rooms = useCall('school', 'listRooms', { schoolId });
  const [open, setOpen] = useState<Room | 'new'>();
  const shown = useMemo(columns, []);
  const add = (
    <Button kind="tint" icon="plus" id="room-add" onTap={() => setOpen('new')}>
      {t('school.room.add')}
    </Button>
  );
  return (
    <>
      <DataTable
        name={t('school.calendar.tab.rooms')}
        columns={shown}
        rows={rooms.data?.items ?? []}
        keyOf={(row) => row.roomId}
        of={rooms}
        tools={rooms.data && rooms.data.items.length > 0 ? add : undefined}
        emptyText={t('school.room.none')}
        emptyAction={add}
        onOpen={setOpen}
      />
      {open ? <Form room={open === 'new' ? undefined : open} onClose={() => setOpen(undefined)} /> : null}
    </>
  );
}

function Form({ room, onClose }: { readonly room: Room | undefined; onClose(): void }) {
  const { schoolId } = useSchool();
  const [roomId] = useState(() => room?.roomId ?? newId('room'));
  const [name, setName] = useState(room?.name ?? '');
  const [capacity, setCapacity] = useState(room ? String(room.capacity) : '');
  const [tried, setTried] = useState(false);
  const people = /^\d{1,4}$/.test(capacity.trim()) ? Number(capacity) : 0;
  const badName = name.trim() === '';
  const badCapacity = people < 1 || people > CAPACITY_MAX;
  const save = useAction(() => api.school.putRoom({ schoolId, roomId, name: name.trim(), capacity: people }), {
    done: common('common.saved'),
    refresh: [['school', 'listRooms']],
    onDone: onClose,
    onFailed: inForm,
  });
  return (
    <FormSheet
      id="room"
      title={room ? t('school.room.edit') : t('school.room.add')}
      words={common('common.save')}
      save={save}
      onSave={() => {
        setTried(true);
        if (!badName && !badCapacity) save.run(undefined);
      }}
      onClose={onClose}
    >
      <View className="k-form-grid">
        <Field label={t('school.room.name')} error={tried && badName ? desks('desks.required') : undefined}>
          <TextInput id="room-name" value={name} lengthMax={30} invalid={tried && badName} onChange={setName} />
        </Field>
        <Field
          label={t('school.room.capacity')}
          hint={t('school.room.capacity.hint')}
          error={tried && badCapacity ? desks('desks.badNumber', { min: 1, max: CAPACITY_MAX }) : undefined}
        >
          <TextInput
            id="room-capacity"
            kind="number"
            value={capacity}
            lengthMax={4}
            invalid={tried && badCapacity}
            onChange={setCapacity}
          />
        </Field>
      </View>
    </FormSheet>
  );
}
