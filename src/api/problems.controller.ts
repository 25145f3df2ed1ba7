import { Controller, Get, Param } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { NeedsKey } from '../access/needs-scope.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import { ApiError } from '../platform/http/problems/api-error.js';
import type { ProblemKind } from '../platform/http/problems/problem-kind.js';
import { typeOf } from '../platform/http/problems/problem.js';
import { ApiProblems } from '../problems/api-problems.js';
import { PROBLEMS } from '../problems/catalogue.js';

const KINDS = new Map<string, ProblemKind>(Object.entries(PROBLEMS));

export class ProblemDescription implements ProblemKind {
  @ApiProperty({
    format: 'uri-reference',
    example: '/problems/not_retryable',
    description: '`type` of such a problem, and where this description is',
  })
  readonly type: string;

  @ApiProperty({
    example: 'invalid_body',
    description: '`code` of such a problem; later versions may have more',
  })
  readonly code: string;

  @ApiProperty({ type: 'integer', example: 409, description: 'the HTTP status' })
  readonly status: number;

  @ApiProperty({ example: PROBLEMS.not_retryable.title, description: 'what it means' })
  readonly title: string;

  @ApiProperty({ example: PROBLEMS.not_retryable.advice, description: 'what to do about it' })
  readonly advice: string;
}

class ProblemDescriptions {
  @ApiProperty({ type: [ProblemDescription], description: 'all of them, by status' })
  readonly items: readonly ProblemDescription[];
}

@ApiTags('problems')
@Controller('problems')
export class ProblemsController {
  constructor(private readonly environment: ServiceEnvironment) {}

  @Get()
  @ApiOperation({
    operationId: 'listProblems',
    summary: 'Lists the kinds of problems',
    description: 'What each error of the API means, and what to do about it.',
  })
  @NeedsKey()
  @ApiResponse({ status: 200, type: ProblemDescriptions, description: 'all kinds' })
  list(): ProblemDescriptions {
    const kinds = [...KINDS.values()].toSorted((a, b) => a.status - b.status);
    return { items: kinds.map((kind) => this.describe(kind)) };
  }

  @Get(':code')
  @ApiOperation({
    operationId: 'readProblem',
    summary: 'Explains a kind of problem',
    description: 'The `type` of a problem leads here.',
  })
  @NeedsKey()
  @ApiParam({ name: 'code', description: '`code` of a problem', example: 'not_retryable' })
  @ApiResponse({ status: 200, type: ProblemDescription, description: 'what it means, and what to do' })
  @ApiProblems('not_found')
  find(@Param('code') code: string): ProblemDescription {
    const kind = KINDS.get(code);
    if (kind === undefined) throw new ApiError(PROBLEMS.not_found, `no problem has the code ${code}`);
    return this.describe(kind);
  }

  private describe(kind: ProblemKind): ProblemDescription {
    return { type: typeOf(kind.code, this.environment.BASE_PATH ?? ''), ...kind };
  }
}
