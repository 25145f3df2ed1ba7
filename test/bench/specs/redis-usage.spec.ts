import { expect, it } from 'vitest';
import { commandsIn } from '../measure/redis-usage.js';

it("counts the commands of a Redis without the bench's own questions", () => {
  const commands = [
    '# Commandstats',
    'cmdstat_evalsha:calls=7,usec=70,usec_per_call=10.00,rejected_calls=0,failed_calls=0',
    'cmdstat_client|setname:calls=2,usec=1,usec_per_call=0.50,rejected_calls=0,failed_calls=0',
    'cmdstat_info:calls=100,usec=1,usec_per_call=0.01,rejected_calls=0,failed_calls=0',
  ].join('\r\n');
  expect(commandsIn(commands)).toBe(9);
});
