import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';

type Json = Readonly<Record<string, unknown>>;

/** The API description, as far as it is read here. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Json };
}

interface Operation {
  readonly responses?: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}

interface Media {
  readonly schema?: Json;
}

interface Described {
  readonly method: string;
  readonly path: RegExp;
  readonly bodies: ReadonlyMap<string, ValidateFunction | null>;
}

/** Says whether answers are as an API description says. */
export class Description {
  private readonly ajv: Ajv;
  private readonly operations: readonly Described[];

  /** @param basePath below which the routes are, too; empty for none */
  constructor(
    { paths, components }: OpenApi,
    private readonly basePath = '',
  ) {
    this.ajv = new Ajv({ strict: false, validateFormats: false });
    this.ajv.addSchema({ $id: 'openapi', components: jsonSchema(components) as object });
    // Fixed paths come first, as in the router.
    this.operations = Object.entries(paths)
      .toSorted(([a], [b]) => Number(a.includes('{')) - Number(b.includes('{')))
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, { responses = {} }]) => ({
          method: method.toUpperCase(),
          path: new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}/?$`),
          bodies: new Map(
            Object.entries(responses).map(([status, { content }]) => [status, this.check(content)]),
          ),
        })),
      );
  }

  /** What is wrong with the body of a success; null if nothing is, or nothing is said of it. */
  faultInSuccess(request: RequestLine, status: number, body: string): string | null {
    const operation = this.operationOf(request);
    if (operation === undefined) return null;
    const validate = operation.bodies.get(String(status));
    if (validate === undefined) return `${status} is not described`;
    return validate === null ? null : faultOf(validate, body);
  }

  faultInProblem(body: string): string | null {
    const validate = this.ajv.getSchema('openapi#/components/schemas/Problem');
    return validate === undefined ? 'problems are not described' : faultOf(validate, body);
  }

  private operationOf({ method, target }: RequestLine): Described | undefined {
    const path = target.replace(/\?.*/s, '');
    const own = path.startsWith(`${this.basePath}/`) ? path.slice(this.basePath.length) : path;
    return this.operations.find((operation) => operation.method === method && operation.path.test(own));
  }

  private check(content: Readonly<Record<string, Media>> = {}): ValidateFunction | null {
    const schema = content['application/json']?.schema;
    return schema === undefined ? null : this.ajv.compile(jsonSchema(schema) as object);
  }
}

export interface RequestLine {
  readonly method: string;
  readonly target: string;
}

export function requestLineOf(message: Buffer): RequestLine {
  const [method = '', target = ''] = message.toString('latin1').split('\r\n', 1)[0]?.split(' ') ?? [];
  return { method, target };
}

function faultOf(validate: ValidateFunction, body: string): string | null {
  try {
    if (validate(JSON.parse(body))) return null;
    const [first] = validate.errors ?? [];
    return `is not as described: ${first?.instancePath} ${first?.message} ${JSON.stringify(first?.params)}`;
  } catch {
    return 'is no JSON';
  }
}

/** OpenAPI 3.0 as JSON Schema. An object has no other properties than those described. */
function jsonSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(jsonSchema);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { nullable, ...rest } = schema as Json;
  const own: Record<string, unknown> = Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [
      name,
      name === '$ref' ? `openapi${String(value)}` : jsonSchema(value),
    ]),
  );
  if (rest['type'] === 'object' && 'properties' in rest) own['additionalProperties'] = false;
  return nullable === true ? { anyOf: [own, { type: 'null' }] } : own;
}
