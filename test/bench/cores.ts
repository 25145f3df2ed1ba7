import { readFile } from 'node:fs/promises';
import { readEnvironment } from '../../src/config/environment.js';
import { findCommand, runCommand } from '../../src/demo/redis/commands.js';
import { RedisEnvironment } from '../../src/demo/redis/redis-environment.js';

/** What a process does in a measurement. */
export type Part = 'service' | 'load' | 'stub' | 'redis';

/** The core of each part. */
export type Places = Readonly<Record<Part, number>>;

/** What is measured has a core of its own; the others share what is left, the load generator being the busiest. */
export function placesOn(cores: readonly number[]): Places | null {
  const [service, load, redis = load, stub = load] = cores;
  if (service === undefined || load === undefined || redis === undefined || stub === undefined) return null;
  return { service, load, redis, stub };
}

/** A list of cores as Linux writes it, such as `0-2,6`. */
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

/** Keeps processes to cores, with `taskset`. */
export class Cores {
  private constructor(
    private readonly taskset: string,
    readonly places: Places,
  ) {}

  /** Null where there is no `taskset`, or but one core. */
  static async find(): Promise<Cores | null> {
    const taskset = await findCommand(['taskset'], readEnvironment(RedisEnvironment).PATH);
    const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
    const places = placesOn(coresIn(/^Cpus_allowed_list:(.*)$/m.exec(status)?.[1] ?? ''));
    return taskset === undefined || places === null ? null : new Cores(taskset, places);
  }

  /** The words that start a command on the core of `part`. */
  on(part: Part): [string, ...string[]] {
    return [this.taskset, '--cpu-list', String(this.places[part])];
  }

  /** Moves a process and all its threads. */
  async move(pid: number, part: Part): Promise<void> {
    const core = String(this.places[part]);
    await runCommand([this.taskset, '--all-tasks', '--cpu-list', '--pid', core, String(pid)]);
  }
}
