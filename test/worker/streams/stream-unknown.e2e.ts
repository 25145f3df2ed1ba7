import { expect, it } from 'vitest';
import { streamsSuite, STAY } from './fixtures/streams.js';

const suite = streamsSuite();
const { api, finished, withKnownStreams, withStream } = suite;

const codesOf = ({ warnings }: { warnings: readonly { code: string }[] }) => warnings.map(({ code }) => code);

it('a name that no callback has reported is warned of, in the answer and in the record', async () => {
  const callSid = await withKnownStreams(['agent', 'caller']);
  const accepted = await api().create({ callSid, streamName: 'callers', then: STAY });
  const end = await finished(accepted.id);
  for (const one of [accepted, end])
    expect(one.warnings.find(({ code }) => code === 'stream_unknown')?.message).toContain(
      '"agent", "caller"',
    );
  expect(end).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
});

it('several names are looked at one by one', async () => {
  const callSid = await withKnownStreams(['agent']);
  const response = await api().post({ callSid, streamNames: ['agent', 'other'] });
  const { items } = (await response.json()) as { items: { warnings: { code: string }[] }[] };
  expect(items.map((item) => codesOf(item).includes('stream_unknown'))).toEqual([false, true]);
});

it('a name is not warned of where no callback has reported a stream of the call', async () => {
  const accepted = await api().create({ callSid: withStream(), streamName: 'other', then: STAY });
  expect(codesOf(accepted)).not.toContain('stream_unknown');
});
