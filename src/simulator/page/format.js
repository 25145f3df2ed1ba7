/** The local time of day, with milliseconds. */
export function clock(time) {
  const date = new Date(time);
  const [hours, minutes, seconds] = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `${hours}:${minutes}:${seconds}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** Whole milliseconds below ten seconds, seconds from there on. */
export const duration = (ms) =>
  ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 100_000 ? 1 : 0)} s`;

export const shortSid = (sid) => (sid.length > 13 ? `${sid.slice(0, 8)}…` : sid);

/** `updateStream` and `update_stream` become "update stream". */
export const words = (name) =>
  name
    .replaceAll('_', ' ')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase();

/** Puts each tag of a document on its own line. */
export const inLines = (xml) => xml.replaceAll(/>\s*</g, '>\n<');
