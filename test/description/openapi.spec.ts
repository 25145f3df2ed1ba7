import type { OpenAPIObject } from '@nestjs/swagger';
import { describe, expect, it } from 'vitest';
import { ApiModule } from '../../src/api/api.module.js';
import { apiDescription } from '../../src/api/openapi.js';
import { previewOf } from './preview.js';

const described = async (): Promise<OpenAPIObject> => apiDescription(await previewOf(ApiModule));

/** The places of all parameters, headers and properties that nothing is said of. */
function undescribed(node: unknown, place: string): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    if (key === 'example' || key === 'examples') return [];
    const named = ['properties', 'headers', 'parameters'].includes(key)
      ? Object.entries(value as object)
      : [];
    const bare = named.filter(([, one]) => !one.description).map(([name]) => `${place}.${name}`);
    return [...bare, ...undescribed(value, `${place}.${key}`)];
  });
}

describe('the API description', () => {
  it('is committed as the code has it, by `npm run describe`', async () => {
    const text = `${JSON.stringify(await described(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot('../../docs/openapi.json');
  });

  it('describes every parameter, header and field', async () => {
    const { paths, components } = await described();
    expect(undescribed({ paths, components }, '')).toEqual([]);
  });
});
