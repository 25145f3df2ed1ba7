import { setTimeout } from 'node:timers/promises';
import type { Worker } from 'bullmq';

const PAUSE_MS = 1000;

/** Waits after each request for a job that Redis refused, because BullMQ asks again at once. */
export function paceRefusals({ backend }: Worker): void {
  const moveToActive = backend.moveToActive.bind(backend);
  backend.moveToActive = async (...args) => {
    try {
      return await moveToActive(...args);
    } catch (error) {
      await setTimeout(PAUSE_MS);
      throw error;
    }
  };
}
