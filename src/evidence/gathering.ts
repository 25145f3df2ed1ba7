import { NO_PROOF, together } from './evidence.js';
import type { Proof } from './evidence.js';

type IsEnough = (proof: Proof) => boolean;

interface Waiter {
  readonly isEnough: IsEnough;
  readonly resolve: (proof: Proof) => void;
}

/** The proof of one subject as it comes together, and those who wait for it to be enough. */
export class Gathering {
  private proof: Proof = NO_PROOF;
  private readonly waiters = new Set<Waiter>();

  /** @returns whether it is enough now for somebody who waited */
  add(proof: Proof): boolean {
    this.proof = together(this.proof, proof);
    return [...this.waiters].filter((waiter) => this.check(waiter)).length > 0;
  }

  /**
   * Resolves once it is enough, which may be at once, or with what there is after `timeoutMs`.
   *
   * @throws the reason of `signal` once that is aborted
   */
  until(isEnough: IsEnough, timeoutMs: number, signal?: AbortSignal): Promise<Proof> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error);
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        this.waiters.delete(waiter);
        settle();
      };
      const abort = (): void => end(() => reject(signal?.reason as Error));
      const timer = setTimeout(() => waiter.resolve(this.proof), timeoutMs);
      const waiter = { isEnough, resolve: (proof: Proof) => end(() => resolve(proof)) };
      signal?.addEventListener('abort', abort);
      this.waiters.add(waiter);
      this.check(waiter);
    });
  }

  private check({ isEnough, resolve }: Waiter): boolean {
    if (!isEnough(this.proof)) return false;
    resolve(this.proof);
    return true;
  }
}
