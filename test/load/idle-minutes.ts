import type { Sample } from './samples.js';

const minuteOf = (ms: number): number => Math.floor(ms / 60_000);

/** Every tenth minute of a soak is idle. @param ms since its start */
export const isIdle = (ms: number): boolean => minuteOf(ms) % 10 === 9;

export const isSampledIdle = ({ at }: Sample): boolean => isIdle(at * 1000);

/** The last sample of each idle minute: by then nothing is under way, so whatever is still in use has leaked. */
export const restingSamples = (samples: readonly Sample[]): Sample[] =>
  samples.filter((sample, index) => {
    const next = samples[index + 1];
    return isSampledIdle(sample) && (next === undefined || !isSampledIdle(next));
  });
