import type { RedisClient } from '../connection/client.js';
import { otherSchema } from '../redis.errors.js';

const schemaKey = (prefix: string): string => `${prefix}:schema`;

/**
 * Checks the schema version of the data in Redis, without writing.
 *
 * @returns whether there is one
 * @throws {OtherSchemaError} it is not `own`
 */
export async function checkSchema(redis: RedisClient, prefix: string, own: number): Promise<boolean> {
  const found = await redis.get(schemaKey(prefix));
  if (found !== null && found !== String(own)) throw otherSchema(found, own, schemaKey(prefix));
  return found !== null;
}

/**
 * The same, but writes `own` where there is no version. Data of versions before 0.2.0 has none, and is taken over.
 *
 * @throws {OtherSchemaError} also if another process was faster and wrote another version
 */
export async function requireSchema(redis: RedisClient, prefix: string, own: number): Promise<void> {
  if (await checkSchema(redis, prefix, own)) return;
  await redis.set(schemaKey(prefix), own, 'NX');
  await checkSchema(redis, prefix, own);
}
