import { expect, it } from 'vitest';
import { commandsIn, redisUsageIn } from '../measure/redis-usage.js';

it("counts the commands of a Redis without the bench's own questions", () => {
  const commands = [
    '# Commandstats',
    'cmdstat_evalsha:calls=7,usec=70,usec_per_call=10.00,rejected_calls=0,failed_calls=0',
    'cmdstat_client|setname:calls=2,usec=1,usec_per_call=0.50,rejected_calls=0,failed_calls=0',
    'cmdstat_info:calls=100,usec=1,usec_per_call=0.01,rejected_calls=0,failed_calls=0',
  ].join('\r\n');
  expect(commandsIn(commands)).toBe(9);
});

it('reads what a Redis has used so far', () => {
  const info = [
    '# Stats',
    'total_net_input_bytes:9000',
    'total_net_output_bytes:3000',
    '# CPU',
    'used_cpu_sys:1.500000',
    'used_cpu_user:2.250000',
    'used_cpu_sys_children:7.000000',
    '# Commandstats',
    'cmdstat_get:calls=4,usec=8,usec_per_call=2.00,rejected_calls=0,failed_calls=0',
  ].join('\r\n');
  expect(redisUsageIn(info)).toEqual({
    cpuUs: 3_750_000,
    commands: 4,
    receivedBytes: 9000,
    sentBytes: 3000,
  });
});
