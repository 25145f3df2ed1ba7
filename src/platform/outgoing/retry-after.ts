const DAY_MS = 86_400_000;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MONTH = `(?<month>${MONTHS.join('|')})`;
const TIME = String.raw`(?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2})`;
const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const WHOLE_DAY = '(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day';

/** The form that senders use, and the two obsolete ones that a recipient must accept (RFC 9110 §5.6.7). */
const HTTP_DATES = [
  String.raw`${DAY}, (?<day>\d{2}) ${MONTH} (?<year>\d{4}) ${TIME} GMT`,
  String.raw`${WHOLE_DAY}, (?<day>\d{2})-${MONTH}-(?<year>\d{2}) ${TIME} GMT`,
  String.raw`${DAY} ${MONTH} (?<day>\d{2}| \d) ${TIME} (?<year>\d{4})`,
].map((form) => new RegExp(`^${form}$`));

/**
 * When an answer was sent, by the clock of its sender.
 *
 * @param header the answer's `Date`
 * @param now epoch milliseconds, for an answer without a valid one
 */
export const sentAt = (header: unknown, now: number): number => dateIn(header, now) ?? now;

/**
 * @param now epoch milliseconds, to tell the century of an obsolete form
 * @returns epoch milliseconds; null for a header that is missing or malformed
 */
export const dateIn = (header: unknown, now: number): number | null =>
  typeof header === 'string' ? httpDate(header.trim(), now) : null;

/**
 * How long the header `Retry-After` asks to wait (RFC 9110 §10.2.3): whole seconds, or a date.
 *
 * @param header the value as received
 * @param now epoch milliseconds by the clock of whoever sent it (`sentAt`), because a date is one of its times
 * @returns milliseconds, from 0 to one day; null for a header that is missing or malformed
 */
export function retryAfterMs(header: unknown, now: number): number | null {
  if (typeof header !== 'string') return null;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, DAY_MS);
  const date = httpDate(text, now);
  return date === null ? null : Math.min(Math.max(date - now, 0), DAY_MS);
}

/** Epoch milliseconds; null for any other form, and for a date that does not exist, such as 31 February. */
function httpDate(text: string, now: number): number | null {
  const parts = HTTP_DATES.map((form) => form.exec(text)?.groups).find((groups) => groups !== undefined);
  if (parts === undefined) return null;
  const { day = '', month = '', year = '', hour = '', minute = '', second = '' } = parts;
  const midnight = new Date(0);
  midnight.setUTCFullYear(
    year.length === 2 ? fullYear(Number(year), now) : Number(year),
    MONTHS.indexOf(month),
    Number(day),
  );
  // 60 is a leap second.
  const isTime = Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60;
  if (!isTime || midnight.getUTCDate() !== Number(day)) return null;
  return midnight.getTime() + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000;
}

/** A year of two digits is at most 50 years ahead (RFC 9110 §5.6.7). */
function fullYear(twoDigits: number, now: number): number {
  const latest = new Date(now).getUTCFullYear() + 50;
  return latest - ((latest - twoDigits) % 100);
}
