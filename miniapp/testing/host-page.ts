import type { Appearance } from '../src/platform/host-protocol.ts';

const appearance: Appearance = {
  statusBarHeight: 44,
  safeBottom: 34,
  fontScale: 1.25,
  dark: true,
  reducedMotion: true,
  language: 'zh',
};

/** The smallest page that plays WeChat: it answers what is asked, as infra's super-app page does with people behind it. */
export const hostPage = (
  opens: string,
  over: Partial<Appearance> = {},
): string => `<!doctype html><meta charset="utf-8"><iframe src="/#/${opens}/index" width="390" height="844"></iframe><script>
  const frame = document.querySelector('iframe');
  window.asked = [];
  const appearance = ${JSON.stringify({ ...appearance, ...over })};
  const answers = {
    hello: () => ({ version: 1, personKey: 'wang', appearance }),
    login: () => ({ code: 'code-1' }),
    scan: () => ({ text: 'https://example.com/' }),
    setShareCard: ({ card }) => { if (card) window.card = card; return {}; },
    setTitle: () => ({}),
    // Whoever pays takes as long as the test likes: its paid() is the tap.
    requestPayment: () => new Promise((resolve) => { window.paid = () => resolve({}); }),
  };
  window.say = (event) => frame.contentWindow.postMessage({ kehou: 1, kind: 'event', event }, location.origin);
  addEventListener('message', async (event) => {
    if (event.source !== frame.contentWindow || event.data?.kind !== 'request') return;
    const { id, method, params } = event.data;
    window.asked.push(method);
    const reply = answers[method]
      ? { kehou: 1, kind: 'response', id, ok: true, result: await answers[method](params) }
      : { kehou: 1, kind: 'response', id, ok: false, error: { code: 'platform.unavailable' } };
    event.source.postMessage(reply, event.origin);
  });
</script>`;
