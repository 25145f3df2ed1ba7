const twoDigits = (number) => String(number).padStart(2, '0');

export function clock(time) {
  const date = new Date(time);
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits);
  return `${parts.join(':')}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

export function dateAndTime(time) {
  const date = new Date(time);
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())} ${clock(time)}`;
}

/** Whole milliseconds below ten seconds, then seconds, minutes and hours. */
export function duration(ms) {
  if (ms < 10_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Number((ms / 1000).toFixed(ms < 100_000 ? 1 : 0))} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}

/** How long ago, or until when: "just now", "20 s ago", "in 3 min". */
export function ago(time, now = Date.now()) {
  const ms = now - Date.parse(time);
  if (Math.abs(ms) < 2000) return 'just now';
  const seconds = Math.round(Math.abs(ms) / 1000);
  const text = seconds < 10 ? `${seconds} s` : duration(seconds * 1000);
  return ms < 0 ? `in ${text}` : `${text} ago`;
}

export const shortSid = (sid) => (sid.length > 13 ? `${sid.slice(0, 8)}…` : sid);

/** `updateStream` and `update_stream` become "update stream". */
export const words = (name) =>
  name
    .replaceAll('_', ' ')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase();
