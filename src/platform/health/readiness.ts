import { Injectable } from '@nestjs/common';

/** Answers false, or throws, while what it stands for cannot be used. */
export type Expectation = () => boolean | Promise<boolean>;

/** What must hold for this process to be sent work; each role adds what it needs. */
@Injectable()
export class Readiness {
  private draining = false;

  readonly expectations = new Map<string, Expectation>([['acceptsWork', () => !this.draining]]);

  private readonly deaths = new Set<string>();
  private tellDeath!: (cause: Error) => void;

  /** Why the process has to end, once it has: what is dead can be mended by a restart and by nothing else. */
  readonly died = new Promise<Error>((resolve) => (this.tellDeath = resolve));

  expect(name: string, expectation: Expectation): void {
    this.expectations.set(name, expectation);
  }

  /** From here on the process is not alive, and ends. */
  die(part: string, cause: Error): void {
    this.deaths.add(part);
    this.tellDeath(cause);
  }

  get dead(): string[] {
    return [...this.deaths];
  }

  /** From here on the process finishes what it has and asks for no more. */
  drain(): void {
    this.draining = true;
  }
}
