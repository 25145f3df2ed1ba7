import {
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateBy,
} from 'class-validator';
import { LIMITS } from '../limits.js';

const MAX_TIMES = 1_000_000;
const MAX_WAIT_MS = 600_000;
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
const HEADER_VALUE = /^[\t\x20-\x7E]{0,4096}$/;

const Rule = (name: string, validate: (value: unknown) => boolean, expected: string): PropertyDecorator =>
  ValidateBy({
    name,
    validator: { validate, defaultMessage: (args) => `${args?.property} must be ${expected}` },
  });

function isWhole(value: unknown, max: number): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= max;
}

function isTimes(value: unknown): boolean {
  return value === 'always' || (isWhole(value, MAX_TIMES) && value !== 0);
}

function isHeaders(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(
    ([name, text]) => HEADER_NAME.test(name) && typeof text === 'string' && HEADER_VALUE.test(text),
  );
}

function isFetch(value: unknown): boolean {
  return value === 'twice' || isNoneOrDelay(value);
}

function isNoneOrDelay(value: unknown): boolean {
  if (value === 'none') return true;
  if (typeof value !== 'object' || value === null) return false;
  return Object.keys(value).join() === 'delayMs' && 'delayMs' in value && isWhole(value.delayMs, MAX_WAIT_MS);
}

/** What goes wrong with one request about a call. */
export class FaultDto {
  /** `update` (default): POSTs to the call; `read`: GETs; `stream`: POSTs to the Streams resource. */
  @IsOptional()
  @IsIn(['update', 'read', 'stream'])
  readonly on?: 'update' | 'read' | 'stream';

  /** The number of requests affected; default 1. */
  @IsOptional()
  @Rule('isTimes', isTimes, `a whole number from 1 to ${MAX_TIMES} or "always"`)
  readonly times?: number | 'always';

  /** The status of the response. With 300 or more, the update is not applied, unless `applied` says so. */
  @IsOptional()
  @IsInt()
  @Min(200)
  @Max(599)
  readonly status?: number;

  /** The update is applied although the response says otherwise, as behind a gateway that lost the answer. */
  @IsOptional()
  @IsBoolean()
  readonly applied?: boolean;

  /** SignalWire's error code; default: derived from `status`. Without a `status`, the response is a 400. */
  @IsOptional()
  @IsInt()
  readonly code?: number;

  @IsOptional()
  @Rule('isHeaders', isHeaders, 'an object of header names and printable ASCII values')
  readonly headers?: Record<string, string>;

  /** Delay before the request is processed, in ms. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_WAIT_MS)
  readonly latencyMs?: number;

  /** Closes the connection without a response, `before` or `after` the update is applied. */
  @IsOptional()
  @IsIn(['before', 'after'])
  readonly drop?: 'before' | 'after';

  /** `huge` is 4 MiB of JSON; `garbage` is truncated JSON. */
  @IsOptional()
  @IsIn(['html', 'empty', 'garbage', 'huge'])
  readonly body?: 'html' | 'empty' | 'garbage' | 'huge';

  /** A `Location`, sent with `status` or 307. */
  @IsOptional()
  @IsString()
  @MaxLength(LIMITS.text)
  readonly redirect?: string;

  /** The document is never fetched, fetched twice, or fetched late. */
  @IsOptional()
  @Rule('isFetch', isFetch, `"none", "twice" or {"delayMs": 0 to ${MAX_WAIT_MS}}`)
  readonly fetch?: 'none' | 'twice' | { readonly delayMs: number };

  /** For a POST that stops a stream: the response says `in-progress`, and the stream stops later or never. */
  @IsOptional()
  @Rule('isStop', isNoneOrDelay, `"none" or {"delayMs": 0 to ${MAX_WAIT_MS}}`)
  readonly stop?: 'none' | { readonly delayMs: number };

  /** For a POST that stops a stream: responds with 404 if the stream has already stopped. */
  @IsOptional()
  @IsIn(['unknown'])
  readonly stopped?: 'unknown';
}

export type Fault = Pick<FaultDto, keyof FaultDto>;

export type FaultTarget = NonNullable<Fault['on']>;

/** The status that `fault` forces; undefined if it forces none. */
export function faultStatus(fault: Fault): number | undefined {
  if (fault.status !== undefined) return fault.status;
  if (fault.redirect !== undefined) return 307;
  return fault.code === undefined ? undefined : 400;
}

/** Whether `fault` keeps the request from changing the call. */
export function preventsUpdate(fault: Fault): boolean {
  return fault.drop === 'before' || (fault.applied !== true && (faultStatus(fault) ?? 200) >= 300);
}
