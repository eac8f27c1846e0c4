/** In the place of a selection that the server says it has not: withdrawn while it was looked at, or never there. */
import { Button } from '../components/Button';
import { Empty } from '../components/ListState.tsx';
import { failureOf } from '../failure.ts';
import { restart } from '../platform/navigation.ts';
import { t } from '../texts/parent.ts';

export interface GoneProps {
  /** A refusal, as `isRefusal` says. */
  readonly error: unknown;
  /** It was on the screen before. */
  readonly wasThere: boolean;
}

export function Gone({ error, wasThere }: GoneProps) {
  const { code, message } = failureOf(error);
  const isMissing = code === 'request.not_found';
  return (
    <Empty
      icon="alert"
      text={isMissing ? t(wasThere ? 'parent.gone.withdrawn' : 'parent.gone.none') : message}
      {...(isMissing ? { hint: t(wasThere ? 'parent.gone.withdrawn.hint' : 'parent.gone.none.hint') } : {})}
      action={
        <Button kind="primary" id="gone-home" onTap={() => restart('parent/home')}>
          {t('parent.gone.home')}
        </Button>
      }
    />
  );
}
