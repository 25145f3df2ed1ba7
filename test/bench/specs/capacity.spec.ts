import { describe, expect, it } from 'vitest';
import { cellsOf } from '../../demo/fixtures/table-cells.js';
import { costsOfBoth, costsOfEach } from '../capacity/costs.js';
import type { Costs } from '../capacity/costs.js';
import { costsSection, examplesSection } from '../capacity/page.js';
import type { CapacityResult } from '../capacity/page.js';
import { planFor } from '../capacity/plan.js';
import type { Each, Plan } from '../capacity/plan.js';

const costs = (factor: number): Costs => ({
  cpuUs: { api: 500 * factor, worker: 800 * factor, documents: 200 * factor, redis: 250 * factor },
  commands: 70 * factor,
  toRedisBytes: 9000 * factor,
  fromRedisBytes: 3000 * factor,
});

describe('the costs of a cancellation', () => {
  it('are the growth of what was used, divided by their number', () => {
    expect(costsOfEach(costs(10), costs(30), 20)).toEqual(costs(1));
  });

  it('are those of all steps together', () => {
    expect(costsOfBoth(costs(1), costs(2))).toEqual(costs(3));
  });
});

describe('a plan', () => {
  const EACH: Each = {
    cpuUs: { api: 500, worker: 800, documents: 200, redis: 250 },
    redisTrafficBytes: 12_000,
    keptBytes: 2000,
  };

  it.each<[what: string, perSecond: number, expected: Partial<Plan>]>([
    [
      'has two processes of each role',
      10,
      { processes: { api: 2, worker: 2, documents: 2 }, concurrency: 100 },
    ],
    ['plans half a core for a process', 2000, { processes: { api: 2, worker: 4, documents: 2 } }],
    ['gives Redis half a core', 2000, { deployments: 1, redisBusy: 0.5 }],
    ['divides what is too much for one Redis', 2001, { deployments: 2 }],
    ['has room for a second of fetches', 2000, { concurrency: 500 }],
    ['counts the limits of SignalWire', 1381, { signalWireLimits: 2 }],
    [
      'describes one of several deployments',
      10_000,
      { deployments: 5, redisTrafficBytesPerSecond: 24_000_000 },
    ],
    ['keeps what has finished for an hour', 1000, { redisMemoryBytes: 9_000_000_000 }],
  ])('%s: %d per second', (_, perSecond, expected) => {
    expect(planFor(perSecond, 1, EACH)).toMatchObject(expected);
  });
});

describe('the sections about capacity', () => {
  const RESULT: CapacityResult = {
    live: {
      perSecond: 199.6,
      costs: costs(1),
      traffic: {
        requests: { sentBytes: 301, receivedBytes: 902 },
        updates: { sentBytes: 403, receivedBytes: 1504 },
        documents: { sentBytes: 605, receivedBytes: 406 },
      },
      keyBytes: 300,
    },
    waiting: { count: 100_000, costs: costs(2), memory: { waiting: 1500, finished: 1700, evidence: 120 } },
  };
  const rows = cellsOf(`${costsSection(RESULT, 'Measured today.')}\n${examplesSection(RESULT)}`);
  const row = (name: string): string[] | undefined => rows.find(([first]) => first === name)?.slice(1);

  it('says under which conditions it was measured', () => {
    const section = costsSection(RESULT, 'Measured today.');
    expect(section).toMatch(/^Measured today\./);
    expect(section).toContain('200 per second');
    expect(section).toContain('Measured with 100,000, and multiplied.');
  });

  it('has the processor time of each part, and how many fill a core', () => {
    expect(row('`worker`')).toEqual(['800', '1,250/s', '1,600', '625/s']);
    expect(row('Redis')).toEqual(['250', '4,000/s', '500', '2,000/s']);
  });

  it('has the traffic from the point of view of the service', () => {
    expect(row('to Redis, bytes')).toEqual(['9,000', '18,000']);
    expect(row('`POST /cancellations`, bytes')).toEqual(['301', '–']);
    expect(row('to SignalWire: *Update a Call*, bytes')).toEqual(['1,504', '–']);
    expect(row('to SignalWire: the document, bytes')).toEqual(['406', '–']);
  });

  it('has the memory of a million', () => {
    expect(row('waiting')).toEqual(['1,500', '1,500 MB']);
    expect(row('finished, for `RETENTION_HOURS`')).toEqual(['1,700', '1,700 MB']);
  });

  it('plans three examples', () => {
    expect(row('POSTs in 10 s')).toEqual(['100', '10,000', '100,000']);
    expect(row("SignalWire's limit, at least")).toEqual(['1 ×', '1 ×', '8 ×']);
    expect(row('**deployments**, each with its Redis')).toEqual(['1', '1', '5']);
    expect(row('`maxmemory` of Redis, GB')).toEqual(['2.16', '9.00', '18.0']);
  });
});
