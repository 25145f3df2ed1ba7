import { describe, expect, it } from 'vitest';
import { busyUsByPart } from '../cpu-profile.js';
import type { CpuProfile } from '../cpu-profile.js';

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
    node(5, 'serve', 'file:///app/dist/documents/documents.controller.js', [6, 7]),
    node(6, 'write', 'node:net'),
    node(7, 'send', 'file:///app/node_modules/fastify/node_modules/@fastify/error/index.js'),
    node(8, 'bare', 'file:///app/dist/development/bench/programs/stub.js'),
  ],
  samples: [1, 2, 3, 4, 5, 6, 7, 8, 6],
  timeDeltas: [10, 10, 10, 10, 10, 10, 10, 10, 10],
  startTime: 1000,
};

describe('where the processor time goes', () => {
  it("is told by package and folder; what Node does counts for its caller, and idling isn't told", () => {
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

  it('is told of the time that was asked for alone', () => {
    expect(busyUsByPart(PROFILE, 1050, 1061)).toEqual(new Map([['src/documents', 20]]));
  });
});
