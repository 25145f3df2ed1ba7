export type Json = Readonly<Record<string, unknown>>;

/** A description in the form of OpenAPI 3.0 or 3.1, as far as the tests read it. */
export interface OpenApi {
  readonly info?: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Json>> & { readonly schemas: Json };
}

export interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content?: Content };
  readonly responses?: Readonly<Record<string, DescribedResponse>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly required?: boolean;
  readonly schema?: Json;
  readonly example?: unknown;
  readonly examples?: Examples;
}

export interface DescribedResponse {
  readonly content?: Content;
  readonly headers?: Readonly<Record<string, DescribedHeader>>;
}

interface DescribedHeader {
  readonly required?: boolean;
  readonly schema?: Json;
}

/** By media type. */
export type Content = Readonly<Record<string, Media>>;

export interface Media {
  readonly schema?: Json;
  readonly example?: unknown;
  readonly examples?: Examples;
}

/** By name. */
export type Examples = Readonly<
  Record<
    string,
    {
      readonly value?: unknown;
      /** The status with which the request of the example is answered; a success if absent. */
      readonly 'x-answer'?: number;
    }
  >
>;

/** What a reference of a description stands for: `#/components/responses/Busy`. Anything else stands for itself. */
export function resolved<T>(openApi: OpenApi, value: T): T {
  const { $ref } = (value ?? {}) as { readonly $ref?: string };
  if ($ref === undefined) return value;
  const [, ...names] = $ref.split('/');
  return resolved(openApi, names.reduce<unknown>((at, name) => (at as Json)[name], openApi) as T);
}
