import { STOP_STREAM_PATH } from '../links/stop-links.js';

/** Removes from a text what nobody may read in a log, an attempt or a failure. */
export type Redact = (text: string) => string;

/** Matches `text` as it is, with escaped slashes as in some JSON, or URL-encoded, any number of times. */
const inAnyEncoding = (text: string): string =>
  text.replaceAll(
    /[^\w-]/g,
    (character) => `(?:\\\\{0,7}\\${character}|%(?:25)*${character.charCodeAt(0).toString(16)})`,
  );

const SIGNED_LINK = new RegExp(
  `${inAnyEncoding(`${STOP_STREAM_PATH}/`)}(?:[\\w-]|${inAnyEncoding('.')})+`,
  'gi',
);

/** Removes links and `secrets` that SignalWire, or whoever answers in its place, may have copied from our request. */
export function redactor(secrets: readonly string[]): Redact {
  const patterns = secrets.map((secret) => new RegExp(inAnyEncoding(secret), 'gi'));
  return (text) =>
    patterns.reduce(
      (redacted, pattern) => redacted.replaceAll(pattern, '(secret)'),
      text.replaceAll(SIGNED_LINK, `${STOP_STREAM_PATH}/(token)`),
    );
}
