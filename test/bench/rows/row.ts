import type { Breakdown } from '../breakdown.js';
import type { Outcome } from '../comparison.js';
import type { Stage } from '../stage.js';

/** Something measured side by side with what bounds it. */
export interface BenchRow {
  /** One word, for `--only`. */
  readonly name: string;
  readonly title: string;
  /** What is compared with what, in Markdown. */
  readonly about: string;
  /** Of its many values the README shows those alone that miss their goals. */
  readonly isInBrief?: boolean;
  measure(stage: Stage): Promise<Outcome[]>;
  /** What it is that ours takes more; nothing where this machine does not tell. */
  explain?(stage: Stage, outcomes: readonly Outcome[]): Promise<Breakdown[]>;
}
