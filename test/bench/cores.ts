import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { runCommand } from '../../src/demo/redis/commands.js';

const TASKSET = '/usr/bin/taskset';

/** What a process does in a measurement. */
export type Part = 'service' | 'load' | 'stub' | 'redis';

/** The core of each part. */
export type Places = Readonly<Record<Part, number>>;

/** The measured program gets a core of its own; the others share the rest, the busy load generator first. */
export function placesOn(cores: readonly number[]): Places | null {
  const [service, load, redis = load, stub = load] = cores;
  if (service === undefined || load === undefined || redis === undefined || stub === undefined) return null;
  return { service, load, redis, stub };
}

/** Parses a list of cores in Linux's format, such as `0-2,6`. */
export function coresIn(list: string): number[] {
  return list
    .trim()
    .split(',')
    .filter((range) => range !== '')
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}

/** Pins processes to cores with `taskset`. */
export class Cores {
  private constructor(readonly places: Places) {}

  /** Null without `taskset`, or with only one core. */
  static async find(): Promise<Cores | null> {
    const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
    const places = placesOn(coresIn(/^Cpus_allowed_list:(.*)$/m.exec(status)?.[1] ?? ''));
    return places === null || !existsSync(TASKSET) ? null : new Cores(places);
  }

  /** The words that start a command on the core of `part`. */
  on(part: Part): [string, ...string[]] {
    return [TASKSET, '--cpu-list', String(this.places[part])];
  }

  /** Moves a process with all its threads. */
  async move(pid: number, part: Part): Promise<void> {
    const core = String(this.places[part]);
    await runCommand([TASKSET, '--all-tasks', '--cpu-list', '--pid', core, String(pid)]);
  }
}
