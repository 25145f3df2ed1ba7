import { expect, it } from 'vitest';
import { usageIn } from '../redis-usage.js';

it("counts what a Redis has done, without the bench's own questions", () => {
  const commands = [
    '# Commandstats',
    'cmdstat_evalsha:calls=7,usec=70,usec_per_call=10.00,rejected_calls=0,failed_calls=0',
    'cmdstat_client|setname:calls=2,usec=1,usec_per_call=0.50,rejected_calls=0,failed_calls=0',
    'cmdstat_info:calls=100,usec=1,usec_per_call=0.01,rejected_calls=0,failed_calls=0',
  ].join('\r\n');
  const stats = '# Stats\r\ntotal_net_input_bytes:1000\r\ntotal_net_output_bytes:234\r\n';
  expect(usageIn(commands, stats)).toEqual({ commands: 9, bytes: 1234 });
});
