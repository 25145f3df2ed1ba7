import { Injectable } from '@nestjs/common';

/** The time that all processes agree on. */
@Injectable()
export class SharedClock {
  /** Epoch milliseconds. */
  now(): number {
    return Date.now();
  }
}
