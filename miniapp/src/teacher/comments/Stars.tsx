import { View } from '@tarojs/components';
import { Icon } from '../../components/Icon.tsx';
import { Tap } from '../../components/Tap';
import { t } from '../../texts/teacher.ts';

const all = [1, 2, 3, 4, 5] as const;

/** Five stars: to read, or with `onChange` to choose from. */
export function Stars({ value, onChange }: { readonly value: number; readonly onChange?: (value: number) => void }) {
  return (
    <View
      className={`t-stars${onChange ? ' t-stars--choose' : ''}`}
      {...(process.env.TARO_ENV === 'h5'
        ? { role: onChange ? 'radiogroup' : 'img', 'aria-label': t('teacher.comments.star', { count: value }) }
        : {})}
    >
      {all.map((star) => {
        const className = `t-stars__one${star <= value ? ' t-stars__one--on' : ''}`;
        return onChange ? (
          <Tap
            key={star}
            role="radio"
            id={`star-${star}`}
            selected={star === value}
            className={className}
            label={t('teacher.comments.star', { count: star })}
            onTap={() => onChange(star)}
          >
            <Icon name="star" size={1.75} />
          </Tap>
        ) : (
          <View key={star} className={className}>
            <Icon name="star" size={0.9} />
          </View>
        );
      })}
    </View>
  );
}
