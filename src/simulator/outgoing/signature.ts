import { createHmac } from 'node:crypto';

/**
 * The value of `X-SignalWire-Signature` for a form request: base64 of HMAC-SHA1 over the URL with its query and
 * the parameters, sorted by name, each as name and value with nothing between. A GET has its parameters in the
 * URL and none here.
 *
 * Source: `WebhookValidator` of SignalWire's SDKs ("scheme B").
 */
export function signForm(key: string, url: string, params: Readonly<Record<string, string>>): string {
  const message = Object.keys(params)
    .toSorted()
    .reduce((text, name) => text + name + params[name], url);
  return createHmac('sha1', key).update(message).digest('base64');
}
