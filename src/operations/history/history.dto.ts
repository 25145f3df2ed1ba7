import { ApiProperty } from '@nestjs/swagger';
import { INTERVAL_MS } from './sample.js';
import type { Sample } from './sample.js';

const COUNT = { type: 'integer', minimum: 0 } as const;
const DURATION = { type: Number, nullable: true } as const;

class SampledOutcomes {
  @ApiProperty({ ...COUNT, description: 'how many succeeded' })
  readonly succeeded: number;

  @ApiProperty({ ...COUNT, description: 'how many failed' })
  readonly failed: number;

  @ApiProperty({ ...COUNT, description: 'how many expired' })
  readonly expired: number;

  @ApiProperty({ ...COUNT, description: 'how many had been withdrawn; they end when a worker comes to them' })
  readonly withdrawn: number;
}

class SampledTimeToStop {
  @ApiProperty({
    ...COUNT,
    description:
      'how many of those that succeeded had their document fetched, or their stream reported as stopped, or said to be so in an answer of ' +
      'SignalWire; an estimate where more than 200 succeeded',
  })
  readonly count: number;

  @ApiProperty({ ...DURATION, description: 'half of them took no longer; null if there are none' })
  readonly p50Ms: number | null;

  @ApiProperty({ ...DURATION, description: '99 % of them took no longer; null if there are none' })
  readonly p99Ms: number | null;
}

/** The queue at the end of an interval, and what ended in it. */
export class QueueSample {
  @ApiProperty({ type: String, format: 'date-time', description: 'the end of the interval' })
  readonly at: string;

  @ApiProperty({ ...COUNT, description: 'jobs that were ready for a worker' })
  readonly waiting: number;

  @ApiProperty({ ...COUNT, description: 'jobs that waited: for a retry, their call or their project' })
  readonly delayed: number;

  @ApiProperty({ ...COUNT, description: 'jobs that a worker had in its hands' })
  readonly active: number;

  @ApiProperty({
    ...DURATION,
    description: 'how long the oldest job that was ready had waited; null if none was',
  })
  readonly oldestReadyAgeMs: number | null;

  @ApiProperty({ description: 'what ended in the interval' })
  readonly outcomes: SampledOutcomes;

  @ApiProperty({
    description:
      'from acceptance to the fetch of the document, or to the end of the stream as SignalWire told it',
  })
  readonly timeToStop: SampledTimeToStop;
}

/** The last 15 minutes of the queue. */
export class QueueHistory {
  @ApiProperty({ type: 'integer', enum: [INTERVAL_MS], description: 'the length of an interval' })
  readonly intervalMs: number;

  @ApiProperty({
    type: [QueueSample],
    description:
      'the oldest first; an interval without a sample, for example while Redis was away, is missing',
  })
  readonly samples: readonly QueueSample[];
}

export const historyViewOf = (samples: readonly Sample[]): QueueHistory => ({
  intervalMs: INTERVAL_MS,
  samples: samples.map(({ at, waiting, delayed, active, oldestReadyAgeMs, outcomes, timeToStop }) => ({
    at: new Date(at).toISOString(),
    waiting,
    delayed,
    active,
    oldestReadyAgeMs,
    outcomes,
    timeToStop: { count: timeToStop.count, p50Ms: timeToStop.p50Ms, p99Ms: timeToStop.p99Ms },
  })),
});
