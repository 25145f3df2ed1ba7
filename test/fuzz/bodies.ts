import * as fc from 'fast-check';

/** Long names, and characters that XML or UTF-8 cannot carry. */
const text = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    '\uD800',
    '\uFFFE',
    'all',
    '__proto__',
    'https://example.com',
    'x'.repeat(256),
  ),
  fc.constantFrom(1, 64, 65, 256, 257, 5000).map((length) => '🎉'.repeat(length)),
);

const wrong = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.constantFrom(0, -1, 1e308, 999, 1000, 86_400_000, 86_400_001, 1.5, Number.MAX_SAFE_INTEGER),
  text,
  fc.jsonValue({ maxDepth: 4 }),
);

const verb = fc.oneof(
  fc.dictionary(
    fc.constantFrom('say', 'play', 'pause', 'redirect', 'dial', 'enqueue', 'hangup', 'method', 'action', 'x'),
    wrong,
    { maxKeys: 3 },
  ),
  fc.constantFrom(
    { say: 'Stopping stream' },
    { pause: 1 },
    { hangup: true },
    { redirect: 'https://example.com' },
  ),
);

const sid = fc.oneof(fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), wrong);

/** Near the body of `POST /cancellations`: each field right, wrong or missing, and sometimes an unknown one. */
const cancellation = fc.record(
  {
    callSid: sid,
    streamName: fc.oneof(text, wrong),
    streamSid: sid,
    streamNames: fc.oneof(fc.constant('all'), fc.array(text, { maxLength: 22 }), wrong),
    strategy: fc.oneof(fc.constantFrom('auto', 'update_call', 'stream_resource'), wrong),
    project: fc.oneof(fc.constantFrom('default', 'other'), wrong),
    then: fc.oneof(fc.array(verb, { maxLength: 5 }), wrong),
    template: wrong,
    documentUrl: wrong,
    deadlineMs: fc.oneof(fc.constant(1000), wrong),
    unknown: wrong,
  },
  { requiredKeys: [] },
);

const likely = fc.record(
  { callSid: fc.stringMatching(/^[a-z0-9]{8}$/), streamName: text },
  { requiredKeys: ['callSid'] },
);

const batch = fc.record({
  cancellations: fc.oneof(fc.array(fc.oneof(likely, cancellation, wrong), { maxLength: 8 }), wrong),
});

/** JSON of the right, a near or any form, and text that is almost JSON. */
export const jsonBody: fc.Arbitrary<Buffer> = fc
  .oneof(
    fc.oneof(likely, cancellation, batch, wrong).map((value) => JSON.stringify(value)),
    fc.tuple(likely, text).map(([one, name]) => {
      const json = JSON.stringify(one);
      return `${json.slice(0, -1)},${JSON.stringify('callSid')}:${JSON.stringify(name)}}`;
    }),
    fc.constantFrom('[', '{').chain((open) => fc.nat(3000).map((depth) => open.repeat(depth))),
    fc.constantFrom(
      '1e999',
      '-0',
      'NaN',
      "{'a':1}",
      '{"a":1,}',
      '\uFEFF{}',
      '"\\ud800"',
      '{"callSid":1e400}',
      '9'.repeat(400),
    ),
  )
  .map((json) => Buffer.from(json));

const right = fc.record({
  callSid: fc.stringMatching(/^[a-z0-9]{8}$/),
  streamName: fc.stringMatching(/^[a-z ]{1,20}$/),
  deadlineMs: fc.constant(1000),
});

const inJson = (value: fc.Arbitrary<unknown>): fc.Arbitrary<Buffer> =>
  value.map((body) => Buffer.from(JSON.stringify(body)));

const bulk = fc.oneof(
  fc.constant({ all: true, dryRun: true }),
  fc.record({
    status: fc.subarray(['queued', 'retrying', 'failed', 'expired', 'withdrawn']),
    callSid: fc.stringMatching(/^[a-z0-9]{8}$/),
  }),
);

const project = fc.record({ project: fc.constant('default') });

/** By the path of a POST, bodies that it accepts. */
export const rightBodies: Readonly<Record<string, fc.Arbitrary<Buffer>>> = {
  '/cancellations': inJson(
    fc.oneof(
      right,
      right.map((one) => ({ ...one, streamNames: ['a', 'b'], streamName: null })),
    ),
  ),
  '/cancellations/batch': inJson(
    fc.record({ cancellations: fc.array(fc.oneof(right, cancellation), { minLength: 1, maxLength: 5 }) }),
  ),
  '/cancellations/withdraw': inJson(bulk),
  '/cancellations/retry': inJson(bulk),
  '/queue/pause': inJson(project),
  '/queue/resume': inJson(project),
};
