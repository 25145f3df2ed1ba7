import { describe, expect, it } from 'vitest';
import { busyUsByPart } from '../measure/cpu-profile.js';
import type { CpuProfile } from '../measure/cpu-profile.js';

const node = (id: number, functionName: string, url: string, children: number[] = []) => ({
  id,
  callFrame: { functionName, url },
  children,
});

const PROFILE: CpuProfile = {
  nodes: [
    node(1, '(root)', '', [2, 3, 4, 8]),
    node(2, '(idle)', ''),
    node(3, '(garbage collector)', ''),
    node(4, 'onRequest', 'node:_http_server', [5]),
    node(5, 'serve', 'file:///app/.programs/src/documents/access/signature.js', [6, 7]),
    node(6, 'write', 'node:net'),
    node(7, 'send', 'file:///app/node_modules/fastify/node_modules/@fastify/error/index.js'),
    node(8, 'bare', 'file:///app/.programs/test/bench/plain/main.js'),
  ],
  samples: [1, 2, 3, 4, 5, 6, 7, 8, 6],
  timeDeltas: [10, 10, 10, 10, 10, 10, 10, 10, 10],
  startTime: 1000,
};

describe('where the processor time goes', () => {
  it('is counted by package and folder, with the time of Node.js for its caller and without idling', () => {
    expect(busyUsByPart(PROFILE, 0, Infinity)).toEqual(
      new Map([
        ['Node.js', 20],
        ['garbage collection', 10],
        ['src/documents', 30],
        ['@fastify/error', 10],
        ['the program itself', 10],
      ]),
    );
  });

  it('is limited to the given time', () => {
    expect(busyUsByPart(PROFILE, 1050, 1061)).toEqual(new Map([['src/documents', 20]]));
  });
});
