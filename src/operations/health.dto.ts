import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { SchemaObject } from '@nestjs/swagger';

/** Whether a process can do its work. */
export class Liveness {
  @ApiProperty({ enum: ['ok', 'error'], description: '`error` if a restart would help' })
  readonly status: 'ok' | 'error';

  @ApiProperty({ type: [String], description: 'the parts that no longer work', example: [] })
  readonly dead: readonly string[];
}

const STATE: SchemaObject = {
  type: 'object',
  required: ['status'],
  properties: {
    status: { type: 'string', enum: ['up', 'down'], description: 'whether it works' },
    message: { type: 'string', description: 'what is wrong with it' },
    responseTime: { type: 'number', description: 'milliseconds that the check took' },
  },
};

const STATES = { type: 'object', additionalProperties: STATE } as const;

/** Whether a process can serve requests, as Terminus reports it. */
export class ReadinessReport {
  @ApiProperty({
    enum: ['ok', 'degraded', 'error', 'shutting_down'],
    description: '`degraded`: it can, but something needs attention',
  })
  readonly status: string;

  @ApiPropertyOptional({
    ...STATES,
    description: 'the dependencies that work',
    example: { redis: { status: 'up' } },
  })
  readonly info?: object;

  @ApiPropertyOptional({ ...STATES, description: 'the dependencies that do not', example: {} })
  readonly error?: object;

  @ApiProperty({ ...STATES, description: 'all dependencies', example: { redis: { status: 'up' } } })
  readonly details: object;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'what needs attention, in words',
  })
  readonly degraded?: Readonly<Record<string, string>>;
}
