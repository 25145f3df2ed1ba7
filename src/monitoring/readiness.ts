import { Injectable } from '@nestjs/common';

/** Answers false, or throws, while what it stands for cannot be used. */
export type Expectation = () => boolean | Promise<boolean>;

/** What must hold for this process to be sent work; each role adds what it needs. */
@Injectable()
export class Readiness {
  private draining = false;

  readonly expectations = new Map<string, Expectation>([['acceptsWork', () => !this.draining]]);

  /** What a restart of the process would mend, and nothing else can. */
  readonly vitals = new Map<string, () => boolean>();

  expect(name: string, expectation: Expectation): void {
    this.expectations.set(name, expectation);
  }

  /** From here on the process finishes what it has and asks for no more. */
  drain(): void {
    this.draining = true;
  }
}
