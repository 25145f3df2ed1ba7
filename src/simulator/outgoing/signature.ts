import { createHmac } from 'node:crypto';

/**
 * The `X-SignalWire-Signature` of a form request: base64 of HMAC-SHA1 over the URL, including its query, followed by
 * the name and value of each parameter, sorted by name, without separators. A GET has its parameters in the URL; pass
 * `{}`.
 *
 * Source: `WebhookValidator` of SignalWire's SDKs ("scheme B").
 */
export function signForm(key: string, url: string, params: Readonly<Record<string, string>>): string {
  const message = Object.keys(params)
    .toSorted()
    .reduce((text, name) => text + name + params[name], url);
  return createHmac('sha1', key).update(message).digest('base64');
}
