import { expect, it } from 'vitest';
import { takeTurns } from '../turns.js';
import { Program } from '../../../src/demo/program.js';

class QuietProgram extends Program {
  readonly written: string[] = [];

  override write(text: string): void {
    this.written.push(text);
  }
}

it('measures each side once per round, in reverse order in every other round', async () => {
  const program = new QuietProgram();
  const stage = { program, settings: { cores: null, rounds: 3, quick: false } };
  const order: string[] = [];
  const measured = await takeTurns(stage, 'a row', {
    ours: async (round) => order.push(`ours ${round}`),
    theirs: async (round) => order.push(`theirs ${round}`),
  });
  expect(order).toEqual(['ours 1', 'theirs 1', 'theirs 2', 'ours 2', 'ours 3', 'theirs 3']);
  expect(measured).toEqual({ ours: [1, 4, 5], theirs: [2, 3, 6] });
  expect(program.written).toEqual([1, 2, 3].map((round) => `  a row: round ${round} of 3`));
});
