const NAMED = 3;

/** `1 cancellation is waiting`, `12 cancellations are waiting`. */
export function waits(count: number): string {
  return count === 1 ? '1 cancellation is waiting' : `${grouped(count)} cancellations are waiting`;
}

/** `: 12 cancellations are waiting`, after what they wait for; nothing if there are none. */
export const andWaits = (count: number): string => (count === 0 ? '' : `: ${waits(count)}`);

/** `billing`, `billing and fraud`, `a, b, c and 4 more`. */
export function listed(names: readonly string[]): string {
  const rest = names.length - NAMED;
  const shown = rest > 0 ? [...names.slice(0, NAMED), `${rest} more`] : names;
  const last = shown.at(-1) ?? '';
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(', ')} and ${last}`;
}

/** ` since 2026-11-29T15:31:24Z`; nothing if the time is not known. */
export const since = (iso: string | null): string =>
  iso === null ? '' : ` since ${iso.replace(/\.\d+Z$/, 'Z')}`;

/** `80 ms`, `1.2 s`, `14 s`. */
export function lasting(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  return `${seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)} s`;
}

/** `1,240`. */
export const grouped = (count: number): string => count.toLocaleString('en-US');
