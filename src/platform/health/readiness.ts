import { Injectable } from '@nestjs/common';

/** Returns false or throws while a dependency is unusable. */
export type Expectation = () => boolean | Promise<boolean>;

/** What needs attention although the process is ready, in words; null where nothing does. */
export type Worry = () => string | null;

/** Whether this process is ready for work, and whether it can still do any; each role adds its own checks. */
@Injectable()
export class Readiness {
  private draining = false;

  readonly expectations = new Map<string, Expectation>([['acceptsWork', () => !this.draining]]);

  readonly worries = new Map<string, Worry>();

  private readonly deaths = new Set<string>();
  private resolveDeath!: (cause: Error) => void;

  /** Resolves with the reason when the process can only be repaired by a restart. */
  readonly died = new Promise<Error>((resolve) => (this.resolveDeath = resolve));

  /** Adds to what is expected under that name: roles of one process each have a connection to the same Redis. */
  expect(name: string, expectation: Expectation): void {
    const earlier = this.expectations.get(name);
    const both = async (): Promise<boolean> => (await earlier?.()) !== false && (await expectation());
    this.expectations.set(name, earlier === undefined ? expectation : both);
  }

  /** While it returns a text, the process is ready but degraded. */
  warn(name: string, worry: Worry): void {
    this.worries.set(name, worry);
  }

  /** Makes the process not live; it ends soon. */
  die(part: string, cause: Error): void {
    this.deaths.add(part);
    this.resolveDeath(cause);
  }

  get dead(): string[] {
    return [...this.deaths];
  }

  get isDraining(): boolean {
    return this.draining;
  }

  /** Makes the process unready: it finishes its work and takes no more. */
  drain(): void {
    this.draining = true;
  }
}
