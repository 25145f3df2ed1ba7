/** Redis' own clock, because all workers must agree on when a project may be tried again. */
export const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;
