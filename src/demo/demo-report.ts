import { styleText } from 'node:util';
import type { Cancellation } from '../api/cancellation.js';
import type { CallView } from '../simulator/calls/call-view.js';
import type { ProvidedRedis } from './redis/provide-redis.js';
import { hidePassword } from './redis/redis-url.js';
import { timelineOf } from './timeline.js';

/** Fits into a terminal of 100 columns. */
const MAX_VALUE_LENGTH = 76;

/** The texts that the demo prints. */
export const report = {
  start(): string {
    return lines(
      styleText('bold', 'streamstop stops a media stream on a live call'),
      styleText('dim', '   Starting Redis; the first time, it may have to be downloaded'),
    );
  },

  redis({ url, description }: ProvidedRedis): string {
    return field('Redis', `${hidePassword(url)} (${description})`, 10);
  },

  parts(parts: { simulator: string; api: string; documents: string }): string {
    return lines(
      field('simulator', `${parts.simulator}, in place of SignalWire`, 10),
      field('service', `${parts.api}, documents on ${parts.documents}`, 10),
    );
  },

  call({ sid, status, streams }: CallView): string {
    const names = streams.map(({ name }) => `"${name}"`).join(', ');
    return lines('', `A call is live: ${sid}, ${status}, with the stream ${names}`);
  },

  request(body: string, answer: Response): string {
    return lines(
      title(1, 'An internal service asks for the stop'),
      indented('POST /cancellations'),
      field('Authorization', 'Bearer (not shown)', 15),
      indented(body),
      good(`${answer.status} ${answer.statusText}, Location: ${answer.headers.get('location')}`),
    );
  },

  update({ updates }: CallView): string {
    const update = updates.at(-1);
    return lines(
      title(2, 'The worker sends Update a Call, as SignalWire received it'),
      indented(`POST ${update?.path}`),
      field('Authorization', 'Basic (not shown)', 15),
      ...Object.entries(update?.params ?? {}).map(([name, value]) => field(name, shortened(value), 15)),
      good(`${update?.status}`),
    );
  },

  document({ fetches }: CallView): string {
    const fetched = fetches.at(-1);
    return lines(
      title(3, `SignalWire fetches the stop document: ${fetched?.status}, ${fetched?.contentType}`),
      indented(fetched?.body ?? ''),
    );
  },

  timeline(cancellation: Cancellation, call: CallView): string {
    return lines(
      title(4, 'The timeline, in ms from acceptance (a cold process; see docs/benchmarks.md for a warm one)'),
      ...timelineOf(cancellation, call).map(({ name, ms }) => `${String(ms).padStart(6)}  ${name}`),
    );
  },

  result({ id, status, evidence, attempts }: Cancellation): string {
    return lines(
      title(5, 'What the internal service can read'),
      indented(`GET /cancellations/${id}`),
      good(`status ${status}, evidence ${evidence}, attempts ${attempts.length}`),
    );
  },

  end({ status }: CallView): string {
    return lines(
      '',
      `The call is ${status}: \`then\` ends in a pause. After the guide's own document, whose last verb is`,
      '<Say>, SignalWire would hang up.',
      `Next: ${styleText('bold', 'docker compose up')}, and README.md`,
    );
  },
};

const lines = (...all: string[]): string => all.join('\n');
const indented = (text: string): string => `   ${text}`;
const title = (number: number, text: string): string => `\n${styleText('bold', `${number}. ${text}`)}`;
const good = (text: string): string => indented(styleText('green', text));
const field = (name: string, value: string, width: number): string =>
  indented(`${styleText('dim', name.padEnd(width))} ${value}`);

function shortened(text: string): string {
  return text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH - 3)}...` : text;
}
