import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import type { Json, OpenApi } from './open-api.js';

const FORMATS = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/,
  uri: (text: string): boolean => URL.canParse(text),
  uuid: /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i,
};

/** What is wrong with a value; null if nothing is. */
export type Check = (value: unknown) => string | null;

/** The schemas of a description. */
export class Schemas {
  private readonly ajv = new Ajv2020({ strict: false, logger: false, formats: FORMATS });

  constructor({ components }: OpenApi) {
    this.ajv.addSchema({ $id: 'openapi', components: jsonSchema({ schemas: components.schemas }) });
  }

  /** Compiles the schema when it is first needed. */
  check(schema: unknown): Check {
    let validate: ValidateFunction | undefined;
    return (value) => {
      validate ??= this.ajv.compile(jsonSchema(schema) as object);
      return validate(value) ? null : faultIn(validate);
    };
  }
}

/** The deepest fault, because that of a choice (`anyOf`) only says that no choice fits. */
function faultIn({ errors }: ValidateFunction): string {
  const deepest = errors?.toSorted((a, b) => b.instancePath.length - a.instancePath.length)[0];
  return `${deepest?.instancePath || 'it'} ${deepest?.message} ${JSON.stringify(deepest?.params)}`;
}

/** A schema of OpenAPI 3.0 or 3.1 as JSON Schema. An object has no other properties than those described. */
function jsonSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(jsonSchema);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { nullable, ...rest } = schema as Json;
  const own: Record<string, unknown> = Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [
      name,
      name === '$ref' && typeof value === 'string' ? `openapi${value}` : jsonSchema(value),
    ]),
  );
  if ([rest['type']].flat().includes('object') && 'properties' in rest) own['additionalProperties'] ??= false;
  return nullable === true ? { anyOf: [own, { type: 'null' }] } : own;
}
