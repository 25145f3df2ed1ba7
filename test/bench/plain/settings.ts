/** Configuration of the plain build, from its environment. */
export const settings = {
  port: Number(process.env['PORT']),
  redisUrl: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379',
  publicUrl: process.env['PUBLIC_URL'] ?? '',
  spaceUrl: process.env['SIGNALWIRE_SPACE_URL'] ?? '',
  projectId: process.env['SIGNALWIRE_PROJECT_ID'] ?? '',
  apiToken: process.env['SIGNALWIRE_API_TOKEN'] ?? '',
  /** False to accept requests without working them off. */
  runsWorker: process.env['WORKER'] !== 'off',
};
