/** What each `failure.code` means; `none` is that of a failure without a code. */
export const REASONS = {
  not_confirmed: 'SignalWire accepted it but never fetched the document',
  rejected: 'SignalWire refused it',
  unauthorized: 'SignalWire refused the credentials',
  call_not_found: 'SignalWire knows no such call',
  rate_limited: 'SignalWire limited the rate',
  provider_error: 'SignalWire had an error',
  timeout: 'SignalWire did not answer in time',
  unreachable: 'SignalWire could not be reached',
  invalid_response: 'SignalWire gave an unusable answer',
  poisoned: 'Its worker crashed three times',
  none: 'Never sent before the deadline',
};

/** What the state of a project means. */
export const STATES = {
  throttled: REASONS.rate_limited,
  unauthorized: REASONS.unauthorized,
  unavailable: 'SignalWire fails or does not answer',
  undelivered: 'SignalWire does not fetch stop documents',
};

/** Why a cancellation waits. */
export const WAITS = {
  ...STATES,
  call: 'another stop of its call comes first',
  report: 'another stop of its call comes first',
  answer: 'its call is not known or answered',
  rate: 'its project is at its rate limit',
  delivery: 'SignalWire has fetched no document lately',
  paused: 'sending is paused',
  configuration: 'its project is not configured',
};

/** Why a retry would probably fail again. */
export const HOPELESS = {
  rejected: 'A retry is probably refused, too',
  unauthorized: 'Correct the credentials first',
  call_not_found: 'A retry probably fails, too',
  poisoned: 'Find the cause in the log first',
};

export const codeOf = ({ failure }) => failure?.code ?? 'none';

/** Why a cancellation came to nothing, in words of ours and in those of SignalWire or the service. */
export const reasonOf = (one) => [
  REASONS[codeOf(one)],
  one.failure?.message.replace(/ (before|until) the deadline$/, ''),
];

/** Those that failed or expired by their codes, most first. */
export function byCode(items) {
  const groups = new Map();
  for (const one of items.filter(({ failure }) => failure))
    groups.set(codeOf(one), [...(groups.get(codeOf(one)) ?? []), one]);
  return [...groups].toSorted(([, some], [, others]) => others.length - some.length);
}

/** What to know before these, and perhaps `more`, are retried. */
export function retryNotes(items, more) {
  if (items.length === 0) return [];
  const seconds = items.map(({ deadlineMs }) => deadlineMs / 1000);
  const lengths = [...new Set([Math.min(...seconds), Math.max(...seconds)])];
  return [
    ...byCode(items)
      .filter(([code]) => HOPELESS[code])
      .map(([code, { length }]) => `${length}${more} ${REASONS[code]}. ${HOPELESS[code]}.`),
    `Each keeps the length of its deadline: ${lengths.join(' to ')} s.`,
  ];
}
