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

  /** @returns all that is known from now on */
  add(proof: Proof): Proof {
    this.proof = together(this.proof, proof);
    for (const waiter of this.waiters) this.check(waiter);
    return this.proof;
  }

  /** Resolves once it is enough, which may be at once. */
  until(isEnough: IsEnough): Promise<Proof> {
    return new Promise((resolve) => {
      const waiter = { isEnough, resolve };
      this.waiters.add(waiter);
      this.check(waiter);
    });
  }

  private check(waiter: Waiter): void {
    if (!waiter.isEnough(this.proof)) return;
    this.waiters.delete(waiter);
    waiter.resolve(this.proof);
  }
}
