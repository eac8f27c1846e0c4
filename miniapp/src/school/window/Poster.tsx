/** A poster of a link: school, window, hours, how places are given, and the mini-program code; drawn here, saved as a picture. */
import type { ShareLinkShown } from '@kehou/shared/selection/share';
import type { Window } from '@kehou/shared/selection/window';
import { Image, View } from '@tarojs/components';
import { useState } from 'react';
import { serverNow } from '../../clock.ts';
import { Button } from '../../components/Button';
import { ListState } from '../../components/ListState.tsx';
import { modeSentences } from '../../components/ModeWords.tsx';
import { pictureWords } from '../../components/window-picture.ts';
import { platform } from '../../platform/current';
import { Picture } from '../../platform/picture';
import { useAction, useCall } from '../../queries.ts';
import { t } from '../../texts/school.ts';
import { drawPoster, POSTER_HEIGHT, POSTER_WIDTH } from './poster-drawing.ts';

const FOREVER_MS = 3_600_000;

export function Poster({ window, link, onBack }: { readonly window: Window; readonly link: ShareLinkShown; onBack(): void }) {
  const { schoolId, shareLinkId } = link;
  const code = useCall('selection', 'getShareCode', { schoolId, shareLinkId }, { staleMs: FOREVER_MS });
  const [url, setUrl] = useState<string>();
  const save = useAction(() => platform.saveImage(url ?? '', t('school.poster.file', { name: link.name })), {
    done: t('school.poster.saved'),
  });
  const words = { ...pictureWords(window, serverNow()), sentences: modeSentences(window), scan: t('school.poster.scan') };
  return (
    <View className="s-share">
      <ListState of={code} skeletonRows={1} skeletonHeight={420}>
        {() => (
          <>
            <Picture
              width={POSTER_WIDTH}
              height={POSTER_HEIGHT}
              of={shareLinkId}
              draw={async (pen, load) => drawPoster(pen, words, await load(`data:image/png;base64,${code.data?.png ?? ''}`))}
              onDrawn={setUrl}
            />
            {url ? (
              <View id="share-poster" className="s-poster">
                <Image
                  className="s-poster__image"
                  src={url}
                  mode="aspectFit"
                  {...(process.env.TARO_ENV === 'h5' ? { 'aria-label': t('school.poster.title'), role: 'img' } : {})}
                />
              </View>
            ) : null}
          </>
        )}
      </ListState>
      <View className="k-buttons s-share__buttons">
        <Button kind="plain" id="poster-back" onTap={onBack}>
          {t('school.poster.back')}
        </Button>
        <Button kind="primary" icon="download" id="poster-save" running={save.running} disabled={!url} onTap={() => save.run(undefined)}>
          {t('school.poster.save')}
        </Button>
      </View>
    </View>
  );
}
