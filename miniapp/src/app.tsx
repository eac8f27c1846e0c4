import { QueryClientProvider } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { config } from 'zod';
import { renewSessionWhenDue } from './api.ts';
import { boot } from './boot.ts';
import { platform } from './platform/current';
import { back, canGoBack, openPath } from './platform/navigation.ts';
import { followFocus, queryClient } from './queries.ts';
import './theme/theme.scss';
import './theme/nutui.scss';
import './theme/layout.scss';
import './theme/forms.scss';

const RENEW_CHECK_MS = 60_000;

// WeChat has no `eval`, which zod's compiled parsers need.
config({ jitless: true });

boot().catch((error: unknown) => console.error(error));
followFocus();
platform.onHostMessage((message) => {
  if (message.name === 'open') openPath(message.path);
  if (message.name === 'show') renewSessionWhenDue();
  // On the first page of all the phone's own gesture leaves the app, which is not the app's to do.
  if (message.name === 'back' && canGoBack()) back();
});
setInterval(renewSessionWhenDue, RENEW_CHECK_MS);

export default function App({ children }: { readonly children?: ReactNode }) {
  return <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>;
}
