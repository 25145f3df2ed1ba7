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
import type { Fault } from '../faults/fault.js';
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

/** `Fault` describes the fields. */
export class FaultDto implements Fault {
  @IsOptional()
  @IsIn(['update', 'read', 'stream'])
  readonly on?: 'update' | 'read' | 'stream';

  @IsOptional()
  @Rule('isTimes', isTimes, `a whole number from 1 to ${MAX_TIMES} or "always"`)
  readonly times?: number | 'always';

  @IsOptional()
  @IsInt()
  @Min(200)
  @Max(599)
  readonly status?: number;

  @IsOptional()
  @IsBoolean()
  readonly applied?: boolean;

  @IsOptional()
  @IsInt()
  readonly code?: number;

  @IsOptional()
  @Rule('isHeaders', isHeaders, 'an object of header names and printable ASCII values')
  readonly headers?: Record<string, string>;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_WAIT_MS)
  readonly latencyMs?: number;

  @IsOptional()
  @IsIn(['before', 'after'])
  readonly drop?: 'before' | 'after';

  @IsOptional()
  @IsIn(['html', 'empty', 'garbage', 'huge'])
  readonly body?: 'html' | 'empty' | 'garbage' | 'huge';

  @IsOptional()
  @IsString()
  @MaxLength(LIMITS.text)
  readonly redirect?: string;

  @IsOptional()
  @Rule('isFetch', isFetch, `"none", "twice" or {"delayMs": 0 to ${MAX_WAIT_MS}}`)
  readonly fetch?: 'none' | 'twice' | { readonly delayMs: number };

  @IsOptional()
  @Rule('isStop', isNoneOrDelay, `"none" or {"delayMs": 0 to ${MAX_WAIT_MS}}`)
  readonly stop?: 'none' | { readonly delayMs: number };

  @IsOptional()
  @IsIn(['unknown'])
  readonly stopped?: 'unknown';
}
