/** Bytes as text. Not `z.base64()`: that asks for `atob`, which WeChat has not, and refuses everything there. */
import * as z from 'zod';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export const Base64 = z.string().regex(BASE64).meta({ format: 'base64' });
