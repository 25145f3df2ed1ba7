/** The fields of a `statusCallback`, https://signalwire.com/docs/compatibility-api/cxml/voice/stream. */
const DOCUMENTED: ReadonlySet<string> = new Set([
  'AccountSid',
  'CallSid',
  'ConferenceSid',
  'StreamSid',
  'StreamName',
  'StreamTrack',
  'StreamEvent',
  'StreamError',
  'Timestamp',
  'Unique-ID',
]);

/**
 * Why a rightly signed form may not be what SignalWire sent; null if it is. A signature covers names and values as one
 * text without separators, so whoever has seen a callback can split that text into other fields. It can be split in one
 * way only if every name is a documented one, none comes twice, and no value contains one.
 */
export function ambiguityIn(form: URLSearchParams): string | null {
  const names = [...form.keys()];
  const unknown = names.find((name) => !DOCUMENTED.has(name));
  if (unknown !== undefined) return 'it has a field that is not documented';
  if (new Set(names).size < names.length) return 'it has a field twice';
  return [...form.values()].some(containsName) ? 'a value contains the name of a field' : null;
}

const containsName = (value: string): boolean => [...DOCUMENTED].some((name) => value.includes(name));
