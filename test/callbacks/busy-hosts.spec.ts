import { beforeEach, describe, expect, it } from 'vitest';
import { BusyHosts, MOST_AT_ONCE } from '../../src/callbacks/busy-hosts.js';

describe('the places of a worker', () => {
  let hosts: BusyHosts;
  let ids = 0;
  beforeEach(() => {
    hosts = new BusyHosts();
  });

  const taken = (host: string, wanted = MOST_AT_ONCE): number =>
    Array.from({ length: wanted }, () => hosts.enter(host, `callback-${(ids += 1)}`)).filter(Boolean).length;

  function tried(host: string, answers: boolean): void {
    hosts.enter(host, 'first');
    hosts.heard(host, answers);
    hosts.leave(host);
  }

  it.each([
    ['has not been called yet', () => undefined, 2],
    ['answers', () => tried('a', true), 10],
    ['does not answer', () => tried('a', false), 2],
    ['answers no more', () => (tried('a', true), tried('a', false)), 2],
    ['answers again', () => (tried('a', false), tried('a', true)), 10],
  ])('are few for a host that %s', (_, before, expected) => {
    before();
    expect(taken('a')).toBe(expected);
  });

  it('are half for all hosts together that do not answer', () => {
    const silent = Array.from({ length: 60 }, (_, at) => `silent-${at}`);
    for (const host of silent) tried(host, false);
    expect(silent.map((host) => taken(host)).reduce((sum, count) => sum + count)).toBe(50);
    tried('sound', true);
    expect([taken('sound'), taken('new')]).toEqual([10, 2]);
  });

  it('go to those that wait, the first one first, as they become free', () => {
    tried('a', true);
    taken('a', 10);
    expect([hosts.wait('a', 'one', 100), hosts.wait('a', 'two', 100)]).toEqual([0, 0]);
    expect(hosts.leave('a')).toBe(1);
    expect([hosts.next('a', 0), hosts.next('a', 0), hosts.next('a', 0)]).toEqual(['one', 'two', null]);
  });

  it('are offered at once to one that was refused while another left', () => {
    taken('a', 2);
    hosts.leave('a');
    expect(hosts.wait('a', 'one', 100)).toBe(1);
  });

  it('become more when a host begins to answer', () => {
    taken('a', 2);
    expect([hosts.heard('a', true), hosts.heard('a', true), hosts.heard('a', false)]).toEqual([8, 0, 0]);
  });

  it('are not given to one that has started by itself', () => {
    taken('a', 2);
    for (const id of ['gone', 'started', 'waiting']) hosts.wait('a', id, id === 'gone' ? 50 : 100);
    hosts.enter('a', 'started');
    expect([hosts.next('a', 60), hosts.next('a', 60)]).toEqual(['waiting', null]);
  });
});
