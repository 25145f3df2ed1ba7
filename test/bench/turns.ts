import type { Stage } from './stage.js';

/**
 * Measures each side once per round, in reverse order in every other round, so that no side always meets what another
 * has left behind.
 *
 * @param most rounds, for a row that takes long or whose figures hardly vary
 * @returns the measurement of each round, by side
 */
export async function takeTurns<Side extends string, Measured>(
  { program, settings }: Pick<Stage, 'program' | 'settings'>,
  name: string,
  sides: Readonly<Record<Side, (round: number) => Promise<Measured>>>,
  most = settings.rounds,
): Promise<Record<Side, Measured[]>> {
  const rounds = Math.min(settings.rounds, most);
  const order = Object.keys(sides) as Side[];
  const measured = Object.fromEntries(order.map((side) => [side, []])) as unknown as Record<Side, Measured[]>;
  for (let round = 1; round <= rounds; round += 1) {
    program.write(`  ${name}: round ${round} of ${rounds}`);
    for (const side of round % 2 === 1 ? order : order.toReversed())
      measured[side].push(await sides[side](round));
  }
  return measured;
}
