import type { Breakdown } from '../results/breakdown.js';
import type { Outcome } from '../results/comparison.js';
import type { Stage } from '../stage.js';

/** Something that is measured for all sides in alternation. */
export interface BenchRow {
  /** One word, for `--only`. */
  readonly name: string;
  readonly title: string;
  /** What is compared and how, in Markdown. */
  readonly about: string;
  measure(stage: Stage): Promise<Outcome[]>;
  /** Where the time goes in what missed its goal; nothing if this machine does not tell. */
  explain?(stage: Stage, outcomes: readonly Outcome[]): Promise<Breakdown[]>;
}
