import { Cluster, Pipeline, Redis } from 'ioredis';
import type { Command } from 'ioredis';

/** What Redis answers to a script, or a command, with keys of two slots. */
const TWO_SLOTS = /Script attempted to access|^CROSSSLOT/;

/** What Redis has answered so since they were last taken. */
const found: string[] = [];

let isOn = false;

/**
 * From now on, Redis refuses each script of this process that uses a key of another slot than its declared ones. It
 * checks that only of scripts that begin with `#!lua`, which none of BullMQ's and of ours do.
 */
export function keepToOneSlot(): void {
  if (isOn) return;
  isOn = true;
  for (const { prototype } of [Redis, Cluster])
    changeArguments<[name: string, definition: { readonly lua: string }]>(
      prototype,
      'defineCommand',
      ([name, definition]) => [name, { ...definition, lua: checked(definition.lua) }],
    );
  for (const { prototype } of [Redis, Cluster, Pipeline])
    changeArguments<[lua: string, ...rest: unknown[]]>(prototype, 'eval', ([lua, ...rest]) => [
      checked(lua),
      ...rest,
    ]);
  // Some of the service's code outlives a refused script, and its tests pass.
  changeArguments<[Command, ...rest: unknown[]]>(Redis.prototype, 'sendCommand', ([command, ...rest]) => {
    noteAnswer(command);
    return [command, ...rest];
  });
}

/** The answers that speak of two slots, which are then forgotten. */
export const takeFound = (): string[] => found.splice(0);

const checked = (lua: string): string => `#!lua\n${lua}`;

function noteAnswer({ name, promise }: Command): void {
  (promise as Promise<unknown>).catch((error: Error) => {
    if (TWO_SLOTS.test(error.message)) found.push(`${name}: ${error.message}`);
  });
}

/** Has a method called with the arguments that `change` makes out of those given. */
function changeArguments<Arguments extends unknown[]>(
  prototype: object,
  name: string,
  change: (given: Arguments) => Arguments,
): void {
  const method = Reflect.get(prototype, name) as (...given: Arguments) => unknown;
  Reflect.set(prototype, name, function changed(this: unknown, ...given: Arguments): unknown {
    return method.apply(this, change(given));
  });
}
