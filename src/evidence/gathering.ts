import { NO_PROOF, together } from '../cancellation/proof.js';
import type { Proof } from '../cancellation/proof.js';

type IsEnough = (proof: Proof) => boolean;

interface Waiter {
  readonly isEnough: IsEnough;
  readonly resolve: (proof: Proof) => void;
}

/** Collects the proof of one subject, and tells those who wait once it is enough. */
export class Gathering {
  private proof: Proof = NO_PROOF;
  private readonly waiters = new Set<Waiter>();

  add(proof: Proof): void {
    this.proof = together(this.proof, proof);
    for (const waiter of this.waiters) this.check(waiter);
  }

  /**
   * Resolves once the proof is enough, which may be at once, or after `timeoutMs` with what there is.
   *
   * @throws the reason of `signal` once that is aborted
   */
  until(isEnough: IsEnough, timeoutMs: number, signal: AbortSignal): Promise<Proof> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        this.waiters.delete(waiter);
        settle();
      };
      const abort = (): void => end(() => reject(signal.reason as Error));
      const timer = setTimeout(() => waiter.resolve(this.proof), timeoutMs);
      const waiter = { isEnough, resolve: (proof: Proof) => end(() => resolve(proof)) };
      signal.addEventListener('abort', abort);
      this.waiters.add(waiter);
      this.check(waiter);
    });
  }

  private check({ isEnough, resolve }: Waiter): void {
    if (isEnough(this.proof)) resolve(this.proof);
  }
}
